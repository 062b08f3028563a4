"""Adam on float32 copies of the weights, with a learning rate that follows the updates.

Weights in bfloat16 have 8 bits: a step of 1e-6 would vanish in them. So whatever is not float32 gets a float32 copy
that the optimiser moves, and the weights are rounded from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from sge_agent.ranks import Ranks


class Optimizer:
    """Adam (decoupled weight decay) for the trainable parameters of a model.

    The rate rises over ``warmup_updates`` and falls on a straight line to ``final_lr`` times ``lr`` in the last of
    ``total_updates``; 1 keeps it constant. Gradients are clipped to the norm ``max_grad_norm``. ``spread_over``: processes over
    which the weights are spread, where ``parameters`` are parts of them; the norm is that of the whole gradient.
    """

    def __init__(
        self,
        parameters: Sequence[torch.nn.Parameter],
        *,
        lr: float,
        warmup_updates: int = 0,
        final_lr: float = 1.0,
        total_updates: int = 1,
        max_grad_norm: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        spread_over: Ranks | None = None,
    ) -> None:
        self.lr, self.warmup_updates, self.final_lr, self.total_updates = lr, warmup_updates, final_lr, total_updates
        self.max_grad_norm = max_grad_norm
        self._ranks = spread_over
        self._weights = list(parameters)
        if not self._weights:
            raise ValueError("expected a model with trainable weights, but none of its parameters requires a gradient")
        self._exact = [w if w.dtype == torch.float32 else w.detach().float().clone() for w in self._weights]
        self._adam = torch.optim.AdamW(self._exact, lr=lr, betas=betas, weight_decay=weight_decay)

    @property
    def rate(self) -> float:
        """The learning rate in force."""
        return float(self._adam.param_groups[0]["lr"])

    def begin(self, update: int) -> None:
        """Set the rate of this update, the first being 0."""
        done = min(1.0, update / max(1, self.total_updates - 1))
        rate = self.lr * (1 + (self.final_lr - 1) * done)
        if self.warmup_updates:
            rate *= min(1.0, (update + 1) / self.warmup_updates)
        self._adam.param_groups[0]["lr"] = rate

    def zero_grad(self) -> None:
        for weight in self._weights:
            weight.grad = None

    def step(self) -> float | None:
        """Clip, move the weights, and return the gradient's norm before clipping; None, and nothing moves, if it is
        not finite.
        """
        for exact, weight in zip(self._exact, self._weights, strict=True):
            if exact is not weight:
                exact.grad = None if weight.grad is None else weight.grad.float()
        norm = self._clip()
        if math.isfinite(norm):
            self._adam.step()
            self._round()
        for exact in self._exact:
            exact.grad = None
        self.zero_grad()
        return norm if math.isfinite(norm) else None

    def _clip(self) -> float:
        """Scale the gradients to the largest norm that they may have; the norm before."""
        if self._ranks is None:
            return float(torch.nn.utils.clip_grad_norm_(self._exact, self.max_grad_norm))
        gradients = [exact.grad for exact in self._exact if exact.grad is not None]
        norms = [torch.linalg.vector_norm(gradient).double() for gradient in gradients]
        square = torch.stack(norms).square().sum().cpu() if norms else torch.zeros((), dtype=torch.float64)
        self._ranks.add([square])
        norm = float(square.sqrt())
        factor = min(1.0, self.max_grad_norm / (norm + 1e-6))  # as torch.nn.utils.clip_grad_norm_
        for gradient in gradients:
            gradient.mul_(factor)
        return norm

    def tensors(self) -> dict[str, torch.Tensor]:
        """Adam's averages, and the float32 copies, by the number of the parameter: "3.exp_avg", "3.exact"."""
        found = {f"{i}.exact": e for i, (e, w) in enumerate(zip(self._exact, self._weights, strict=True)) if e is not w}
        for i, entry in self._adam.state_dict()["state"].items():
            found |= {f"{i}.{name}": torch.as_tensor(value) for name, value in entry.items()}
        return found

    def load_tensors(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put back what :meth:`tensors` gave. Raises ``ValueError`` when it belongs to other parameters."""
        entries: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            label, _, name = key.partition(".")
            number = int(label)
            if number >= len(self._exact):
                raise ValueError(f"expected the state of {len(self._exact)} parameters, got one of parameter {number}")
            exact = self._exact[number]
            if value.ndim and value.shape != exact.shape:
                raise ValueError(
                    f"parameter {number} ({name}): expected shape {tuple(exact.shape)}, got {tuple(value.shape)}"
                )
            entries.setdefault(number, {})[name] = value
        for number, entry in entries.items():
            if "exact" in entry:
                self._exact[number].data.copy_(entry.pop("exact"))
        self._adam.load_state_dict({"state": entries, "param_groups": self._adam.state_dict()["param_groups"]})
        self._round()

    def _round(self) -> None:
        for exact, weight in zip(self._exact, self._weights, strict=True):
            if exact is not weight:
                weight.data.copy_(exact.data)
