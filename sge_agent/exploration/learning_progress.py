"""Tasks on which success is changing are played more often (learning progress, the base of OMNI, arXiv 2306.01711).

Of each task p = max(success - random, 0) / (1 - random) of every group; fast follows p and slow follows fast, each by a tenth
of the way. With w(x) = (1 - t) x / (x + t (1 - 2x)), t = 0.1, which stretches small successes, the progress is LP = |w(fast) -
w(slow)|. Among the tasks with LP > 0 or any success so far, z-scores of LP through a sigmoid are the weights; all others have 0,
and where none has any all are equal. A share of the update's tasks, drawn at random, is replaced by tasks of the same environment
drawn by weight, none of them twice. Constant success gives LP -> 0 and even weights; share 0 is GRPO.

Formulas, rate 0.1 and t (v). There every task is evaluated every 25 updates; here the groups that are trained are the measure, so
half of an update's tasks stay as planned, and every task is met (?). OMNI's own part, a model that calls tasks boring, is
not built: it needs a model that knows what is interesting.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group, TaskRef

_RATE, _STRETCH = 0.1, 0.1


@dataclass(eq=False)
class LearningProgress(Exploration):
    """Replaces some of the planned tasks by tasks that are being learned or forgotten."""

    share: float = 0.5
    """Share of an update's tasks that are chosen by progress."""
    random: float = 0.0
    """The success of somebody who acts at random."""

    _fast: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _slow: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 <= self.random < 1:
            raise ValueError(
                f"share must be between 0 and 1, and random from 0 to below 1, got {self.share} and {self.random}"
            )

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        planned = {spec.task.key: spec.task for spec in specs if spec.start is None}
        count = round(self.share * len(planned))
        if ctx.evaluation or not count or not ctx.tasks:
            return specs
        given_up = [list(planned)[i] for i in ctx.rng.permutation(len(planned))[:count]]
        taken = planned.keys() - set(given_up)
        swap: dict[str, TaskRef] = {}
        for key in given_up:
            open_to = [task for task in ctx.tasks if task.env == planned[key].env and task.key not in taken]
            if open_to:
                weights = self.weights([task.key for task in open_to])
                swap[key] = open_to[int(ctx.rng.choice(len(open_to), p=weights))]
                taken.add(swap[key].key)
        return [replace(spec, task=swap.get(spec.task.key, spec.task)) for spec in specs]

    def weights(self, keys: Sequence[str]) -> np.ndarray:
        """The chance of each task to be drawn, [n], 1 in all."""
        fast, slow = (np.array([known.get(key, 0.0) for key in keys]) for known in (self._fast, self._slow))
        progress = np.abs(stretched(fast) - stretched(slow))
        among = (progress > 0) | (fast > 0)
        if not among.any():
            among = np.ones(len(keys), dtype=bool)
        deviation = progress[among].std()
        z = (progress - progress[among].mean()) / (deviation if deviation > 0 else 1.0)
        found = np.where(among, 1 / (1 + np.exp(-z)), 0.0)
        return np.asarray(found / found.sum())

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            if group.trajectories:
                success = sum(t.success for t in group.trajectories) / len(group.trajectories)
                p, key = max(success - self.random, 0.0) / (1 - self.random), group.task.key
                self._fast[key] = self._fast.get(key, p) * (1 - _RATE) + _RATE * p
                self._slow[key] = self._slow.get(key, p) * (1 - _RATE) + _RATE * self._fast[key]
        fast, slow = np.array(list(self._fast.values())), np.array(list(self._slow.values()))
        if fast.size:
            metrics["learning_progress/mean"] = float(np.abs(stretched(fast) - stretched(slow)).mean())

    def state_dict(self) -> dict[str, Any]:
        return {"fast": dict(self._fast), "slow": dict(self._slow)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._fast, self._slow = ({k: float(v) for k, v in state[name].items()} for name in ("fast", "slow"))


def stretched(p: np.ndarray) -> np.ndarray:
    """w(p) of the paper: w(0) = 0, w(1/2) = 0.9, w(1) = 1."""
    return np.asarray((1 - _STRETCH) * p / (p + _STRETCH * (1 - 2 * p)))
