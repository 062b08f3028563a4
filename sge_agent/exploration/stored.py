"""Episodes that a method keeps to train on again: as they would have been without a hint, and without what training does
not need.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import ExplorationContext
from sge_agent.transcripts import trajectory_from_json, trajectory_to_json
from sge_agent.types import EpisodeSpec, Trajectory


def plain(trajectory: Trajectory, ctx: ExplorationContext) -> Trajectory:
    """The episode under the prompt without its hint. Raises ``ValueError`` where the context cannot rewrite it."""
    if not trajectory.spec.hint:
        return trajectory
    if ctx.rewrite is None:
        raise ValueError("to replay an episode without its hint the context needs a rewrite function")
    return ctx.rewrite(trajectory, "")


def bare(trajectory: Trajectory, *, recompute: bool) -> Trajectory:
    """What training needs of an episode, and nothing else. ``recompute``: its probability ratios start at 1."""
    return Trajectory(
        spec=EpisodeSpec(task=trajectory.task),
        turns=tuple(
            replace(turn, observation="", strategy="", action="", info={}, requests=(), bonus=0.0, snapshot=None)
            for turn in trajectory.turns
        ),
        contexts=trajectory.contexts,
        policy_versions=trajectory.policy_versions,
        recompute=recompute,
    )


class Successes:
    """Of every task the last ``size`` different episodes that succeeded, bare and under the prompt without a hint."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._of_task: dict[str, deque[Trajectory]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of_task.values()))

    @property
    def tasks(self) -> int:
        """How many tasks have any."""
        return len(self._of_task)

    def keep(self, trajectory: Trajectory, ctx: ExplorationContext, *, afresh: bool = True) -> None:
        """Keep an episode, unless it is there already. ``afresh``: its probability ratios start at 1 when it is trained."""
        if not trajectory.sampled_tokens:
            return
        trajectory = plain(trajectory, ctx)
        kept = self._of_task.setdefault(trajectory.task.key, deque(maxlen=self._size))
        if all(t.contexts != trajectory.contexts for t in kept):
            kept.append(bare(trajectory, recompute=trajectory.recompute or afresh))

    def draw(self, count: int, rng: np.random.Generator, *, of: Callable[[Trajectory], float]) -> list[Trajectory]:
        """Up to ``count`` of them, of tasks drawn evenly, each task once before any comes again; of tasks alone that have
        one for which ``of`` is not 0."""
        open_to = {
            key: list(rng.permutation(len(kept)))
            for key, kept in self._of_task.items()
            if any(of(trajectory) for trajectory in kept)
        }
        chosen: list[Trajectory] = []
        while any(open_to.values()) and len(chosen) < count:
            keys = [key for key, numbers in open_to.items() if numbers]
            drawn = rng.permutation(len(keys))[: count - len(chosen)]
            chosen += [self._of_task[keys[i]][open_to[keys[i]].pop()] for i in drawn]
        return chosen

    def state_dict(self) -> dict[str, Any]:
        return {key: [to_json(t) for t in kept] for key, kept in self._of_task.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._of_task = {key: deque(map(from_json, rows), maxlen=self._size) for key, rows in state.items()}


def to_json(trajectory: Trajectory) -> dict[str, Any]:
    """A bare episode in JSON's types."""
    return trajectory_to_json(trajectory, _no_text)


def from_json(row: Mapping[str, Any]) -> Trajectory:
    """A bare episode as :func:`to_json` gave it."""
    return trajectory_from_json(row)


def _no_text(tokens: Sequence[int]) -> str:
    return ""
