"""A price for going round in circles: each turn at which one of MobileUse's detectors of a stuck episode fires costs
something (arXiv 2507.16853, its trajectory reflector's conditions, paid for here in place of an appeal to the model).

b_t = -scale if, up to turn t, the same action came three times in a row, or the actions repeat a pattern (A B A B, or
A B C A B C), or the same state came three times in a row. Assumed: equal texts of actions, white space apart, are equal
actions; unknown states (no ``info["state_key"]``) are no repetition. Scale 0 is GRPO. The conditions are the official code's
(v), the price of 0.05 is our choice (?). Its reflectors themselves are an agent's work, not a bonus.
"""

from __future__ import annotations

from collections.abc import Hashable, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class CyclePenalty(Exploration):
    """A negative reward for each turn in which an episode goes round in circles."""

    scale: float = 0.05
    """The price of a turn."""

    def __post_init__(self) -> None:
        if self.scale < 0:
            raise ValueError(f"scale must be 0 or more, got {self.scale}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [[-self.scale * circling(t) for t in group.trajectories] for group in groups]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        turns = np.concatenate([circling(t) for group in groups for t in group.trajectories] or [np.zeros(0)])
        metrics["cycles/share"] = float(turns.mean()) if turns.size else 0.0


def circling(trajectory: Trajectory) -> np.ndarray:
    """[turns], 1 where a detector fires at the end of the turn, else 0."""
    actions = [" ".join(turn.action.split()) for turn in trajectory.turns]
    states = [trajectory.first_info.get("state_key"), *(turn.info.get("state_key") for turn in trajectory.turns)]
    return np.array(
        [
            float(repeats(actions[:end]) or patterned(actions[:end]) or stands_still(states[: end + 1]))
            for end in range(1, len(actions) + 1)
        ]
    )


def repeats(items: Sequence[Hashable], times: int = 3) -> bool:
    """Are the last ``times`` items the same?"""
    return len(items) >= times and len(set(items[-times:])) == 1


def patterned(items: Sequence[Hashable], lengths: Sequence[int] = (2, 3)) -> bool:
    """Do the last items say a pattern of one of these lengths twice?"""
    return any(len(items) >= 2 * n and list(items[-n:]) == list(items[-2 * n : -n]) for n in lengths)


def stands_still(states: Sequence[Hashable], times: int = 3) -> bool:
    """Are the last ``times`` states the same and known?"""
    return repeats(states, times) and states[-1] is not None
