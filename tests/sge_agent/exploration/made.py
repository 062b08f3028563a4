"""Groups made by hand: episodes with so many tokens per turn, and the rewards that they earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sge_agent.batch import Batch, collate, rows_of
from sge_agent.exploration.base import ExplorationContext, Shaped
from sge_agent.types import Context, EpisodeSpec, Group, Segment, TaskRef, Trajectory, Turn


def episode(
    rewards: Sequence[float],
    *,
    states: Sequence[str | None] = (),
    tokens: int = 2,
    task: str = "a",
    start: int = 0,
    hint: str = "",
    error: str = "",
    logprobs: Sequence[float] = (),
    tag: str = "",
) -> Trajectory:
    """One turn per reward, each with a strategy of one token and an action of ``tokens`` - 1. ``states[t]`` is the state
    that turn t begins in, ``logprobs`` those of all tokens (-1 by default). Token ids count up from ``start``."""
    turns = []
    for t, reward in enumerate(rewards):
        first = 1 + t * tokens
        segments = tuple(
            Segment(role, 0, a, b, tuple(logprobs[a - 1 : b - 1]) or (-1.0,) * (b - a), (0.7,) * (b - a), "x")
            for role, a, b in (("strategy", first, first + 1), ("action", first + 1, first + tokens))
        )
        info: dict[str, Any] = {"state_key": states[t + 1] if t + 1 < len(states) else None}
        if t + 1 == len(rewards):
            info["success"] = sum(rewards) > 0
        turns.append(Turn("", segments, "", "", reward, t + 1 == len(rewards), False, info))
    context = Context(tuple(range(start, start + 1 + tokens * len(rewards))))
    spec = EpisodeSpec(TaskRef(task, 0), hint=hint, tag=tag, in_baseline=not tag)
    return Trajectory(spec, tuple(turns), (context,), {"state_key": states[0] if states else None}, error=error)


def group(*episodes: Trajectory) -> Group:
    return Group(episodes[0].task, episodes)


def shaped(groups: Sequence[Group], advantages: Sequence[Sequence[float]]) -> Shaped:
    """One advantage for all tokens of an episode."""
    return Shaped(
        [
            [np.full(t.sampled_tokens, a) for t, a in zip(g.trajectories, own, strict=True)]
            for g, own in zip(groups, advantages, strict=True)
        ]
    )


def context(update: int = 0, **more: Any) -> ExplorationContext:
    return ExplorationContext(update, 10, np.random.default_rng(update), **more)


def batch(trajectory: Trajectory, advantages: Sequence[float], extras: Mapping[str, Sequence[float]]) -> Batch:
    """One episode as the learner gets it; advantages and extras are per token."""
    named = {name: np.array(values, dtype=np.float64) for name, values in extras.items()}
    return collate(rows_of(trajectory, np.array(advantages, dtype=np.float64), named), [0])
