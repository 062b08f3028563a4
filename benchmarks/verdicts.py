"""The claims of the SGE paper (arXiv 2603.02045) as conditions on measured numbers. Pure functions, no run is played here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sge_agent.stats import Estimate, bootstrap, bootstrap_difference

BASELINES = ("grpo", "grpo hot", "grpo direct", "grpo + replay", "entropy advantage", "rnd", "rlad", "actre")
RELATIVE_GAIN = 1.27


@dataclass(frozen=True, slots=True)
class Seed:
    """The numbers of one finished run. Everything but ``outcomes`` was measured in plain episodes without hints."""

    arm: str
    seed: int
    train: float
    """pass@1 on the training games at the end; ``passes`` is pass@8, ``held_out`` and ``easy`` are pass@1."""
    passes: float
    held_out: float
    easy: float
    area: float
    """Mean height of the curve of ``train`` against episodes; ``area_tokens`` against generated tokens, up to the budget
    that every run of the comparison spends."""
    area_tokens: float
    outcomes: float
    """Distinct outcomes among the 8 episodes that a training game is played in one update, mean over the run."""
    first: int | None
    """Update of the first success without a hint; None if there was none."""
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """One claim: did it hold here, and the numbers that say so."""

    claim: str
    passed: bool
    evidence: str


def of(seeds: Sequence[Seed], arm: str, name: str) -> list[float]:
    """One number of every seed of an arm. Raises ``LookupError`` when the arm was not played."""
    found = [float(getattr(seed, name)) for seed in seeds if seed.arm == arm]
    if not found:
        raise LookupError(f"no run of the arm {arm!r} is there: play it, or leave its claims out")
    return found


def mean(seeds: Sequence[Seed], arm: str, name: str) -> Estimate:
    return bootstrap(of(seeds, arm, name))


def best_baseline(seeds: Sequence[Seed], name: str) -> str:
    """The baseline with the highest mean."""
    return max(BASELINES, key=lambda arm: mean(seeds, arm, name).mean)


def judge(seeds: Sequence[Seed], base: Mapping[str, Mapping[str, Any]], *, sge: str) -> list[Verdict]:
    """The verdict on every claim, with ``sge`` as the arm that stands for the method.

    ``base`` has the untrained model's evaluations by the names of ``base_model.SAMPLES``. A difference counts only
    when its 95 % bootstrap interval over seeds excludes zero. The claims on mixing and reflection (d, e) are judged for an
    arm that something was taken from, named ``"{sge}, ..."``.
    """
    ablated = any(seed.arm.startswith(f"{sge}, no ") for seed in seeds)
    return [
        _beats_baselines(seeds, sge),
        _beyond_base("b. SGE passes the base model's pass@k far out", seeds, base, sge, wanted=True),
        _beyond_base("c. GRPO does not", seeds, base, "grpo", wanted=False),
        *([_mixing(seeds, sge), _reflection(seeds, sge)] if ablated else []),
        _outcomes(seeds, sge),
        _base_mixing(base),
        _transfer(seeds, sge),
    ]


def _difference(seeds: Sequence[Seed], first: str, second: str, name: str) -> Estimate:
    return bootstrap_difference(of(seeds, first, name), of(seeds, second, name))


def _beats_baselines(seeds: Sequence[Seed], sge: str) -> Verdict:
    rival = best_baseline(seeds, "train")
    ours, theirs = mean(seeds, sge, "train"), mean(seeds, rival, "train")
    gap = _difference(seeds, sge, rival, "train")
    return Verdict(
        "a. SGE beats the best baseline by at least 27 % relative (pass@1, training games)",
        ours.mean >= RELATIVE_GAIN * theirs.mean and gap.low > 0,
        f"{sge} {ours}; best baseline is {rival} with {theirs}; difference {gap}",
    )


def _beyond_base(
    claim: str, seeds: Sequence[Seed], base: Mapping[str, Mapping[str, Any]], arm: str, *, wanted: bool
) -> Verdict:
    passes = base["hard, T = 1"]["pass_at"]
    k = max(passes, key=int)
    ours = mean(seeds, arm, "train")
    passed = ours.low > float(passes[k]["mean"])
    return Verdict(
        claim,
        passed is wanted,
        f"{arm} pass@1 {ours}, base pass@{k} {Estimate(**passes[k])} "
        f"({base['hard, T = 1']['successes']} of {base['hard, T = 1']['episodes']:,} episodes)",
    )


def _mixing(seeds: Sequence[Seed], sge: str) -> Verdict:
    cold, hot = (_difference(seeds, sge, arm, "area") for arm in (f"{sge}, all default", f"{sge}, all hot"))
    return Verdict(
        "d. Mixed temperatures beat all-default and all-hot (area under the curve)",
        cold.low > 0 and hot.low > 0,
        f"mixed - all default {cold}; mixed - all hot {hot}",
    )


def _reflection(seeds: Sequence[Seed], sge: str) -> Verdict:
    failure, success = (
        _difference(seeds, sge, f"{sge}, no {which} reflection", "area") for which in ("failure", "success")
    )
    more = _difference(seeds, f"{sge}, no success reflection", f"{sge}, no failure reflection", "area")
    return Verdict(
        "e. Both reflections help, and reflection on failure matters more (area under the curve)",
        failure.low > 0 and success.low > 0 and more.low > 0,
        f"lost without failure reflection {failure}; without success reflection {success}; "
        f"the first minus the second {more}",
    )


def _outcomes(seeds: Sequence[Seed], sge: str) -> Verdict:
    gap = _difference(seeds, sge, "grpo", "outcomes")
    return Verdict(
        "f. More distinct outcomes per task than GRPO",
        gap.low > 0,
        f"{sge} {mean(seeds, sge, 'outcomes')}, grpo {mean(seeds, 'grpo', 'outcomes')}; difference {gap}",
    )


def _base_mixing(base: Mapping[str, Mapping[str, Any]]) -> Verdict:
    def passes(name: str, k: str) -> Estimate:
        return Estimate(**base[name]["pass_at"][k])

    cold, mixed = "easy, default", "easy, mixed"
    return Verdict(
        "g. Mixing lowers the base's pass@1 and raises its pass@16 (easy games)",
        passes(mixed, "1").mean < passes(cold, "1").mean and passes(mixed, "16").mean > passes(cold, "16").mean,
        f"pass@1 {passes(cold, '1')} default, {passes(mixed, '1')} mixed; "
        f"pass@16 {passes(cold, '16')} default, {passes(mixed, '16')} mixed",
    )


def _transfer(seeds: Sequence[Seed], sge: str) -> Verdict:
    rival = best_baseline(seeds, "held_out")
    gap = _difference(seeds, sge, rival, "held_out")
    return Verdict(
        "h. What was learned transfers to held-out games",
        gap.low > 0,
        f"{sge} {mean(seeds, sge, 'held_out')}; best baseline is {rival} with {mean(seeds, rival, 'held_out')}; "
        f"difference {gap}; the base has 0.00",
    )
