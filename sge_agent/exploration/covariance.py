"""Tokens whose probability and advantage go together are held back, since they drive the entropy down (arXiv 2505.22617).

    cov_j = (A_j - mean A) (log p_j - mean log p)     means over all trained tokens of the update, log p as sampled

* Clip-Cov: a random share of the tokens with ``low`` < cov < ``high`` gets no gradient.
* KL-Cov: the share of tokens with the highest cov loses its clip and pays for moving: -A rho + c |log rho|.

Tokens are chosen once per update, among those with an advantage. The official code chooses again in each mini-batch; on fresh
data that is the same. There |log rho| is 0 as well, so KL-Cov differs from GRPO from the second step of an update on only;
changes below 1e-4 nats, which rounding makes as well, are free.

With ``share`` 0 both are GRPO. Defaults: Clip-Cov's are the official ones; KL-Cov's are the official ones for a model of 7B
(0.02 % for 32B). A share above 0 is at least one token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import joined, logprobs, per_episode, split, trained
from sge_agent.types import Group

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

_HELD = "kl_cov"
_ROUNDING = 1e-4


@dataclass(eq=False)
class ClipCov(Exploration):
    """Takes the gradient from a few tokens drawn at random among those of high covariance."""

    share: float = 2e-4
    """How many tokens lose their gradient, as a share of all trained ones."""
    low: float = 1.0
    """Tokens are drawn among those with a covariance above this."""
    high: float = 5.0
    """Those with a covariance above this are spared."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.low >= self.high:
            raise ValueError(
                f"share must be between 0 and 1 and low below high, got {self.share}, {self.low} and {self.high}"
            )

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        found = covariances(groups, shaped)
        eligible = np.flatnonzero((found > self.low) & (found < self.high))
        if not self.share or not len(eligible):
            return shaped
        count = max(1, int(self.share * np.count_nonzero(~np.isnan(found))))
        values = joined(shaped.advantages)
        values[ctx.rng.permutation(eligible)[:count]] = 0.0
        return replace(shaped, advantages=split(values, shaped.advantages))


@dataclass(eq=False)
class KLCov(Exploration):
    """Lets the tokens of the highest covariance pay for any change of their probability."""

    share: float = 2e-3
    """How many tokens pay, as a share of all trained ones."""
    coefficient: float = 1.0
    """The price of a nat."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.coefficient < 0:
            raise ValueError(
                f"share must be between 0 and 1 and coefficient 0 or more, got {self.share} and {self.coefficient}"
            )

    @property
    def adds_loss(self) -> bool:
        return False  # the price is paid by tokens with an advantage only

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        found = covariances(groups, shaped)
        known = np.flatnonzero(~np.isnan(found))
        if not self.share or not len(known):
            return shaped
        count = max(1, int(self.share * len(known)))
        held = np.full(len(found), np.nan)
        held[known[np.argsort(-found[known], kind="stable")[:count]]] = np.inf
        marks = split(held, shaped.advantages)
        return shaped.with_extra("clip_low", marks).with_extra("clip_high", marks).with_extra(_HELD, marks)

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        if _HELD not in batch.extras:
            return None
        logprobs = logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
        change = (logprobs - batch.old_logprobs).abs()
        return self.coefficient * change * ((batch.extras[_HELD] > 0) & (change.detach() > _ROUNDING))


def covariances(groups: Sequence[Group], shaped: Shaped) -> np.ndarray:
    """cov of every token, end to end; NaN for those that are not trained or have no advantage."""
    a, logp = joined(shaped.advantages), joined(per_episode(groups, logprobs))
    own = trained(groups, shaped.advantages)
    if not own.any():
        return np.full(len(a), np.nan)
    found = (a - a[own].mean()) * (logp - logp[own].mean())
    return np.where(own & (a != 0), found, np.nan)
