"""Clip-higher: more room upwards than downwards for the probability ratio (DAPO, arXiv 2503.14476, section 3.1).

min(rho A, clip(rho, 1 - low, 1 + high) A) with high > low, so that unlikely tokens can still become likely. It does the same
as the learner's ``clip_high``, and stands here so that compositions can name it. SGE's paper found it harmful in all its
domains.

With ``high`` at the learner's own bound it is GRPO. Default: the paper's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group


@dataclass(eq=False)
class ClipHigher(Exploration):
    """Sets how far the ratio may rise of every token of which no other method has said it."""

    high: float = 0.28
    """How far it may rise above 1 before its gradient is cut off."""

    def __post_init__(self) -> None:
        if self.high <= 0:
            raise ValueError(f"high must be more than 0, got {self.high}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        everywhere = [[np.full(len(a), self.high) for a in own] for own in shaped.advantages]
        earlier = shaped.extras.get("clip_high")
        raised = shaped.with_extra("clip_high", everywhere)
        return raised if earlier is None else raised.with_extra("clip_high", earlier)
