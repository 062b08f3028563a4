"""The few statistics that results are reported with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the ends of its interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def pass_at_k(*, episodes: int, successes: int, k: int) -> float:
    """The unbiased estimate of the chance that at least one of k episodes succeeds, from ``episodes`` >= k played ones.

    1 - C(n - c, k) / C(n, k), in whole numbers until the last division (Chen et al. 2021, equation 1), so exact to the
    last bit for any n and k.
    """
    if not 0 <= successes <= episodes:
        raise ValueError(f"successes must be between 0 and episodes ({episodes}), got {successes}")
    if not 1 <= k <= episodes:
        raise ValueError(
            f"k must be between 1 and the number of episodes ({episodes}), got {k}: play more episodes per task"
        )
    every = comb(episodes, k)
    return (every - comb(episodes - successes, k)) / every


def bootstrap(values: Sequence[float], *, seed: int = 0, resamples: int = 4000, level: float = 0.95) -> Estimate:
    """Mean of ``values`` with a percentile bootstrap interval over them. One value has an interval of width zero."""
    if not values:
        raise ValueError("bootstrap needs at least one value, got none")
    array = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = array[rng.integers(len(array), size=(resamples, len(array)))].mean(axis=1)
    return _estimate(float(array.mean()), means, level)


def bootstrap_difference(
    first: Sequence[float], second: Sequence[float], *, seed: int = 0, resamples: int = 4000, level: float = 0.95
) -> Estimate:
    """Mean of ``first`` minus mean of ``second``, each resampled on its own (unpaired)."""
    if not first or not second:
        raise ValueError(f"bootstrap_difference needs values on both sides, got {len(first)} and {len(second)}")
    rng = np.random.default_rng(seed)
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    means = a[rng.integers(len(a), size=(resamples, len(a)))].mean(axis=1)
    means = means - b[rng.integers(len(b), size=(resamples, len(b)))].mean(axis=1)
    return _estimate(float(a.mean() - b.mean()), means, level)


def area_under(points: Sequence[tuple[float, float]]) -> float:
    """Mean height of a curve given as (x, y) with rising x: the trapezoid area divided by its width."""
    if len(points) < 2:
        raise ValueError(f"an area needs at least two points, got {len(points)}")
    x, y = np.asarray(points, dtype=np.float64).T
    if not (np.diff(x) > 0).all():
        raise ValueError("the x of an area must rise from point to point")
    return float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)) / (x[-1] - x[0]))


def _estimate(mean: float, resampled: np.ndarray, level: float) -> Estimate:
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(mean=mean, low=float(low), high=float(high))
