"""All that is shown of the board, computed once: the page and the words of the docs only write it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from benchmarks.board.about import About, about
from benchmarks.board.arms import SLICES, TEMPERATURE, Slice
from benchmarks.board.results import Point, Result, of
from benchmarks.board.scores import (
    MEASURES,
    Leash,
    Line,
    Reach,
    entropy_and_success,
    gain,
    leashes,
    lines,
    overall,
    reaches,
)
from sge_agent.stats import Estimate, bootstrap

REFERENCE = "grpo"
"""Gains are over this arm."""

TRAIN = "train pass@"
MANY = [name for name in MEASURES if name.startswith(TRAIN)][-1]
"""The measure of many attempts: does training keep what the base reaches in as many?"""

Base = Mapping[str, Mapping[str, Any]]
"""What is kept of the untrained model, by slice: base.json."""


@dataclass(frozen=True, slots=True)
class Height:
    """One point of an arm's curve: means over its seeds, with the interval of the success."""

    episodes: float
    tokens: float
    success: Estimate


@dataclass(frozen=True, slots=True)
class Correlation:
    """Over arms on SGE or arms alone: the entropy of a role early in training with the success at the end."""

    role: str
    on_sge: bool
    rho: Estimate | None


@dataclass(frozen=True, slots=True)
class SliceSummary:
    """One slice. ``base`` is the untrained model's pass@k on the training tasks, by temperature and k."""

    where: Slice
    base: Mapping[str, Mapping[str, Sequence[float]]]
    board: Sequence[Line]
    curves: Mapping[str, Sequence[Height]]
    gains: Mapping[str, Estimate]
    leashes: Sequence[Leash]
    reaches: Sequence[Reach]
    correlations: Sequence[Correlation]

    @property
    def base_passes(self) -> Mapping[str, Sequence[float]]:
        """At the temperature of all evaluations."""
        return self.base[str(TEMPERATURE)]

    def shares_rank(self, line: Line) -> bool:
        return sum(other.rank == line.rank for other in self.board) > 1


@dataclass(frozen=True, slots=True)
class Summary:
    """``shared`` names the slices that most arms were played on, and ``overall`` has the arms that were played on all of these:
    held-out pass@1 and rank."""

    slices: Sequence[SliceSummary]
    shared: Sequence[str]
    overall: Mapping[str, tuple[Estimate, int]]
    arms: Sequence[About]
    runs: int


def summary(results: Sequence[Result], base: Base) -> Summary:
    """Of the slices that have results, in the order of :data:`SLICES`."""
    played = [where for where in SLICES.values() if any(r.slice == where.name for r in results)]
    names = list(dict.fromkeys(r.arm for r in results))
    slices = [_slice(results, where, base) for where in played]
    shared = [one.where.name for one in slices if 2 * len(one.board) > len(names)]
    return Summary(
        slices=slices,
        shared=shared,
        overall=overall(results, shared),
        arms=about(names),
        runs=len(results),
    )


def known_success(base: Base, where: Slice) -> float | None:
    """pass@1 of the untrained model on the tasks of ``where`` that it knows: they are the training tasks of another slice."""
    for other in SLICES.values():
        if other.recipe == where.recipe and other.settings.get("split") == where.known and other.name in base:
            return float(base[other.name]["pass_at"][str(TEMPERATURE)]["1"][0])
    return None


def curve(own: Sequence[Result]) -> list[Height]:
    """Evaluation by evaluation: seeds of an arm are evaluated after the same updates, and at the end."""
    seeds = [list({point.episodes: point for point in result.curve}.values()) for result in own if result.curve]
    if not seeds:
        return []
    shared = min(map(len, seeds)) - 1
    return [_height([seed[i] for seed in seeds]) for i in (*range(shared), -1)]


def _height(points: Sequence[Point]) -> Height:
    return Height(
        episodes=fmean(point.episodes for point in points),
        tokens=fmean(point.tokens for point in points),
        success=bootstrap([point.success for point in points]),
    )


def _slice(results: Sequence[Result], where: Slice, base: Base) -> SliceSummary:
    board = lines(results, slice=where.name, known=known_success(base, where))
    gains = {line.arm: gain(results, slice=where.name, arm=line.arm, over=REFERENCE) for line in board}
    passes = base[where.name]["pass_at"]
    roles = sorted({role for r in results if r.slice == where.name for role in r.entropies})
    return SliceSummary(
        where=where,
        base=passes,
        board=board,
        curves={line.arm: curve(of(results, slice=where.name, arm=line.arm)) for line in board},
        gains={arm: found for arm, found in gains.items() if found is not None and arm != REFERENCE},
        leashes=leashes(board, passes),
        reaches=reaches(results, slice=where.name),
        correlations=[
            Correlation(role, on_sge, entropy_and_success(results, slice=where.name, role=role, on_sge=on_sge))
            for role in roles
            for on_sge in (False, True)
        ],
    )
