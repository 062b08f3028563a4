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

from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored
from sge_agent.exploration.stored import bare, from_json, plain, to_json
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

    _kept: dict[str, deque[Trajectory]] = field(default_factory=dict, init=False, repr=False)
    _means: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.size < 1 or self.per_update < 0 or self.weight < 0:
            raise ValueError(
                f"size must be 1 or more, per_update and weight 0 or more, got {self.size}, {self.per_update} and "
                f"{self.weight}"
            )

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        open_to = {
            key: list(ctx.rng.permutation(len(kept)))
            for key, kept in self._kept.items()
            if any(self._advantage(t) for t in kept)
        }
        chosen: list[Trajectory] = []
        while any(open_to.values()) and len(chosen) < self.per_update:
            keys = [key for key, numbers in open_to.items() if numbers]
            drawn = ctx.rng.permutation(len(keys))[: self.per_update - len(chosen)]
            chosen += [self._kept[keys[i]][open_to[keys[i]].pop()] for i in drawn]
        return [Scored(t, np.full(t.sampled_tokens, self._advantage(t))) for t in chosen if self._advantage(t)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            played = [t for t in group.trajectories if not t.error]
            if played:
                self._means[group.task.key] = float(np.mean([t.reward for t in played]))
            for trajectory in played:
                if trajectory.success and trajectory.sampled_tokens:
                    self._keep(trajectory, ctx)
        metrics["success_replay/kept"] = float(sum(map(len, self._kept.values())))
        metrics["success_replay/tasks"] = float(len(self._kept))

    def state_dict(self) -> dict[str, Any]:
        return {
            "means": dict(self._means),
            "kept": {key: [to_json(t) for t in kept] for key, kept in self._kept.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._means = {key: float(mean) for key, mean in state["means"].items()}
        self._kept = {
            key: deque((from_json(row) for row in rows), maxlen=self.size) for key, rows in state["kept"].items()
        }

    def _advantage(self, trajectory: Trajectory) -> float:
        return self.weight * max(0.0, trajectory.reward - self._means[trajectory.task.key])

    def _keep(self, trajectory: Trajectory, ctx: ExplorationContext) -> None:
        trajectory = plain(trajectory, ctx)
        kept = self._kept.setdefault(trajectory.task.key, deque(maxlen=self.size))
        if all(t.contexts != trajectory.contexts for t in kept):
            kept.append(bare(trajectory, recompute=trajectory.recompute or self.importance == "none"))
