"""Playing ahead of the learner: while it learns from one batch, a later one is played, with weights of a fixed age.

With a lag of N, batch k (of update k, from 0) is played with the weights after max(0, k - N) updates, and the exploration
method has then observed the episodes of exactly these updates. So what is played follows from the settings, not from the clock.

    lag 0    play 0 | learn 0 | play 1 | learn 1 | ...
    lag 1    play 0 | learn 0 | learn 1 | ...
                    | play 1  | play 2  | ...

Between two updates nothing is played and nothing is learned: then weights move, ``observe`` is called, evaluations are made,
checkpoints are written.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from sge_agent.exploration.base import ExplorationContext
from sge_agent.types import Group

T = TypeVar("T")

Settle = Callable[[], object]
"""Waits until nothing is learned."""


def nobody_learns() -> None:
    """The :data:`Settle` of who plays alone."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What an update learns from. ``ctx`` is the one that it was played with; ``seconds`` is how long that took."""

    update: int
    groups: Sequence[Group]
    ctx: ExplorationContext
    seconds: float


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """One update: its batch, what ``learn`` returned and how long that took, and the shares of the time that sampler and learner
    waited, as metrics."""

    batch: Batch
    learned: T
    learning: float
    waiting: Mapping[str, float]


class Pipeline:
    """Plays up to ``lag`` batches ahead of the learner, none beyond ``total`` updates.

    ``play`` is called in the thread of :meth:`step`, ``learn`` in one beside it where the two overlap. ``play`` gets the number of
    the update and how to wait for the learner. ``ready`` are batches that were played before a checkpoint.
    """

    def __init__(
        self, play: Callable[[int, Settle], Batch], *, lag: int, total: int, ready: Sequence[Batch] = ()
    ) -> None:
        self._play = play
        self._lag = lag
        self._total = total
        self._ready = deque(ready)

    @property
    def ready(self) -> tuple[Batch, ...]:
        """What has been played and not yet been learned from."""
        return tuple(self._ready)

    def step(self, update: int, learn: Callable[[Batch], T]) -> Step[T]:
        """Learn from the batch of ``update``, while the one that comes ``lag`` updates later is played."""
        started = time.monotonic()
        playing = 0.0
        while len(self._ready) < max(1, min(self._lag, self._total - update)):
            playing += self._take(update + len(self._ready), nobody_learns)
        batch = self._ready.popleft()
        work = _Timed(learn, batch)
        if self._lag and update + self._lag < self._total:
            with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sge-learner") as beside:
                learning = beside.submit(work)
                playing += self._take(update + self._lag, learning.result)
                learned = learning.result()
        else:
            learned = work()
        whole = max(time.monotonic() - started, 1e-9)
        busy = {"sampler": playing, "learner": work.seconds}
        waiting = {f"waiting/{who}": 1 - min(seconds / whole, 1.0) for who, seconds in busy.items()}
        return Step(batch, learned, work.seconds, waiting)

    def _take(self, update: int, settle: Settle) -> float:
        batch = self._play(update, settle)
        self._ready.append(batch)
        return batch.seconds


class _Timed(Generic[T]):
    """Work that says afterwards how long it took."""

    def __init__(self, learn: Callable[[Batch], T], batch: Batch) -> None:
        self._learn, self._batch = learn, batch
        self.seconds = 0.0

    def __call__(self) -> T:
        started = time.monotonic()
        result = self._learn(self._batch)
        self.seconds = time.monotonic() - started
        return result


def staleness(groups: Sequence[Group], version: int) -> dict[str, float]:
    """How many updates of the weights lie between sampling and training with ``version``: of the mean and of the oldest token."""
    episodes = [t for group in groups for t in group.trajectories if t.policy_versions]
    total = sum(t.sampled_tokens for t in episodes)
    aged = sum((version - t.policy_versions[0]) * t.sampled_tokens for t in episodes)
    oldest = min((t.policy_versions[0] for t in episodes), default=version)
    return {"staleness/mean": aged / max(1, total), "staleness/max": float(version - oldest)}
