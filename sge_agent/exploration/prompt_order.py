"""Act before reasoning: early in training the action comes first and the strategy behind it (ActRe, AAAI 2026,
40(41):34906-34914).

Reasoning before the action makes the choice of actions narrow and lets it converge too early. So the first stage of
training asks for the action and then for the strategy, the second stage and every evaluation for the usual order. Only
the paper's abstract is public: where to switch is our choice. Watch ``entropy/action`` in the metrics.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group, Order


@dataclass(eq=False)
class PromptOrder(Exploration):
    """Has episodes of the updates before ``switch`` played action first, all later ones strategy first.

    ``switch``: a share of all updates where it is a float (0.5: the first half), the number of an update where it is an
    int (from 0).
    """

    switch: float = 0.5
    """Share of the run, from its start, in which the action is written before the strategy."""

    def __post_init__(self) -> None:
        if isinstance(self.switch, float) and not 0 <= self.switch <= 1:
            raise ValueError(
                f"as a float, switch is a share of all updates between 0 and 1, got {self.switch}; "
                "write a whole number for the number of an update"
            )
        if self.switch < 0:
            raise ValueError(f"switch must be the number of an update from 0, got {self.switch}")

    def order(self, ctx: ExplorationContext) -> Order:
        """The order in which the coming episodes are played."""
        if ctx.evaluation:
            return "strategy_first"
        first = self.switch if isinstance(self.switch, int) else self.switch * ctx.total_updates
        return "action_first" if ctx.update < first else "strategy_first"

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        order = self.order(ctx)
        return [replace(spec, order=order) for spec in specs]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        played = [t for group in groups for t in group.trajectories if not t.error]
        first = sum(t.spec.order == "action_first" for t in played)
        metrics["prompt_order/action_first_share"] = first / max(1, len(played))
