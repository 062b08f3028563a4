"""Strategy dropout: some episodes act without writing a strategy (RLAD, arXiv 2510.02263, which drops the abstraction
that its solver is shown).

So the policy stays able to act by itself, and cannot come to lean on a text that is always there.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group


@dataclass(eq=False)
class StrategyDropout(Exploration):
    """Each training episode acts without a strategy with probability ``p``.

    Episodes that are shown a hint keep theirs: the hint asks for one. In a chain with ``StrategyReflection`` put this
    method first, and its share is ``p`` of all episodes, else of those without a hint.
    """

    p: float = 0.25
    """Share of the training episodes that act without writing a strategy."""

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise ValueError(f"p must be a probability between 0 and 1, got {self.p}")

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation:
            return specs
        dropped = ctx.rng.random(len(specs)) < self.p
        return [
            replace(spec, strategy=False) if drop and not spec.hint else spec
            for spec, drop in zip(specs, dropped, strict=True)
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        played = [t for group in groups for t in group.trajectories if not t.error]
        without = [t.success for t in played if not t.spec.strategy]
        metrics["strategy_dropout/share"] = len(without) / max(1, len(played))
        if without:
            metrics["strategy_dropout/success"] = sum(without) / len(without)
