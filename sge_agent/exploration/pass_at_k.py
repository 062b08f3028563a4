"""Advantages for the chance that one of k attempts succeeds, in place of the mean success (arXiv 2508.10751).

They take the place of whatever the group's returns gave: only success counts. An easy task soon teaches nothing more,
since any k of its episodes hold a success.

With ``k`` 1 it is GRPO of the successes. Default: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sge_agent.advantages import pass_at_k
from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group


@dataclass(eq=False)
class PassAtK(Exploration):
    """What each episode adds to its group's pass@k, on all its tokens; k = 1 is GRPO of the successes."""

    k: int = 4
    """How many attempts share a success; in a smaller group all of them."""

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k must be 1 or more, got {self.k}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        return replace(
            shaped,
            advantages=[self._group(group, own) for group, own in zip(groups, shaped.advantages, strict=True)],
        )

    def _group(self, group: Group, own: Sequence[np.ndarray]) -> list[np.ndarray]:
        if not group.trajectories:
            return list(own)
        k = min(self.k, len(group.trajectories))
        values = pass_at_k(np.array([t.success for t in group.trajectories]), k)
        return [np.full(len(array), value) for array, value in zip(own, values, strict=True)]
