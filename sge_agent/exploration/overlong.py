"""Soft overlong penalty: a price for turns whose text comes close to the limit (DAPO, arXiv 2503.14476, equation 13).

Nothing up to ``limit - buffer`` tokens, then a straight line down to ``-factor`` at ``limit``, and ``-factor`` beyond it.

With ``factor`` 0 it is GRPO. Defaults: ``factor`` is the paper's; limit and buffer are ours (official scripts have a buffer of 512
or 4096 tokens).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group, Turn


@dataclass(eq=False)
class Overlong(Exploration):
    """A negative reward for each turn in which the model wrote too much."""

    limit: int = 1024
    """Sampled tokens of a turn, strategy and action together, that cost the whole price."""
    buffer: int = 256
    """How many tokens before that the price begins."""
    factor: float = 1.0
    """The whole price."""

    def __post_init__(self) -> None:
        if not 0 < self.buffer <= self.limit or self.factor < 0:
            raise ValueError(
                f"buffer must be from 1 to limit, and factor 0 or more, got {self.buffer}, {self.limit} and {self.factor}"
            )

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.factor:
            return None
        return [[np.array([self._price(turn) for turn in t.turns]) for t in group.trajectories] for group in groups]

    def _price(self, turn: Turn) -> float:
        over = sum(s.end - s.start for s in turn.segments) - (self.limit - self.buffer)
        return -self.factor * min(1.0, max(0.0, over / self.buffer))
