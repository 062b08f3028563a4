"""Half of a group is shown what earlier episodes of the task have taught, and trained as if it had not been (AgentEvolver's
self-navigating, arXiv 2511.10395).

Up to ``shown`` earlier episodes (the latest successes first, then the latest failures with their feedback) stand in the
context of round(share N) members of a group of N. These are trained without the experience (``plain_prompt``), with the
ratio's upper clip at ``clip_high``: what the experience made likely is improbable without it, and would be clipped at once.
They share the group's baseline. A task without earlier episodes, and share 0, are GRPO.

Share 1/2, three experiences, training without them and 0.6 (v; 0.28 for the other members there, here the learner's). There a
model words and retrieves the experience; here it is the strategies and the feedback, of the same task (?).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.prompts import Attempt
from sge_agent.types import EpisodeSpec, Group

_TAG = "experience"


@dataclass(eq=False)
class SelfNavigating(Exploration):
    """Shows some members of each group what earlier episodes did."""

    share: float = 0.5
    """Share of a group that is shown experience."""
    shown: int = 3
    """How many earlier episodes each of them sees."""
    clip_high: float = 0.6
    """How far above 1 their probability ratios may go."""
    size: int = 32
    """How many failures and how many successes of each task are remembered."""

    _memory: ReflectionMemory = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.shown < 1 or self.clip_high < 0:
            raise ValueError(
                "share must be between 0 and 1, shown at least 1 and clip_high 0 or more, got "
                f"{self.share}, {self.shown} and {self.clip_high}"
            )
        self._memory = ReflectionMemory(size=self.size)

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or not self.share:
            return specs
        members: dict[str, list[int]] = {}
        for i, spec in enumerate(specs):
            members.setdefault(spec.task.key, []).append(i)
        planned = list(specs)
        for key, numbers in members.items():
            hint = self._experience(key, ctx)
            free = [i for i in numbers if not specs[i].hint] if hint else []
            for i in free[: round(self.share * len(numbers))]:
                planned[i] = replace(specs[i], hint=hint, tag=_TAG, train="plain_prompt")
        return planned

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not any(t.spec.tag == _TAG for group in groups for t in group.trajectories):
            return shaped
        bounds = [
            [np.full(t.sampled_tokens, self.clip_high if t.spec.tag == _TAG else np.nan) for t in group.trajectories]
            for group in groups
        ]
        return shaped.with_extra("clip_high", bounds)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        played = [t for group in groups for t in group.trajectories]
        for trajectory in played:
            if trajectory.strategies:
                self._memory.add(trajectory.task.key, Entry.of(trajectory, update=ctx.update))
        shown = [t.success for t in played if t.spec.tag == _TAG]
        metrics["self_navigating/share"] = len(shown) / max(1, len(played))
        if shown:
            metrics["self_navigating/success"] = sum(shown) / len(shown)

    def state_dict(self) -> dict[str, Any]:
        return {"memory": self._memory.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._memory.load_state_dict(state["memory"])

    def _experience(self, key: str, ctx: ExplorationContext) -> str:
        wins = _latest(self._memory.successes(key), self.shown)
        losses = _latest(self._memory.failures(key), self.shown - len(wins))
        return ctx.prompts.reflection.render(
            failures=[Attempt(entry.strategies, entry.feedback) for entry in losses],
            successes=[Attempt(entry.strategies) for entry in wins],
        )


def _latest(entries: Sequence[Entry], count: int) -> list[Entry]:
    """Up to ``count`` different ones, oldest first."""
    different = list({entry.strategies: entry for entry in reversed(entries)}.values())
    return different[:count][::-1]
