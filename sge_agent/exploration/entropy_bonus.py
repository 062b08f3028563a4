"""A reward for every nat of entropy: the loss of each token falls by coefficient H, with gradient.

The oldest of all exploration bonuses (A3C, arXiv 1602.01783). H is the entropy of the distribution that the token is drawn
from, at its temperature. It trains tokens of groups without advantage too.

With ``coefficient`` 0 it is GRPO. Default: the low end of what papers on language models use, 0.001 to 0.005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sge_agent.exploration.base import Exploration, ExplorationContext

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch


@dataclass(eq=False)
class EntropyBonus(Exploration):
    """Lowers every token's loss by what its entropy is worth."""

    coefficient: float = 0.001
    """What a nat is worth."""

    def __post_init__(self) -> None:
        if self.coefficient < 0:
            raise ValueError(f"coefficient must be 0 or more, got {self.coefficient}")

    @property
    def adds_loss(self) -> bool:
        return self.coefficient > 0

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        from sge_agent.losses import entropies

        return -self.coefficient * entropies(logits.log_softmax(-1)) if self.coefficient else None
