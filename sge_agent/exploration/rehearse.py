"""Successes are trained on again until the model has them by itself: with this library, as part of SEEK.

Of every task the last ``size`` different episodes that succeeded are kept, under the prompt without a hint. Up to
``per_update`` of them join an update, of tasks drawn evenly, with A = weight max(0, r - p) on all tokens, p the mean reward of
those members of the task's last group that had no hint (0 before there was one), and without the clip from above.

Success replay with two changes. The baseline leaves out members that were shown a hint: what they do says nothing of what the
model does by itself, and their success would end the replay of a task that nobody solves without it. And there is no clip: it
stops pushing a token once its ratio has risen by a fifth, while a word that the plain prompt gives a chance of one in a million
needs ten nats and more. What bounds each step is the norm of the gradient alone, and from update to update p, since A falls as
the task is learned.

With ``per_update`` 0 it is GRPO. All defaults are ours (?).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored
from sge_agent.exploration.stored import Successes
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class Rehearsal(Exploration):
    """Replays successes that the plain prompt does not give yet."""

    per_update: int = 8
    """How many successes join an update."""
    size: int = 8
    """How many successes of each task are kept; the oldest are forgotten first."""
    weight: float = 1.0
    """How much a success counts beside a fresh one."""

    _kept: Successes = field(init=False, repr=False)
    _plain: dict[str, float] = field(default_factory=dict, init=False, repr=False)  # mean reward without a hint

    def __post_init__(self) -> None:
        if self.size < 1 or self.per_update < 0 or not 0 <= self.weight < math.inf:
            raise ValueError(
                f"size must be 1 or more, per_update and weight 0 or more, got {self.size}, {self.per_update} and "
                f"{self.weight}"
            )
        self._kept = Successes(self.size)

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        chosen = [(t, self._advantage(t)) for t in self._kept.draw(self.per_update, ctx.rng, of=self._advantage)]
        return [
            Scored(t, np.full(t.sampled_tokens, a), {"clip_high": np.full(t.sampled_tokens, np.inf)})
            for t, a in chosen
            if a
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            plain = [t.reward for t in group.trajectories if not t.error and not t.spec.hint]
            if plain:
                self._plain[group.task.key] = float(np.mean(plain))
            for trajectory in group.trajectories:
                if trajectory.success and not trajectory.error:
                    self._kept.keep(trajectory, ctx)
        metrics["rehearse/kept"] = float(len(self._kept))
        metrics["rehearse/tasks"] = float(self._kept.tasks)

    def state_dict(self) -> dict[str, Any]:
        return {"plain": dict(self._plain), "kept": self._kept.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._plain = {key: float(mean) for key, mean in state["plain"].items()}
        self._kept.load_state_dict(state["kept"])

    def _advantage(self, trajectory: Trajectory) -> float:
        return self.weight * max(0.0, trajectory.reward - self._plain.get(trajectory.task.key, 0.0))
