"""Results of the board that nobody played, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.board.arms import SLICES, TEMPERATURE
from benchmarks.board.results import Point, Result

KS = (1, 2, 4, 8)
EPISODES = (192, 384, 576, 768, 960, 1152, 1280)
FEW = ("grpo", "sge", "grpo hot", "dapo", "gigpo", "rnd", "overlong", "sge+gigpo", "sge+rnd")


def made_result(
    arm: str = "grpo", seed: int = 0, slice: str = "household_hard", *, success: float = 0.5, **others: Any
) -> Result:
    """A run whose success rises on a straight line to ``success``, on all tasks alike."""
    passes = {str(k): round(1 - (1 - success) ** k, 4) for k in KS}
    given = {
        "passes": {"held_out": passes, "train": passes, "known": passes},
        "curve": tuple(Point(n, 25 * n, round(success * i / (len(EPISODES) - 1), 4)) for i, n in enumerate(EPISODES)),
        "outcomes": 2.0,
        "episodes": 1280,
        "tokens": 32000,
        "seconds": 9.0,
        "entropies": {"action": (0.3, 0.2), "strategy": (1.0, 0.8)},
    }
    return Result(slice=slice, arm=arm, seed=seed, **{**given, **others})


def made_results(arms: Iterable[str] = FEW, *, seeds: int = 3, slices: Iterable[str] = tuple(SLICES)) -> list[Result]:
    """A board of made numbers: the later an arm in the list, the better it does, but for noise."""
    names = list(arms)
    found = []
    for number, slice in enumerate(slices):
        for place, arm in enumerate(names):
            for seed in range(seeds):
                rng = np.random.default_rng([number, place, seed])
                success = float(np.clip(place / len(names) + rng.normal(0, 0.06), 0, 1))
                entropy = round(0.2 + float(rng.uniform()), 4)
                made = made_result(
                    arm,
                    seed,
                    slice,
                    success=round(success, 4),
                    first=int(rng.integers(1, 1280)) if success > 0.3 else None,
                    outcomes=round(1 + 3 * float(rng.uniform()), 3),
                    reached=tuple(sorted(f"{n:08x}" for n in rng.integers(60, size=20 + 2 * place))),
                    entropies={"action": (entropy, entropy), "strategy": (1 + entropy, entropy)},
                    tokens=int(rng.integers(28_000, 36_000)),
                    seconds=round(float(rng.uniform(8, 30)), 2),
                )
                found.append(made)
    return found


def made_base(slices: Iterable[str] = tuple(SLICES), *, success: float = 0.05) -> Mapping[str, Any]:
    """An untrained model that solves as many of all tasks."""
    passes = {str(k): [round(1 - (1 - success) ** k, 4)] * 3 for k in (*KS, 16, 32, 64, 128, 256)}
    return {slice: {"solved": [], "pass_at": {str(TEMPERATURE): passes, "1.0": passes}} for slice in slices}
