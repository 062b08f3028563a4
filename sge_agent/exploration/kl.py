"""A price for moving away from the model as it was before training: coefficient * KL(pi || initial) per token.

The divergence is Schulman's k3 (:func:`sge_agent.losses.kl_to`), at the temperature that each token was sampled at and under
the prompt that it is trained under. GRPO (arXiv 2402.03300) has it with 0.04, RLAD (arXiv 2510.02263) with 0.001; DAPO and
SGE leave it out. With it the tokens of groups without advantage are trained too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sge_agent.exploration.base import Exploration, ExplorationContext

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch


@dataclass(eq=False)
class KLToInitial(Exploration):
    """Adds the price to every token's loss. The learner reports the divergence itself as ``kl``."""

    coefficient: float = 0.001
    """The price of a nat per token."""

    needs = frozenset({"logprobs@frozen"})

    def __post_init__(self) -> None:
        if self.coefficient < 0:
            raise ValueError(f"coefficient must be 0 or more, got {self.coefficient}")

    @property
    def adds_loss(self) -> bool:
        return self.coefficient > 0

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        from sge_agent.losses import kl_to

        if not self.coefficient:
            return None
        logprobs = logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
        return self.coefficient * kl_to(logprobs, batch.extras["logprobs@frozen"])
