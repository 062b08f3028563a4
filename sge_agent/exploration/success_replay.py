"""Success replay: recent successes are trained on again, beside what was just played. A baseline for reflection on success,
which replays them through the prompt.

* What is kept: of every task the last ``size`` different episodes that succeeded, as token ids, under the prompt without
  a hint.
* What is replayed: up to ``per_update`` of them, of tasks drawn evenly, each task once before any comes again. A task
  whose last group solved it every time is left out.
* How it is scored: A = weight max(0, r - mean return of the task's last group), the advantage of self-imitation (arXiv
  1806.05635). So a success counts less, the more often the policy finds one by itself.
* Importance: "none" starts the ratio at 1, as if the policy had written the episode just now; "sampled" has the ratio to
  the policy that did write it, which soon silences strategies that have become rare (an episode that had a hint starts
  at 1 all the same: nobody wrote it under the plain prompt).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored
from sge_agent.exploration.stored import Successes
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class SuccessReplay(Exploration):
    """Keeps successes and replays them."""

    per_update: int = 8
    """How many successes join an update."""
    size: int = 8
    """How many successes of each task are kept; the oldest are forgotten first."""
    weight: float = 1.0
    """How much a replayed success counts beside a fresh one."""
    importance: Literal["none", "sampled"] = "none"
    """Whether probability ratios start at 1, or compare with the policy that wrote the episode."""

    _kept: Successes = field(init=False, repr=False)
    _means: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.size < 1 or self.per_update < 0 or not 0 <= self.weight < math.inf:
            raise ValueError(
                f"size must be 1 or more, per_update and weight 0 or more, got {self.size}, {self.per_update} and "
                f"{self.weight}"
            )
        self._kept = Successes(self.size)

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        chosen = self._kept.draw(self.per_update, ctx.rng, of=self._advantage)
        return [Scored(t, np.full(t.sampled_tokens, self._advantage(t))) for t in chosen if self._advantage(t)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            played = [t for t in group.trajectories if not t.error]
            if played:
                self._means[group.task.key] = float(np.mean([t.reward for t in played]))
            for trajectory in played:
                if trajectory.success:
                    self._kept.keep(trajectory, ctx, afresh=self.importance == "none")
        metrics["success_replay/kept"] = float(len(self._kept))
        metrics["success_replay/tasks"] = float(self._kept.tasks)

    def state_dict(self) -> dict[str, Any]:
        return {"means": dict(self._means), "kept": self._kept.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._means = {key: float(mean) for key, mean in state["means"].items()}
        self._kept.load_state_dict(state["kept"])

    def _advantage(self, trajectory: Trajectory) -> float:
        return self.weight * max(0.0, trajectory.reward - self._means[trajectory.task.key])
