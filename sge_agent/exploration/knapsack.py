"""Episodes go where a gradient is likely: a knapsack over the tasks of an update (Knapsack RL, arXiv 2509.25849).

n episodes of a task that succeeds with probability p have a gradient unless all or none succeed; the value of that is
v(n, p) = (1 - p^n - (1 - p)^n) p (1 - p)^2. The budget of the update is shared out so that the sum of v is largest, with low
to high episodes for each task, by dynamic programming; the bounds give way where they do not fit the budget. p is (wins + 1/2)
/ (episodes + 1) in the task's last group (1/2 before there was one), and 0 value remains for a task whose last group won
every time. Advantages are cut at +-clip. With high = low every task has its equal share: GRPO.

Value (v); bounds 2 and 128 and the cut at 5 (s); the estimate of p is our choice (?): it gives tasks that were never solved a
small value of their own, where the paper hands them what is left over. The paper takes differences from the mean without
deviation, since groups differ in size: choose the advantage dr_grpo.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import EpisodeSpec, Group


@dataclass(eq=False)
class Knapsack(Exploration):
    """Shares the episodes of an update out among its tasks, as many in all as there would be anyway."""

    low: int = 2
    """The fewest episodes of a task."""
    high: int = 128
    """The most episodes of a task."""
    clip: float = 5.0
    """The largest advantage in either direction."""

    _last: dict[str, tuple[int, int]] = field(default_factory=dict, init=False, repr=False)  # wins, episodes

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.high or self.clip <= 0:
            raise ValueError(
                f"low must be from 1 to high, and clip more than 0, got {self.low}, {self.high} and {self.clip}"
            )

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or not specs:
            return specs
        of_task: dict[str, list[EpisodeSpec]] = {}
        for spec in specs:
            of_task.setdefault(spec.task.key, []).append(spec)
        low = min(self.low, len(specs) // len(of_task))
        high = max(self.high, -(-len(specs) // len(of_task)))
        worth = np.array([self._worth(key, np.arange(low, high + 1)) for key in of_task])
        planned: list[EpisodeSpec] = []
        for own, count in zip(of_task.values(), shares(worth, low, len(specs)), strict=True):
            planned += own[:count]
            planned += [replace(own[-1], seed=int(ctx.rng.integers(2**63))) for _ in range(count - len(own))]
        return planned

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        cut = [[np.clip(own, -self.clip, self.clip) for own in arrays] for arrays in shaped.advantages]
        return replace(shaped, advantages=cut)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        sizes = [len(group.trajectories) for group in groups if group.trajectories]
        for group in groups:
            if group.trajectories:
                self._last[group.task.key] = (sum(t.success for t in group.trajectories), len(group.trajectories))
        if sizes:
            metrics["knapsack/smallest_group"], metrics["knapsack/largest_group"] = float(min(sizes)), float(max(sizes))

    def state_dict(self) -> dict[str, Any]:
        return {"last": {key: list(counts) for key, counts in self._last.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._last = {key: (int(wins), int(episodes)) for key, (wins, episodes) in state["last"].items()}

    def _worth(self, key: str, n: np.ndarray) -> np.ndarray:
        wins, episodes = self._last.get(key, (0, 0))
        if episodes and wins == episodes:
            return np.zeros(len(n))
        return value(n, (wins + 0.5) / (episodes + 1))


def value(n: np.ndarray, p: float) -> np.ndarray:
    """v(n, p) of the paper, for each of ``n``."""
    return np.asarray((1 - p**n - (1 - p) ** n) * p * (1 - p) ** 2)


def shares(worth: np.ndarray, low: int, budget: int) -> list[int]:
    """How many episodes each task gets, ``budget`` in all, so that the sum of their worth is largest.

    ``worth[i, j]`` is that of ``low + j`` episodes of task i. Raises ``ValueError`` when no choice meets the budget.
    """
    tasks, choices = worth.shape
    if not tasks * low <= budget <= tasks * (low + choices - 1):
        raise ValueError(f"{tasks} tasks of {low} to {low + choices - 1} episodes cannot have {budget} in all")
    best = np.full(budget + 1, -np.inf)
    best[0] = 0.0
    chosen = np.zeros((tasks, budget + 1), dtype=np.int64)
    for i in range(tasks):
        found = np.full(budget + 1, -np.inf)
        for n in range(low, min(low + choices - 1, budget) + 1):
            with_n = best[: budget + 1 - n] + worth[i, n - low]
            better = with_n > found[n:]
            found[n:] = np.where(better, with_n, found[n:])
            chosen[i, n:] = np.where(better, n, chosen[i, n:])
        best = found
    out: list[int] = []
    for i in reversed(range(tasks)):
        out.append(int(chosen[i, budget]))
        budget -= out[-1]
    return out[::-1]
