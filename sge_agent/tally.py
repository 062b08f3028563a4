"""What is added up while an update is computed, over micro-batches, steps and processes, and becomes its metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sge_agent.batch import Batch
from sge_agent.features import REFERENCE
from sge_agent.losses import Terms, entropies, kl_to


class Tally:
    """What is added up over the micro-batches of an update."""

    @classmethod
    def of_all(cls, tallies: Sequence[Tally]) -> Tally:
        """The tally of several processes, which took the same steps on different rows."""
        first, *others = tallies
        for other in others:
            first._include(other)
        return first

    def __init__(self) -> None:
        self.epochs = self.skipped = 0
        self.norms: list[float] = []
        self._loss = self._ratio = self._largest = self._mismatch = 0.0
        self._clipped = self._tokens = 0
        self._entropy: dict[str, list[float]] = {}
        self._drift = 0.0
        self._compared = 0
        self._weight = self._widest = 0.0
        self._cut = self._weighed = 0

    def add(self, batch: Batch, terms: Terms, log_p: torch.Tensor, loss: float) -> None:
        with torch.no_grad():
            log_ratio = terms.logprobs - terms.old_logprobs
            ratio = log_ratio.exp()
            above = (ratio > 1 + terms.clip_high) & (terms.advantages > 0)
            below = (ratio < 1 - terms.clip_low) & (terms.advantages < 0)
            largest = float(log_ratio.abs().max())
            self._clipped += int((above | below).sum())
            self._ratio += float(ratio.sum())
        self._tokens += len(ratio)
        self._loss += loss
        self._largest = max(self._largest, largest)
        if self.epochs == 0:  # before the weights have moved far; once is enough
            if not self.norms:
                self._mismatch = max(self._mismatch, largest)
            self._add_entropy(batch.roles, log_p)
            if REFERENCE in batch.extras:
                self._drift += float(kl_to(terms.logprobs.detach(), batch.extras[REFERENCE]).sum())
                self._compared += len(ratio)

    def add_correction(self, gaps: torch.Tensor, weights: torch.Tensor, cut: torch.Tensor) -> None:
        """What was weighed: old - sampled log-probabilities, weights, and whether the bound has cut them; all [K]."""
        self._weight += float(weights.sum())
        self._cut += int(cut.sum())
        self._weighed += len(weights)
        self._widest = max(self._widest, float(gaps.abs().max()))

    def _add_entropy(self, roles: Sequence[str], log_p: torch.Tensor) -> None:
        entropy = entropies(log_p).cpu().numpy()
        names = np.array(roles)
        for role in np.unique(names):
            total = self._entropy.setdefault(str(role), [0.0, 0.0])
            own = entropy[names == role]
            total[0] += float(own.sum())
            total[1] += len(own)

    def _include(self, other: Tally) -> None:
        self._loss += other._loss
        self._ratio += other._ratio
        self._drift += other._drift
        self._clipped += other._clipped
        self._tokens += other._tokens
        self._compared += other._compared
        self._weight += other._weight
        self._cut += other._cut
        self._weighed += other._weighed
        self._widest = max(self._widest, other._widest)
        self._largest = max(self._largest, other._largest)
        self._mismatch = max(self._mismatch, other._mismatch)
        for role, (total, count) in other._entropy.items():
            own = self._entropy.setdefault(role, [0.0, 0.0])
            own[0] += total
            own[1] += count

    def metrics(self) -> dict[str, float]:
        """``mismatch``: the largest |log ratio| before the first step, where sampler and learner should agree; ``kl``: how
        far the policy has moved from its reference, nats per token, where it is compared with one; ``correction/...``: the mean
        weight, the share of tokens that the bound has cut, and the largest |old - sampled| log-probability, where corrected.
        """
        steps = len(self.norms)
        return {
            "loss": self._loss / max(1, steps + self.skipped),
            "grad_norm": sum(self.norms) / max(1, steps),
            "steps": float(steps),
            "skipped_steps": float(self.skipped),
            "clip_share": self._clipped / max(1, self._tokens),
            "mean_ratio": self._ratio / max(1, self._tokens),
            "max_log_ratio": self._largest,
            "mismatch": self._mismatch,
            **({"kl": self._drift / self._compared} if self._compared else {}),
            **(self._of_correction() if self._weighed else {}),
            **{f"entropy/{role}": total / count for role, (total, count) in sorted(self._entropy.items())},
        }

    def _of_correction(self) -> dict[str, float]:
        return {
            "correction/weight": self._weight / self._weighed,
            "correction/cut": self._cut / self._weighed,
            "correction/max_log_difference": self._widest,
        }
