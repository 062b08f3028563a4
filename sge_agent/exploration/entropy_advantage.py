"""A higher advantage for tokens that the policy was unsure of (EntropyAdv, arXiv 2506.14758, equation 4).

A' = A + min(alpha H, |A| / kappa), with the entropy H (nats) as a constant: no gradient goes through it. With kappa above
1 no advantage changes its sign, and one of 0 stays 0. EGPO (arXiv 2508.05118) has the same formula.

With ``alpha`` 0 it is GRPO. Defaults: the paper's (SIREN's run of it has kappa 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group


@dataclass(eq=False)
class EntropyAdvantage(Exploration):
    """Adds to each token's advantage what its entropy is worth, and at most a part of the advantage itself."""

    alpha: float = 0.4
    """What a nat of entropy adds to a token's advantage."""
    kappa: float = 2.0
    """The largest addition is the size of the advantage divided by this."""

    needs = frozenset({"entropy"})

    def __post_init__(self) -> None:
        if self.alpha < 0 or self.kappa <= 0:
            raise ValueError(f"alpha must be 0 or more and kappa more than 0, got {self.alpha} and {self.kappa}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        raised = [
            [a + np.minimum(self.alpha * h, np.abs(a) / self.kappa) for a, h in zip(own, entropies, strict=True)]
            for own, entropies in zip(shaped.advantages, ctx.feature("entropy"), strict=True)
        ]
        return replace(shaped, advantages=raised)
