"""Turns are credited by how sure the policy was of them (EMPG, arXiv 2509.09265).

    h_t = (H_t - min H) / (max H - min H + 1e-8)      H_t: mean entropy (nats) of the tokens of turn t
    g_t = exp(-k h_t) / mean exp(-k h)
    A'_t = A g_t + zeta exp(-k' h_(t+1))              nothing is added to an episode's last turn
    A'' = A' - mean A'

Minimum, maximum and both means run over all turns of the update. Sure turns learn more, unsure ones less, and each turn is
paid for leading to a sure one. It makes training steady rather than broad, and groups of equal returns are trained by the
second term too.

Assumes that entropy says how good a turn is. With ``k``, ``zeta`` 0 and ``centre`` off it is GRPO. The formula is the
paper's. There is no official code: ``k``, ``k_future`` and ``zeta`` are those of a later re-implementation (ARLArena), which
found it above GRPO with one model and far below with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sge_agent.exploration.base import Advantages, Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import turn_means, turns
from sge_agent.types import Group


@dataclass(eq=False)
class EntropyModulation(Exploration):
    """Multiplies the advantage of each turn by its sureness, and pays for the sureness of the next."""

    k: float = 1.0
    """How much more a sure turn learns."""
    k_future: float = 1.0
    """How fast the pay falls with the entropy of the next turn."""
    zeta: float = 0.05
    """The pay for leading to the surest turn."""
    centre: bool = True
    """Subtract the mean over all turns afterwards, as the paper does."""

    needs = frozenset({"entropy"})

    def __post_init__(self) -> None:
        if min(self.k, self.k_future, self.zeta) < 0:
            raise ValueError(f"k, k_future and zeta must be 0 or more, got {self.k}, {self.k_future} and {self.zeta}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        entropies = ctx.feature("entropy")
        means = [
            [turn_means(t, h) for t, h in zip(group.trajectories, own, strict=True)]
            for group, own in zip(groups, entropies, strict=True)
        ]
        every = np.concatenate([np.zeros(0), *(m for own in means for m in own)])
        known = every[~np.isnan(every)]
        if not len(known):
            return shaped
        low, width = known.min(), known.max() - known.min() + 1e-8
        scale = np.exp(-self.k * (known - low) / width).mean()
        formed: Advantages = []
        by_turn: list[float] = []
        for group, own, of_group in zip(groups, shaped.advantages, means, strict=True):
            formed.append([])
            for t, a, mean in zip(group.trajectories, own, of_group, strict=True):
                h = (mean - low) / width
                later = np.append(np.nan_to_num(self.zeta * np.exp(-self.k_future * h[1:]), nan=0.0), 0.0)
                number = turns(t)
                value = a * (np.exp(-self.k * h) / scale)[number] + later[: len(h)][number]
                formed[-1].append(value)
                by_turn += turn_means(t, value)[~np.isnan(mean)].tolist()
        middle = float(np.mean(by_turn)) if self.centre else 0.0
        return replace(shaped, advantages=[[a - middle for a in own] for own in formed])
