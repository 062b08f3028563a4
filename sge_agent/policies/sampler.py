"""Drawing one token per row from logits, by one uniform number per row."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def draw(
    logits: torch.Tensor, *, temperatures: Sequence[float], top_p: Sequence[float], uniforms: Sequence[float]
) -> tuple[list[int], list[float], list[float]]:
    """Per row: the token, its log-probability and the entropy (nats) of the distribution that it was drawn from.

    ``logits`` [n, V], the others n long. The token is the first one at which the cumulative probability under logits
    / temperature passes the uniform number, in float64, so it depends on nothing but its own row. Log-probabilities
    and entropies are over the whole vocabulary, whatever ``top_p``. Temperature 0 takes the most likely token, and
    reports log-probability and entropy at temperature 1. Raises ``FloatingPointError`` when a row has no finite
    distribution.
    """
    divisors = torch.tensor([t or 1.0 for t in temperatures], dtype=torch.float64).to(logits.device)
    chances = torch.tensor(uniforms, dtype=torch.float64).to(logits.device)[:, None]
    scaled = logits.double() / divisors[:, None]
    highest = scaled.amax(-1, keepdim=True)
    weights = (scaled - highest).exp_()
    cumulative = weights.cumsum(-1)
    total = cumulative[:, -1:]
    if min(top_p) < 1:
        kept, order = _nucleus(weights / total, torch.tensor(top_p, dtype=torch.float64).to(logits.device))
        tokens = order.gather(-1, _invert(kept.cumsum(-1), chances))
    else:
        tokens = _invert(cumulative, chances)
    if min(temperatures) == 0:
        greedy = torch.tensor([t == 0 for t in temperatures]).to(logits.device)
        tokens = torch.where(greedy[:, None], logits.argmax(-1, keepdim=True), tokens)
    log_total = highest + total.log()
    logprobs = scaled.gather(-1, tokens) - log_total
    # a probability of 0 adds nothing, but 0 times minus infinity would be NaN
    entropies = log_total - (weights * scaled.clamp_min(-1e300)).sum(-1, keepdim=True) / total
    drawn, logprob, entropy = torch.cat([tokens.double(), logprobs, entropies], dim=-1).T.tolist()
    if not all(map(math.isfinite, logprob)):
        raise FloatingPointError(
            "the model's logits are not finite: its weights have diverged; load an earlier checkpoint"
        )
    return [int(token) for token in drawn], logprob, entropy


def _invert(cumulative: torch.Tensor, chances: torch.Tensor) -> torch.Tensor:
    """[n, 1]: the index at which each row's cumulative weight passes its chance (in [0, 1)) times the total."""
    total = cumulative[:, -1:].contiguous()
    found = torch.searchsorted(cumulative, chances * total, right=True)
    # rounding may carry a chance just below 1 past the end: never past the last token that has any probability
    last = torch.searchsorted(cumulative, total)
    return torch.minimum(found, last).clamp_max_(cumulative.shape[-1] - 1)  # NaN has no place at all


def _nucleus(probs: torch.Tensor, top_p: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities in falling order with 0 outside the smallest set that holds ``top_p``; and that order. Both [n,
    V].
    """
    falling, order = probs.sort(dim=-1, descending=True, stable=True)
    before = falling.cumsum(-1) - falling
    return falling * (before < top_p[:, None]), order
