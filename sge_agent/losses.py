"""Losses per token and their aggregation: pure functions of tensors. K is the number of trained tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch

Aggregate = Literal["token_mean", "sequence_mean", "constant"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy loss is computed from; every tensor is [K].

    ``clip_low`` and ``clip_high`` bound the ratio to 1 - low .. 1 + high, token by token. ``rows`` says which tokens
    stand in the same context.
    """

    logprobs: torch.Tensor
    old_logprobs: torch.Tensor
    advantages: torch.Tensor
    clip_low: torch.Tensor
    clip_high: torch.Tensor
    rows: torch.Tensor


PolicyLoss = Callable[[Terms], torch.Tensor]


def clipped(terms: Terms) -> torch.Tensor:
    """-min(rho A, clip(rho) A) with rho = exp(new - old), per token (PPO, arXiv 1707.06347, equation 7).

    Symmetric bounds are the paper's; a larger ``clip_high`` is DAPO's clip-higher (arXiv 2503.14476).
    """
    return _pessimistic((terms.logprobs - terms.old_logprobs).exp(), terms)


def dual_clipped(bound: float) -> PolicyLoss:
    """:func:`clipped`, and for A < 0 no more than -bound A (dual-clip PPO, arXiv 1912.09729, equation 5; usual bound 3).

    The clip alone lets a token of negative advantage whose ratio has grown outweigh all others, since rho A has no lower bound.
    """
    if bound <= 1:
        raise ValueError(f"the bound of a ratio must be above 1, got {bound}")

    def loss(terms: Terms) -> torch.Tensor:
        values = clipped(terms)
        return torch.where(terms.advantages < 0, torch.minimum(values, -bound * terms.advantages), values)

    return loss


def gspo(terms: Terms) -> torch.Tensor:
    """:func:`clipped` with one ratio per context, the geometric mean of its tokens' (GSPO, arXiv 2507.18071, equation
    7).

    Meant for "sequence_mean" and much narrower bounds (about 3e-4).
    """
    counts = terms.rows.bincount()
    sums = terms.logprobs.new_zeros(len(counts)).index_add(0, terms.rows, terms.logprobs - terms.old_logprobs)
    return _pessimistic((sums / counts.clamp(min=1)).exp()[terms.rows], terms)


def cispo(terms: Terms) -> torch.Tensor:
    """-clip(rho) A log pi with the clipped ratio as a constant: no token loses its gradient (CISPO, arXiv
    2506.13585).
    """
    ratio = (terms.logprobs - terms.old_logprobs).detach().exp()
    weight = torch.clamp(ratio, min=1 - terms.clip_low, max=1 + terms.clip_high)
    return -weight * terms.advantages * terms.logprobs


LOSSES: Mapping[str, PolicyLoss] = {"clipped": clipped, "gspo": gspo, "cispo": cispo}


def kl_to(logprobs: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """r - log r - 1 with r = exp(reference - new), [K]: never negative, unbiased for KL(pi || reference) (Schulman's
    k3).
    """
    log_ratio = reference - logprobs
    return log_ratio.exp() - log_ratio - 1


def entropies(log_p: torch.Tensor) -> torch.Tensor:
    """[K], nats, of the distributions ``log_p`` [K, V]; tokens of probability 0 add nothing."""
    return -(log_p.exp() * log_p.clamp_min(-1e30)).sum(-1)


def nucleus_entropies(log_p: torch.Tensor, share: float) -> torch.Tensor:
    """[K], nats, of the most likely tokens that together hold ``share`` of the probability, brought to sum 1.

    The token that reaches the share belongs to them, so there is always one. Which tokens they are is a constant.
    """
    ordered, _ = log_p.sort(dim=-1, descending=True)
    chances = ordered.detach().exp()
    outside = chances.cumsum(-1) - chances >= share
    return entropies(ordered.masked_fill(outside, float("-inf")).log_softmax(-1))


def token_weights(lengths: torch.Tensor, sequences: torch.Tensor, how: Aggregate, constant: float) -> torch.Tensor:
    """The weight of each token in the loss, [K], so that micro-batches only ever add up.

    ``lengths`` [S] are the trained tokens of every sequence of the whole optimiser step, ``sequences`` [K] the
    sequence of each token. token_mean: every token alike (DAPO); sequence_mean: every sequence alike (GRPO);
    constant: every token 1 / (S constant) (Dr. GRPO).
    """
    if how == "token_mean":
        return torch.full(sequences.shape, 1.0, device=lengths.device) / lengths.sum().clamp(min=1)
    if how == "sequence_mean":
        return 1.0 / (lengths[sequences].clamp(min=1) * len(lengths))
    return torch.full(sequences.shape, 1.0 / (max(1, len(lengths)) * constant), device=lengths.device)


def _pessimistic(ratio: torch.Tensor, terms: Terms) -> torch.Tensor:
    bounded = torch.clamp(ratio, min=1 - terms.clip_low, max=1 + terms.clip_high)
    return -torch.minimum(ratio * terms.advantages, bounded * terms.advantages)
