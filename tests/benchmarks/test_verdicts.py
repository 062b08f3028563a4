from dataclasses import replace
from typing import Any

import pytest

from benchmarks.verdicts import BASELINES, Seed, best_baseline, judge, of

SGE = "sge"
PARTS = ("all default", "all hot", "no failure reflection", "no success reflection", "no reflection")


def seed(arm: str, number: int, height: float) -> Seed:
    height += number / 1000
    return Seed(arm, number, height, height, height / 2, 0.1, height, height, 2 + height, 3, 100, 1.0)


def table(**heights: float) -> list[Seed]:
    """Three seeds of every arm; an arm is as high as ``heights`` says (with _ for what no name can have), else 0.1."""
    arms = (SGE, *BASELINES, *(f"{SGE}, {part}" for part in PARTS))
    known = {arm: "".join(c if c.isalnum() else "_" for c in arm) for arm in arms}
    assert set(heights) <= set(known.values())
    return [seed(arm, number, heights.get(known[arm], 0.1)) for arm in arms for number in range(3)]


def evaluation(**means: float) -> dict[str, Any]:
    passes = {k.removeprefix("k"): {"mean": m, "low": m, "high": m} for k, m in means.items()}
    return {"pass_at": passes, "successes": 0, "episodes": 16}


BASE = {
    "hard, T = 1": evaluation(k1=0.0, k256=0.2),
    "easy, default": evaluation(k1=0.6, k16=0.8),
    "easy, mixed": evaluation(k1=0.5, k16=0.9),
}
PAPER = {
    "sge": 0.9,
    "sge__all_default": 0.5,
    "sge__all_hot": 0.6,
    "sge__no_failure_reflection": 0.2,
    "sge__no_success_reflection": 0.7,
}


def verdicts(seeds: list[Seed], base: dict[str, dict[str, Any]] = BASE) -> dict[str, bool]:
    return {verdict.claim[0]: verdict.passed for verdict in judge(seeds, base, sge=SGE)}


def test_every_claim_holds_where_the_numbers_are_the_papers() -> None:
    assert verdicts(table(**PAPER)) == dict.fromkeys("abcdefgh", True)


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("a", {"rnd": 0.75}),  # beaten, but by less than 27 %
        ("b", {"sge": 0.15}),  # under the base model's pass@256
        ("c", {"grpo": 0.5}),
        ("d", {"sge__all_hot": 0.9}),
        ("e", {"sge__no_success_reflection": 0.1}),  # success reflection matters more
        ("f", {"grpo": 0.95}),
        ("h", {"grpo___replay": 0.95}),
    ],
)
def test_each_claim_fails_where_its_numbers_fail_it(claim: str, change: dict[str, float]) -> None:
    assert not verdicts(table(**{**PAPER, **change}))[claim]


def test_a_difference_that_is_only_noise_is_no_pass() -> None:
    noisy = [
        replace(one, area=(0.0, 0.5, 1.0)[one.seed]) if one.arm == "sge, all hot" else one for one in table(**PAPER)
    ]
    assert not verdicts(noisy)["d"]


def test_mixing_must_lower_pass_at_1_and_raise_pass_at_16() -> None:
    assert not verdicts(table(**PAPER), BASE | {"easy, mixed": evaluation(k1=0.7, k16=0.9)})["g"]
    assert not verdicts(table(**PAPER), BASE | {"easy, mixed": evaluation(k1=0.5, k16=0.7)})["g"]


def test_claims_on_ablations_are_left_out_for_an_arm_without_them() -> None:
    whole = [one for one in table(**PAPER) if "," not in one.arm]
    assert set(verdicts(whole)) == set("abcfgh")


def test_the_best_baseline_is_the_highest_and_an_arm_that_is_missing_is_an_error() -> None:
    assert best_baseline(table(rnd=0.3), "train") == "rnd"
    with pytest.raises(LookupError, match="no run of the arm 'rnd'"):
        of([seed("sge", 0, 1.0)], "rnd", "train")
