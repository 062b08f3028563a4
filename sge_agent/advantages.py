"""How good an episode, or a turn, was beside its like: pure functions from returns to advantages.

Estimators take ``returns`` [N] of a group and ``counts`` [N] (does this return enter the baseline?) and give [N]. A
group whose counted returns are all equal gives exactly zero everywhere, so it has exactly zero gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import comb

import numpy as np

Estimator = Callable[[np.ndarray, np.ndarray], np.ndarray]


def grpo(returns: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(r - mean) / (std + 1e-6), with the population's standard deviation (arXiv 2402.03300, equation 3)."""
    deviation = returns[counts].std() if counts.any() else 0.0
    return dr_grpo(returns, counts) / (deviation + 1e-6)


def dr_grpo(returns: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """r - mean: without the division, which weighs easy and hard tasks up (arXiv 2503.20783)."""
    counted = returns[counts]
    if not len(counted) or (counted == counted[0]).all():
        return np.zeros(len(returns))
    return np.asarray(returns - counted.mean())


def rloo(returns: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """r - mean of the others: n / (n - 1) times :func:`dr_grpo` for the n members that count (arXiv 2402.14740)."""
    n = int(counts.sum())
    return dr_grpo(returns, counts) * np.where(counts, n / max(1, n - 1), 1.0)


def separate(estimator: Estimator, returns: np.ndarray, counts: np.ndarray, labels: Sequence[Hashable]) -> np.ndarray:
    """``estimator`` inside each class of equal labels: a baseline of their own for, say, reflecting and plain
    members.
    """
    out = np.zeros(len(returns))
    for label in set(labels):
        own = np.array([other == label for other in labels])
        out[own] = estimator(returns[own], counts[own])
    return out


def pass_at_k(successes: np.ndarray, k: int) -> np.ndarray:
    """What a member of [N] adds to the chance that one of k members succeeds, in units of its deviation (arXiv
    2508.10751).

    Equals :func:`grpo` of the successes at k = 1. Zero once any k members must contain a success.
    """
    n, c = len(successes), int(successes.sum())
    if not 1 <= k <= n:
        raise ValueError(f"expected k between 1 and the {n} members of the group, got {k}")
    passed = 1 - comb(n - c, k) / comb(n, k)
    deviation = np.sqrt(passed * (1 - passed)) + 1e-6
    # a failure stands in a passing set only by the others' success
    beside = 1 - comb(n - c - 1, k - 1) / comb(n - 1, k - 1) if c < n else 1.0
    return np.asarray(np.where(successes, 1 - passed, beside - passed) / deviation)


def returns_to_go(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """R_t = r_t + gamma R_(t+1), [T]."""
    out = np.zeros(len(rewards))
    later = 0.0
    for t in range(len(rewards) - 1, -1, -1):
        out[t] = later = float(rewards[t]) + gamma * later
    return out


def step_groups(
    values: Sequence[np.ndarray], keys: Sequence[Sequence[Hashable]], estimator: Estimator = grpo
) -> list[np.ndarray]:
    """GiGPO's advantage of each turn among all turns of the group that began in the same state (arXiv 2505.10978, eq.
    7).

    ``values[i]`` [T_i] is what each turn of episode i led to (:func:`returns_to_go`), ``keys[i]`` the state that it
    began in, None where that is unknown. A turn without company gets 0.
    """
    places: dict[Hashable, list[tuple[int, int]]] = {}
    for i, own in enumerate(keys):
        for t, key in enumerate(own):
            if key is not None:
                places.setdefault(key, []).append((i, t))
    out = [np.zeros(len(own)) for own in values]
    for members in places.values():
        found = estimator(np.array([values[i][t] for i, t in members]), np.ones(len(members), dtype=bool))
        for (i, t), advantage in zip(members, found, strict=True):
            out[i][t] = advantage
    return out
