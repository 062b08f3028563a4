"""Importance correction for a sampler whose arithmetic is not the learner's: another engine, number format or kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from sge_agent.batch import Row

Correction = Literal["none", "token_truncated", "token_masked", "sequence_truncated", "sequence_masked"]

SAMPLED = "sampled log-probabilities"
"""The extra of rows and batches that holds what the sampler recorded; not a number where that belongs to another context."""


def with_sampled(rows: Sequence[Row]) -> list[Row]:
    """The rows with what was recorded while sampling set aside, to be called before old log-probabilities replace it."""
    return [
        replace(
            row, extras={**row.extras, SAMPLED: np.full(len(row.at), np.nan) if row.recompute else row.old_logprobs}
        )
        for row in rows
    ]


def correction_weights(
    old_logprobs: torch.Tensor, sampled_logprobs: torch.Tensor, rows: torch.Tensor, how: Correction, bound: float
) -> torch.Tensor:
    """What each token's loss is multiplied by, [K], without gradient; ``rows`` says which tokens stand in the same context.

    With w_t = exp(old_t - sampled_t), where old is the learner's and sampled the sampler's log-probability before the
    update, and W = exp(sum of old - sampled over the context):

    * token_truncated: min(w_t, bound), truncated importance sampling (TIS: Yao et al. 2025, "Your efficient RL framework
      secretly brings you off-policy RL training").
    * token_masked: w_t where 1 / bound <= w_t <= bound, else 0 (IcePop: Zhao et al. 2025; Ring-1T, arXiv 2510.18855).
    * sequence_truncated: min(W, bound) for every token of the context.
    * sequence_masked: W where W <= bound, else 0 (masked importance sampling, MIS: Liu et al. 2025, "When speed kills
      stability: demystifying RL collapse from the training-inference mismatch").

    A token of weight 0 has no gradient, but is still counted where losses are averaged. Tokens whose sampled
    log-probability is not a number have weight 1, and count as equal within their context.
    """
    gaps = log_differences(old_logprobs, sampled_logprobs)
    if how == "none":
        return torch.ones_like(gaps)
    if how.startswith("sequence"):
        sums = gaps.new_zeros(int(rows.max()) + 1 if len(rows) else 0).index_add(0, rows, gaps)
        gaps = sums[rows]
    weights = gaps.exp()
    if how.endswith("truncated"):
        return weights.clamp(max=bound)
    kept = weights <= bound
    if how == "token_masked":
        kept &= weights >= 1 / bound
    return torch.where(kept, weights, 0.0)


def log_differences(old_logprobs: torch.Tensor, sampled_logprobs: torch.Tensor) -> torch.Tensor:
    """old - sampled, [K], without gradient; 0 where the sampler's is not known."""
    return (old_logprobs - sampled_logprobs).detach().nan_to_num(nan=0.0)


def is_cut(weights: torch.Tensor, how: Correction, bound: float) -> torch.Tensor:
    """Which tokens were masked, or had their weight truncated, [K]."""
    return weights == 0 if how.endswith("masked") else weights >= bound
