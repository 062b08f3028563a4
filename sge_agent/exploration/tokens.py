"""Numbers per token, laid out as the hooks get them, [g][i] -> [tokens]: end to end in one array and back, and what each
token stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sge_agent.exploration.base import Advantages
from sge_agent.types import Group, Trajectory


def joined(arrays: Advantages) -> np.ndarray:
    """All numbers of the update in one array."""
    return np.concatenate([np.zeros(0), *(array for own in arrays for array in own)])


def split(values: np.ndarray, like: Advantages) -> Advantages:
    """The reverse of :func:`joined`: ``values`` in the layout of ``like``."""
    sizes = [len(array) for own in like for array in own]
    parts = iter(np.split(values, np.cumsum(sizes)[:-1]) if sizes else [])
    return [[next(parts) for _ in own] for own in like]


def per_episode(groups: Sequence[Group], values: Callable[[Trajectory], np.ndarray]) -> Advantages:
    """What ``values`` says of each trajectory."""
    return [[values(t) for t in group.trajectories] for group in groups]


def logprobs(trajectory: Trajectory) -> np.ndarray:
    """[tokens], nats: as they were sampled."""
    return np.array([p for s in trajectory.segments for p in s.logprobs], dtype=np.float64)


def roles(trajectory: Trajectory) -> np.ndarray:
    """[tokens]: what the span of each token is for."""
    return np.array([s.role for s in trajectory.segments for _ in range(s.start, s.end)], dtype=np.str_)


def turns(trajectory: Trajectory) -> np.ndarray:
    """[tokens]: the number of the turn that each token stands in, from 0."""
    return np.repeat(np.arange(len(trajectory.turns)), [_length(trajectory, t) for t in range(len(trajectory.turns))])


def turn_means(trajectory: Trajectory, values: np.ndarray) -> np.ndarray:
    """[turns]: the mean over the tokens of each turn, NaN for a turn without any."""
    count = len(trajectory.turns)
    sums = np.bincount(turns(trajectory), weights=values, minlength=count)
    sizes = np.array([_length(trajectory, t) for t in range(count)], dtype=np.float64)
    return np.asarray(np.divide(sums, sizes, out=np.full(count, np.nan), where=sizes > 0))


def trained(groups: Sequence[Group], advantages: Advantages) -> np.ndarray:
    """Which of all tokens, end to end, the clipped loss trains: those of whole groups with any advantage."""
    marks = [
        [np.full(len(a), not group.missing and any(other.any() for other in own)) for a in own]
        for group, own in zip(groups, advantages, strict=True)
    ]
    return np.concatenate([np.zeros(0, dtype=bool), *(mark for own in marks for mark in own)])


def _length(trajectory: Trajectory, turn: int) -> int:
    return sum(s.end - s.start for s in trajectory.turns[turn].segments)
