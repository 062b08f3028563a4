"""From results to the board: estimates with intervals, ranks with ties, and the checks of what the field claims. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from benchmarks.board.results import Result
from sge_agent.stats import Estimate, area_under, bootstrap, bootstrap_difference

Measure = Callable[[Result], float]

MAIN = "held-out pass@1"
MEASURES: Mapping[str, Measure] = {
    MAIN: lambda r: r.passes["held_out"]["1"],
    "held-out pass@8": lambda r: r.passes["held_out"]["8"],
    "train pass@1": lambda r: r.passes["train"]["1"],
    "train pass@8": lambda r: r.passes["train"]["8"],
    "area": lambda r: area(r),
    "outcomes": lambda r: r.outcomes,
}
"""Higher is better in all of them. ``area`` is the mean height of the curve on the training tasks against episodes."""

TOKEN_LEVEL = (
    *(
        "grpo hot",
        "aepo",
        "bstar",
        "clip_cov",
        "clip_higher",
        "ead",
        "entropy_advantage",
        "entropy_bonus",
        "epo",
        "kl_cov",
    ),
    *("lp_reg", "siren", "steer"),
)
"""Arms that explore by how single tokens are drawn or credited."""


@dataclass(frozen=True, slots=True)
class Line:
    """One arm on one slice. ``rank`` is by :data:`MAIN`: 1 + how many arms have an interval that lies wholly above this one's."""

    slice: str
    arm: str
    seeds: int
    estimates: Mapping[str, Estimate]
    rank: int
    first: float | None
    """Median over seeds of the plain training episodes before the first success on a task that the base never solves; None where
    most seeds had none."""
    forgotten: Estimate | None
    """Share of the base's success on tasks that it knew which is gone at the end; below 0 where it grew."""
    tokens: float
    seconds: float
    episodes: float
    errors: tuple[str, ...] = ()


def lines(results: Sequence[Result], *, slice: str, known: float | None) -> list[Line]:
    """The board of one slice, best first; ``known`` is the base's success on the tasks that it knows."""
    arms: dict[str, list[Result]] = {}
    for result in results:
        if result.slice == slice:
            arms.setdefault(result.arm, []).append(result)
    estimates = {
        arm: {name: bootstrap([measure(r) for r in own]) for name, measure in MEASURES.items()}
        for arm, own in arms.items()
    }
    found = ranks({arm: one[MAIN] for arm, one in estimates.items()})
    made = [
        Line(
            slice=slice,
            arm=arm,
            seeds=len(own),
            estimates=estimates[arm],
            rank=found[arm],
            first=first_of(own),
            forgotten=bootstrap([1 - r.passes["known"]["1"] / known for r in own]) if known else None,
            tokens=fmean(r.tokens for r in own),
            seconds=fmean(r.seconds for r in own),
            episodes=fmean(r.episodes for r in own),
            errors=tuple(r.error for r in own if r.error),
        )
        for arm, own in arms.items()
    ]
    return sorted(made, key=lambda line: (line.rank, -line.estimates[MAIN].mean, line.arm))


def overall(results: Sequence[Result], slices: Sequence[str]) -> dict[str, tuple[Estimate, int]]:
    """Of every arm that was played on all slices: held-out pass@1, mean over slices, with an interval over seeds; and its rank."""
    arms = sorted({r.arm for r in results})
    found: dict[str, Estimate] = {}
    for arm in arms:
        if values := means(results, slices, arm=arm):
            found[arm] = bootstrap(values)
    placed = ranks(found)
    return {arm: (found[arm], placed[arm]) for arm in sorted(found, key=lambda arm: (placed[arm], -found[arm].mean))}


def means(results: Iterable[Result], slices: Sequence[str], *, arm: str) -> list[float]:
    """Held-out pass@1 of an arm, mean over slices, of every seed that was played on all of them."""
    own = [result for result in results if result.arm == arm]
    by_slice = [{r.seed: MEASURES[MAIN](r) for r in own if r.slice == name} for name in slices]
    seeds = set.intersection(*map(set, by_slice)) if by_slice else set()
    return [fmean(one[seed] for one in by_slice) for seed in sorted(seeds)]


def ranks(estimates: Mapping[str, Estimate]) -> dict[str, int]:
    """1 + how many intervals lie wholly above one's own: those that overlap with the best share rank 1."""
    return {arm: 1 + sum(other.low > own.high for other in estimates.values()) for arm, own in estimates.items()}


def area(result: Result) -> float:
    """Mean height of the curve; before its first point it is taken to be as high as there."""
    points = [(float(p.episodes), p.success) for p in result.curve]
    unique = dict(points)
    ordered = sorted({0.0: points[0][1], **unique}.items())
    return area_under(ordered) if len(ordered) > 1 else ordered[0][1]


def first_of(own: Iterable[Result]) -> float | None:
    """The median over seeds, where a seed without one counts as later than all; None if that is the median."""
    firsts = sorted(float("inf") if r.first is None else float(r.first) for r in own)
    middle = median(firsts)
    return None if middle == float("inf") else middle


@dataclass(frozen=True, slots=True)
class Leash:
    """One arm beside the base on the training tasks: does training pass what the base reaches in many attempts?"""

    slice: str
    arm: str
    once: Estimate
    """pass@1 of the trained model; ``many`` is its pass@8."""
    many: Estimate
    base: Estimate
    """pass@k of the base at its largest k, at the temperature where that is highest; ``base_many`` is its pass@8."""
    base_many: Estimate
    k: int

    @property
    def broken(self) -> bool:
        """One attempt of the trained model solves more than k attempts of the base."""
        return self.once.low > self.base.high

    @property
    def narrowed(self) -> bool:
        """8 attempts of the trained model solve less than 8 of the base."""
        return self.many.high < self.base_many.low


def leashes(board: Iterable[Line], base: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Leash]:
    """``base`` has pass@k of one slice's base by temperature and k, each with mean, low and high."""
    best = max(base.values(), key=lambda passes: passes[max(passes, key=int)][0])
    k = max(best, key=int)
    return [
        Leash(
            slice=line.slice,
            arm=line.arm,
            once=line.estimates["train pass@1"],
            many=line.estimates["train pass@8"],
            base=Estimate(*best[k]),
            base_many=Estimate(*best["8"]),
            k=int(k),
        )
        for line in board
    ]


def rank_correlation(first: Sequence[float], second: Sequence[float], *, seed: int = 0) -> Estimate | None:
    """Spearman's, with a 95 % bootstrap interval over pairs; None where one side is constant or fewer than 5 pairs are there."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if len(a) < 5 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    rng = np.random.default_rng(seed)
    drawn = [_spearman(a[i], b[i]) for i in rng.integers(len(a), size=(2000, len(a)))]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Estimate(_spearman(a, b), float(low), float(high))


def entropy_and_success(results: Sequence[Result], *, slice: str, role: str, on_sge: bool) -> Estimate | None:
    """Over arms: does the entropy of the first quarter of the training (mean over seeds) go with held-out pass@1 at the end?"""
    arms: dict[str, list[Result]] = {}
    for result in results:
        if result.slice == slice and role in result.entropies and (result.arm.split("+")[0] == "sge") == on_sge:
            arms.setdefault(result.arm, []).append(result)
    early = [fmean(r.entropies[role][0] for r in own) for own in arms.values()]
    success = [fmean(MEASURES[MAIN](r) for r in own) for own in arms.values()]
    return rank_correlation(early, success)


@dataclass(frozen=True, slots=True)
class Reach:
    """Outcomes that an arm came to in any of ``seeds`` seeds, beside those of SGE in the same seeds."""

    slice: str
    arm: str
    seeds: int
    reached: int
    alone: int
    """Reached by this arm and not by SGE; ``sge_alone`` the other way round."""
    sge_alone: int


def reaches(results: Sequence[Result], *, slice: str, arms: Sequence[str] = TOKEN_LEVEL) -> list[Reach]:
    """Of arms that share a seed with SGE, in all seeds that they share."""
    sge = {r.seed: r.reached for r in results if r.slice == slice and r.arm == "sge"}
    found = []
    for arm in arms:
        own = {r.seed: r.reached for r in results if r.slice == slice and r.arm == arm and r.seed in sge}
        if own:
            tokens, strategies = set().union(*own.values()), set().union(*(sge[seed] for seed in own))
            found.append(Reach(slice, arm, len(own), len(tokens), len(tokens - strategies), len(strategies - tokens)))
    return found


def gain(results: Sequence[Result], *, slice: str, arm: str, over: str, name: str = MAIN) -> Estimate | None:
    """Difference of two arms; None where one was not played."""
    measure = MEASURES[name]
    first, second = ([measure(r) for r in results if r.slice == slice and r.arm == one] for one in (arm, over))
    return bootstrap_difference(first, second) if first and second else None


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(_ranked(a), _ranked(b))[0, 1])


def _ranked(values: np.ndarray) -> np.ndarray:
    """Ranks, the mean of them where values are equal."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means = ends - (counts - 1) / 2
    return np.asarray(means[inverse], dtype=np.float64)
