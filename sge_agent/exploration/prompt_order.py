"""Act before reasoning: early in training the action comes first and the strategy behind it (ActRe, AAAI 2026,
40(41):34906-34914).

Reasoning before the action makes the choice of actions narrow and lets it converge too early. So the first stage of
training asks for the action and then for the strategy, the second stage and every evaluation for the usual order. Only
the paper's abstract is public: where to switch is our choice. Watch ``entropy/action`` in the metrics.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import replace

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group, Order


class PromptOrder(Exploration):
    """Has episodes of the updates before ``switch`` played action first, all later ones strategy first.

    ``switch``: a share of all updates where it is a float (0.5: the first half), the number of an update where it is an
    int (from 0).
    """

    def __init__(self, switch: float | int = 0.5) -> None:
        if isinstance(switch, float) and not 0 <= switch <= 1:
            raise ValueError(
                f"as a float, switch is a share of all updates between 0 and 1, got {switch}; "
                "write a whole number for the number of an update"
            )
        if switch < 0:
            raise ValueError(f"switch must be the number of an update from 0, got {switch}")
        self.switch = switch

    def order(self, ctx: ExplorationContext) -> Order:
        """The order in which the coming episodes are played."""
        if ctx.evaluation:
            return "strategy_first"
        first = self.switch if isinstance(self.switch, int) else self.switch * ctx.total_updates
        return "action_first" if ctx.update < first else "strategy_first"

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        order = self.order(ctx)
        return [replace(spec, order=order) for spec in specs]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float]) -> None:
        played = [t for group in groups for t in group.trajectories if not t.error]
        first = sum(t.spec.order == "action_first" for t in played)
        metrics["prompt_order/action_first_share"] = first / max(1, len(played))
