"""Where a run gets stuck: before the first success of a task (what failed is tried again), or behind it (what worked with a hint is
not done without one).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group


@dataclass(frozen=True, slots=True)
class Stuck:
    """What one run showed."""

    repeated: float
    """Of the episodes of tasks without any success so far, the share whose strategy had already failed on the task."""
    met: int
    """How many tasks had a success in training, with a hint or without one."""
    not_taken_in: int
    """How many of these had none without a hint when they were last played without one."""


@dataclass(eq=False)
class Watch(Exploration):
    """Notes where the tasks of a run get stuck. It changes nothing."""

    episodes: int = 0
    repeated: int = 0
    solved: set[str] = field(default_factory=set)
    _failed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _plain: dict[str, bool] = field(default_factory=dict)
    """Had the task's last group with members without a hint a success among them?"""

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            key = group.task.key
            written = [(t.strategies[0], t.success) for t in group.trajectories if t.strategies]
            if key not in self.solved:
                self.episodes += len(written)
                self.repeated += sum(strategy in self._failed[key] for strategy, _ in written)
            self._failed[key] |= {strategy for strategy, won in written if not won}
            self.solved |= {key for t in group.trajectories if t.success}
            plain = [t.success for t in group.trajectories if not t.spec.hint]
            if plain:
                self._plain[key] = any(plain)

    @property
    def stuck(self) -> Stuck:
        return Stuck(
            repeated=round(self.repeated / max(1, self.episodes), 4),
            met=len(self.solved),
            not_taken_in=sum(not self._plain.get(key, False) for key in self.solved),
        )
