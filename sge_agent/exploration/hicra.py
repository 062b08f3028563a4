"""More credit for planning tokens (HICRA, arXiv 2509.03646): A' = A + alpha |A| on them, A on all others.

So a plan that led to success is pushed up more, and one that failed is pushed down less. The paper finds planning tokens by
"strategic grams", phrases that recur in different solutions; here they are simply the tokens of the strategy, which the
agent writes in a span of its own.

Assumes that strategies are written. With ``alpha`` 0 it is GRPO. Defaults: ``alpha`` is the paper's; the span is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import roles
from sge_agent.types import Group


@dataclass(eq=False)
class PlanningCredit(Exploration):
    """Raises the advantage of each strategy token by a share of its size."""

    alpha: float = 0.2
    """What is added, as a share of the advantage's size."""

    def __post_init__(self) -> None:
        if self.alpha < 0:
            raise ValueError(f"alpha must be 0 or more, got {self.alpha}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        raised = [
            [
                a + self.alpha * np.abs(a) * (roles(t) == "strategy")
                for t, a in zip(group.trajectories, own, strict=True)
            ]
            for group, own in zip(groups, shaped.advantages, strict=True)
        ]
        return replace(shaped, advantages=raised)
