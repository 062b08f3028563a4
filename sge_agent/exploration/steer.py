"""Tokens that would change the policy's entropy most learn less (STEER, arXiv 2510.10150).

    Omega = A (1 - p) (ln p + H)                      what the update of a fresh token does to the entropy, in first order
    w = exp(-k |Omega|), k = -ln(lowest) / max(max |Omega|, 0.02)      or, "linear", in a straight line
    A' = w A                                          from 2 - lowest (least |Omega|) down to lowest (largest)

p is the token's probability and H its distribution's entropy (nats), both as sampled. The clipped loss is homogeneous in A,
so a weight of the advantage is a weight of the loss. The maximum is that of the whole update, where the official code takes
each micro-batch's own, and weights stay as they are in further epochs, where it computes them again.

With ``lowest`` 1 it is GRPO. Defaults: the authors' script (0.8; their paper's text also has 0.7). Theirs goes with clip
0.2 and 0.28 and a dual clip of 10, which are settings of the learner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import joined, logprobs, per_episode, split, trained
from sge_agent.types import Group


@dataclass(eq=False)
class EntropyChangeWeights(Exploration):
    """Multiplies each token's advantage by a weight that falls with its effect on the entropy."""

    lowest: float = 0.8
    """The weight of the token with the largest effect."""
    mapping: Literal["exponential", "linear"] = "exponential"
    """How the weight falls: from 1 down to the lowest, or in a straight line from as much above 1 as the lowest is below."""

    needs = frozenset({"entropy"})

    def __post_init__(self) -> None:
        if not 0 < self.lowest <= 1:
            raise ValueError(f"lowest must be more than 0 and at most 1, got {self.lowest}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        a = joined(shaped.advantages)
        logp, entropy = joined(per_episode(groups, logprobs)), joined(ctx.feature("entropy"))
        effect = np.abs(a * (1 - np.exp(logp)) * (logp + entropy))
        own = effect[trained(groups, shaped.advantages)]
        if not len(own) or self.lowest == 1:
            return shaped
        return replace(shaped, advantages=split(a * self._weights(effect, own.min(), own.max()), shaped.advantages))

    def _weights(self, effect: np.ndarray, least: float, largest: float) -> np.ndarray:
        if self.mapping == "exponential":
            return np.asarray(np.clip(np.exp(np.log(self.lowest) * effect / max(largest, 0.02)), self.lowest, 1.0))
        if largest == least:
            return np.ones_like(effect)
        share = (effect - least) / (largest - least)
        return np.asarray(np.clip(2 - self.lowest - share * 2 * (1 - self.lowest), self.lowest, 2 - self.lowest))
