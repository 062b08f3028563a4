"""Keeps the entropy of the tokens that decide something where it was at first (SIREN, arXiv 2509.25133).

    loss = PG + coefficient (h - h_1)^2
    h = mean over episodes of the mean, over the tokens that decide, of H~

H~ is the entropy (nats) of the most likely tokens that hold ``top_p`` of the probability, brought to sum 1; those tokens of an
episode decide whose H~ reaches the ``quantile`` of the episode. h_1 is h in the first update.

The square of a mean is no sum over tokens. Its gradient is: 2 coefficient (h - h_1) times that of h, with h as it was before the
update and the deciding tokens fixed then; so it is exact in the first step. Episodes count alike with
``aggregate="sequence_mean"``; with the mean over tokens long ones count more, as they do in the policy's own loss.

With ``coefficient`` 0, and in the first update, it is GRPO. Defaults: official code; its base is Dr. GRPO with clip 0.28.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

_PULL = "siren"


@dataclass(eq=False)
class SelectiveEntropy(Exploration):
    """Pulls the entropy of the deciding tokens towards its value in the first update."""

    coefficient: float = 0.005
    """Weight of the squared distance."""
    top_p: float = 0.8
    """Share of the probability whose tokens count in an entropy."""
    quantile: float = 0.8
    """Tokens below this quantile of their episode decide nothing."""

    _first: float | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.coefficient < 0 or not 0 < self.top_p <= 1 or not 0 <= self.quantile < 1:
            raise ValueError(
                "coefficient must be 0 or more, top_p more than 0 and at most 1, and quantile from 0 to below 1, got "
                f"{self.coefficient}, {self.top_p} and {self.quantile}"
            )
        self.needs = frozenset({self._feature})

    @property
    def adds_loss(self) -> bool:
        return self.coefficient > 0

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not self.coefficient:
            return shaped
        distance = 0.0 if self._first is None else self._mean(groups, ctx) - self._first
        pull = [[2 * self.coefficient * distance * self._shares(h) for h in own] for own in ctx.feature(self._feature)]
        return shaped.with_extra(_PULL, pull)

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        from sge_agent.losses import nucleus_entropies

        if not self.coefficient:
            return None
        pull = batch.extras[_PULL].nan_to_num(nan=0.0)
        spots = pull.nonzero()[:, 0]
        own = pull[spots] * nucleus_entropies(logits[spots].log_softmax(-1), self.top_p)
        return logits.new_zeros(len(pull)).index_add(0, spots, own)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        mean = self._mean(groups, ctx)
        self._first = mean if self._first is None else self._first
        metrics["siren/entropy"] = mean

    def state_dict(self) -> dict[str, Any]:
        return {"first": self._first}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._first = None if state["first"] is None else float(state["first"])

    @property
    def _feature(self) -> str:
        return f"entropy.top_p={self.top_p}"

    def _mean(self, groups: Sequence[Group], ctx: ExplorationContext) -> float:
        """h, over the episodes that are trained."""
        found = [
            float((self._shares(h) * h).mean())
            for group, own in zip(groups, ctx.feature(self._feature), strict=True)
            for h in own
            if len(h) and not group.missing
        ]
        return float(np.mean(found)) if found else 0.0

    def _shares(self, entropies: np.ndarray) -> np.ndarray:
        """[tokens]: tokens / deciding tokens where one decides, else 0, so that a mean over all is one over those."""
        if not len(entropies):
            return entropies
        decides = entropies >= np.quantile(entropies, self.quantile)
        return np.asarray(decides * (len(entropies) / decides.sum()))
