"""Credit by how sure a whole episode is beside its group (entropy-based advantage reshaping of ETTRL, arXiv 2508.11356).

    A'_i = A_i (1 + weight (1 - Hbar_i / mean_g Hbar))      Hbar_i: mean entropy (nats) of episode i's tokens

It pushes towards confidence, not towards exploration: keep it as a control for methods that use entropy the other way.

With ``weight`` 0, or equal entropies, it is GRPO. The formula (with weight 1) is from the paper's text; ``weight`` is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group


@dataclass(eq=False)
class EntropyReshaping(Exploration):
    """Multiplies the advantage of each episode by its sureness among its group."""

    weight: float = 1.0
    """How much sureness counts; 1 is the paper."""

    needs = frozenset({"entropy"})

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"weight must be 0 or more, got {self.weight}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        return replace(
            shaped,
            advantages=[
                self._group(own, entropies)
                for own, entropies in zip(shaped.advantages, ctx.feature("entropy"), strict=True)
            ],
        )

    def _group(self, own: Sequence[np.ndarray], entropies: Sequence[np.ndarray]) -> list[np.ndarray]:
        means = [float(h.mean()) if len(h) else np.nan for h in entropies]
        known = [m for m in means if not np.isnan(m)]
        middle = float(np.mean(known)) if known else 0.0
        if not middle:
            return list(own)
        return [a if np.isnan(m) else a * (1 + self.weight * (1 - m / middle)) for a, m in zip(own, means, strict=True)]
