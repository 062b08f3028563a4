"""The conformance check catches every sentence that an env breaks, and no other."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

from sge_envs import ContractError, UnknownOption
from sge_envs.checks import check_text_env
from sge_envs.sentences import SENTENCES
from tests.sge_envs.toy import LineEnv, StateLineEnv
from tests.sge_envs.wrong import WRONG

ALSO_BROKEN = {
    "OneDict": {"ends_carry_a_verdict"},  # the verdict shines back into earlier turns
    "Counting": {  # an env that counts its episodes cannot repeat anything
        *("any_thread_will_do", "seeds_are_the_envs_own"),
        *("snapshots_continue_the_episode", "the_spec_can_be_pickled"),
    },
    "Overlapping": {"options_choose_the_task"},
}
"""What else an env cannot help breaking when it breaks its sentence."""


def made(kind: type[Any], **changes: Any) -> gymnasium.Env[str, str]:
    name = f"{kind.__name__}Test-v0"
    if name not in gymnasium.registry:
        gymnasium.register(
            name,
            entry_point=f"{kind.__module__}:{kind.__name__}",
            order_enforce=False,  # gymnasium's own order keeping would hide an env that keeps none
            disable_env_checker=True,
            max_episode_steps=50 if kind.__name__ == "CutOff" else None,
        )
    return gymnasium.make(name, **changes)


@pytest.mark.parametrize("kind", [LineEnv, StateLineEnv])
def test_a_right_env_keeps_every_sentence(kind: type[Any]) -> None:
    report = check_text_env(made(kind))
    assert {finding.status for finding in report.findings} == {"holds"}
    assert len(report.findings) == len(SENTENCES)


def test_there_is_a_wrong_env_for_every_sentence() -> None:
    assert [kind.__doc__ for kind in WRONG] == [test.__name__ for test in SENTENCES]


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__doc__)
def test_a_broken_sentence_is_caught_and_named(kind: type[Any]) -> None:
    sentence = kind.__doc__
    with pytest.raises(ContractError, match=sentence) as caught:
        check_text_env(made(kind))
    named = {test.__name__ for test in SENTENCES if f"  {test.__name__}: " in str(caught.value)}
    assert named == {sentence, *ALSO_BROKEN.get(kind.__name__, ())}


def test_the_message_quotes_the_sentence_and_what_was_seen() -> None:
    kind = next(kind for kind in WRONG if kind.__name__ == "Boasting")
    with pytest.raises(ContractError) as caught:
        check_text_env(made(kind))
    assert "none of them gives an ``action_error``" in str(caught.value)
    assert "'fly' was refused" in str(caught.value)


def test_a_sentence_can_be_skipped_by_its_name() -> None:
    kind = next(kind for kind in WRONG if kind.__name__ == "Lost")
    report = check_text_env(made(kind), skip=["the_oracle_solves"])
    assert [finding.name for finding in report.findings if finding.status == "skipped"] == ["the_oracle_solves"]
    with pytest.raises(UnknownOption, match="Did you mean 'the_oracle_solves'"):
        check_text_env(made(kind), skip=["oracle_solves"])


def test_what_needs_a_spec_is_skipped_without_one() -> None:
    report = check_text_env(LineEnv())
    skipped = {finding.name for finding in report.findings if finding.status == "skipped"}
    assert skipped == {"reset_comes_first", "equal_in_every_process", "render_shows_text", "the_spec_can_be_pickled"}
    assert "gymnasium.make" in str(report)


def test_every_sentence_is_one() -> None:
    for test in SENTENCES:
        text = (test.__doc__ or "").strip()
        assert text[0] in "ABCDEFGHIJKLMNOPQRSTUVWXYZ`"
        assert text.endswith(".")
