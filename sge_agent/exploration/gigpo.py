"""Credit for single turns: those of a group that began in the same state are compared with each other (GiGPO, arXiv
2505.10978).

A = A_episode + weight A_turn, where A_turn compares what each turn led to, the discounted sum of the rewards from it on.
States are equal where ``info["state_key"]`` is; a turn whose state is unknown, or met once only, gets nothing.

With ``weight`` 0, and where no state comes twice, it is GRPO. Defaults: official code. There mean and deviation of A_episode are
taken over turns, so that long episodes weigh more, and an invalid action costs 0.1; here they are the group's, over episodes,
and no action has a price.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sge_agent.advantages import dr_grpo, grpo, returns_to_go, step_groups
from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class TurnGroups(Exploration):
    """Adds to the advantage of an episode's tokens that of the turn that they stand in."""

    weight: float = 1.0
    """How much the advantage of a turn counts beside that of its episode."""
    discount: float = 0.95
    """How much less a reward counts with each turn that it is away."""
    normalise: Literal["deviation", "mean"] = "deviation"
    """Whether turns are compared in units of their standard deviation, or with their mean alone."""

    def __post_init__(self) -> None:
        if self.weight < 0 or not 0 <= self.discount <= 1:
            raise ValueError(
                f"weight must be 0 or more and discount from 0 to 1, got {self.weight} and {self.discount}"
            )

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not self.weight:
            return shaped
        return replace(
            shaped,
            advantages=[self._group(group, own) for group, own in zip(groups, shaped.advantages, strict=True)],
        )

    def _group(self, group: Group, own: Sequence[np.ndarray]) -> list[np.ndarray]:
        values = [returns_to_go(_rewards(t), self.discount) for t in group.trajectories]
        estimator = grpo if self.normalise == "deviation" else dr_grpo
        found = step_groups(values, [_states(t) for t in group.trajectories], estimator)
        return [
            array + self.weight * np.repeat(turns, [sum(s.end - s.start for s in turn.segments) for turn in t.turns])
            for array, turns, t in zip(own, found, group.trajectories, strict=True)
        ]


def _rewards(trajectory: Trajectory) -> np.ndarray:
    return np.array([turn.reward + turn.bonus for turn in trajectory.turns], dtype=np.float64)


def _states(trajectory: Trajectory) -> list[Hashable]:
    """The state that each turn began in."""
    infos = (trajectory.first_info, *(turn.info for turn in trajectory.turns[:-1]))
    return [info.get("state_key") for info in infos]
