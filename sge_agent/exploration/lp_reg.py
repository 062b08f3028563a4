"""Unlikely tokens that still make sense are protected from being pushed down further (Lp-Reg, arXiv 2510.03222).

Among the tokens with A < 0 the least likely ``share`` are looked at. p~ is the policy without its noise: its tokens of at
least ``kappa`` times the highest probability, brought to sum 1. Where p~ gives such a token more than p does, so that it is
none of the noise, its loss is

    -A rho + coefficient (e^d - d - 1),  d = log p~ - log p      without clip

p~ comes from the weights as they are, as a constant; the official code takes the old policy's, which is the same in the first
step. Of the tokens looked at those that turn out to be noise lose their clip as well. Official code also bounds rho at 10.

With ``share`` 0 it is GRPO. Defaults: official code; ``share`` is that for a model of 14B (0.5 % for 32B).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import joined, logprobs, per_episode, split, trained
from sge_agent.types import Group

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

_LOOKED_AT = "lp_reg"


@dataclass(eq=False)
class LowProbabilityRegularisation(Exploration):
    """Adds a price for falling below p~ to the loss of the least likely tokens of negative advantage."""

    share: float = 0.01
    """How many tokens of negative advantage are looked at, the least likely ones first."""
    kappa: float = 0.02
    """Tokens below this part of the highest probability are noise."""
    coefficient: float = 1.0
    """Weight of the price."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 < self.kappa <= 1 or self.coefficient < 0:
            raise ValueError(
                "share must be between 0 and 1, kappa more than 0 and at most 1, and coefficient 0 or more, got "
                f"{self.share}, {self.kappa} and {self.coefficient}"
            )

    @property
    def adds_loss(self) -> bool:
        return False  # only tokens with an advantage have it

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        a, logp = joined(shaped.advantages), joined(per_episode(groups, logprobs))
        below = np.flatnonzero(trained(groups, shaped.advantages) & (a < 0))
        count = int(np.ceil(self.share * len(below)))
        if not count:
            return shaped
        mark = np.full(len(a), np.nan)
        mark[below[np.argsort(logp[below], kind="stable")[:count]]] = np.inf
        marks = split(mark, shaped.advantages)
        return shaped.with_extra("clip_low", marks).with_extra("clip_high", marks).with_extra(_LOOKED_AT, marks)

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        from sge_agent.losses import kl_to

        if _LOOKED_AT not in batch.extras:
            return None
        spots = (batch.extras[_LOOKED_AT] > 0).nonzero()[:, 0]
        log_p = logits[spots].log_softmax(-1)
        own = log_p.gather(1, batch.targets[spots, None])[:, 0]
        fixed = log_p.detach()
        noise = fixed < fixed.max(-1, keepdim=True).values + log(self.kappa)
        filtered = fixed.masked_fill(noise, float("-inf")).log_softmax(-1)
        target = filtered.gather(1, batch.targets[spots, None])[:, 0]
        price = kl_to(own, target.clamp_min(-1e4)) * (own.detach() < target)
        return logits.new_zeros(len(batch.targets)).index_add(0, spots, self.coefficient * price)
