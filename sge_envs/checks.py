"""check_text_env: does an environment, ours or anybody's, keep every sentence of the contract?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import gymnasium

from sge_envs.errors import ContractError, UnknownOption, did_you_mean
from sge_envs.probe import Broken, Probe, Untestable
from sge_envs.sentences import SENTENCES


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the contract and whether it holds; ``detail`` says what was seen, or why it was not tried."""

    name: str
    sentence: str
    status: Literal["holds", "broken", "skipped"]
    detail: str = ""

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.status:8}{self.name}: {self.sentence}{detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the order in which they were made. ``str(report)`` is one line for each."""

    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.status == "broken")

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


def check_text_env(
    env: gymnasium.Env[str, str],
    *,
    skip: Collection[str] = (),
    seed: int = 0,
    turns: int = 30,
    oracle_turns: int = 500,
) -> Report:
    """Try every sentence of the environment contract on ``env``, and close it.

    Pass an env from ``gymnasium.make``: some sentences need its spec to make another one, and are skipped without.
    ``skip`` names sentences that this env does not mean to keep; ``turns`` bounds a walk, ``oracle_turns`` a whole
    episode.

    Raises:
        ContractError: sentences are broken; the message lists them with what was seen.
        UnknownOption: ``skip`` names a sentence that does not exist.
    """
    names = [test.__name__ for test in SENTENCES]
    for name in skip:
        if name not in names:
            raise UnknownOption(f"The contract has no sentence {name!r}.{did_you_mean(name, names)}")
    probe = Probe(env, seed=seed, turns=turns, oracle_turns=oracle_turns)
    try:
        report = Report(tuple(_try(test, probe, asked=test.__name__ not in skip) for test in SENTENCES))
    finally:
        for other in probe.made:
            other.close()
        env.close()
    if report.broken:
        listed = "\n".join(f"  {finding.name}: {finding.sentence}\n    {finding.detail}" for finding in report.broken)
        raise ContractError(
            f"{env} breaks {len(report.broken)} of {len(report.findings)} sentences of the text environment contract:\n"
            f"{listed}\nMend them, or skip those that you do not mean to keep: check_text_env(env, skip=[...])."
        )
    return report


def _try(test: Callable[[Probe], None], probe: Probe, *, asked: bool) -> Finding:
    name, sentence = test.__name__, (test.__doc__ or "").strip()
    if not asked:
        return Finding(name, sentence, "skipped", "as asked")
    try:
        test(probe)
    except Untestable as why:
        return Finding(name, sentence, "skipped", str(why))
    except Broken as why:
        return Finding(name, sentence, "broken", str(why))
    except Exception as error:  # whatever an env raises here is a finding about it
        return Finding(name, sentence, "broken", f"{type(error).__name__}: {error}")
    return Finding(name, sentence, "holds")
