"""Mixed-temperature sampling: hot strategies, cold everything else (arXiv 2603.02045, section on sampling)."""

from __future__ import annotations

from dataclasses import replace

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Role, SamplingParams


class MixedTemperature(Exploration):
    """One temperature for strategy tokens, one for all others; the defaults are the paper's for code, UI and tools.

    In evaluation every token is sampled at ``other``.
    """

    def __init__(self, strategy: float = 1.2, other: float = 0.7) -> None:
        self.strategy = strategy
        self.other = other

    def sampling(self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext) -> SamplingParams:
        hot = role == "strategy" and not ctx.evaluation
        return replace(params, temperature=self.strategy if hot else self.other)
