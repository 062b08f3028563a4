"""Crew: who is busy, who is late, and what happens to an environment that fails."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sge_wrappers.restart import crash_info
from sge_wrappers.vector.arrivals import Arrival, EnvFailed
from sge_wrappers.vector.seat import About, Act, Answer, Call, Failed, Order, Put, Reset
from sge_wrappers.vector.teams import Team

FAILURES_IN_A_ROW = 3
"""So many failures of one environment, without an answer between them, are raised."""


@dataclass(slots=True)
class Slot:
    """What is known of one environment."""

    order: Order | None = None  # that it has not answered yet
    deadline: float | None = None
    last: Arrival | None = None  # None: it has no episode
    result: Answer | None = None  # of the last Call or Put
    seed: int | None = None  # of the last reset that had one
    reseed: bool = False  # the environment is new, and a reset without a seed shall follow from the one before
    restarts: int = 0
    failures: int = 0  # in a row
    broken: Failed | None = None  # it failed when nobody had asked it anything
    final: Arrival | None = None  # the end that the first observation of the new environment will accompany


class Crew:
    """Gives orders to a team and collects the answers; replaces those that fail.

    ``limits`` are seconds for a step and for a reset. With ``same_step``, an episode's end comes together with the next
    one's first observation. With ``raises``, a failure is raised instead of ending its episode.
    """

    def __init__(
        self,
        team: Team,
        number: int,
        *,
        limits: tuple[float | None, float | None] = (None, None),
        same_step: bool = False,
        raises: bool = False,
    ) -> None:
        self.slots = [Slot() for _ in range(number)]
        self.held: list[tuple[int, Arrival]] = []  # arrived, but an error was raised instead
        self._team = team
        self._limits = limits
        self._same_step = same_step
        self._raises = raises

    @property
    def pending(self) -> bool:
        return any(slot.order is not None for slot in self.slots)

    def meet(self) -> list[About]:
        """Wait until every environment is made; what they say of themselves."""
        found: dict[int, About] = {}
        while len(found) < len(self.slots):
            for index, answer in self._team.receive(None):
                if isinstance(answer, Failed):
                    raise EnvFailed(f"Environment {index} cannot be made: {_say(answer.error)}") from answer.error
                assert isinstance(answer, About)
                found[index] = answer
        return [about for _, about in sorted(found.items())]

    def reset(self, index: int, seed: int | None, options: dict[str, Any] | None) -> None:
        """Order a reset."""
        slot = self.slots[index]
        if seed is not None:
            slot.seed, slot.restarts = seed, 0
        elif slot.reseed and slot.seed is not None:
            seed = int(np.random.SeedSequence(slot.seed, spawn_key=(slot.restarts,)).generate_state(1)[0])
        slot.reseed = False
        self._order(index, Reset(seed, options), self._limits[1])

    def step(self, index: int, action: Any) -> None:
        """Order a step."""
        self._order(index, Act(action, then_reset=self._same_step), self._limits[0])

    def ask(self, orders: Sequence[Call | Put]) -> tuple[Any, ...]:
        """The results of one order to each."""
        for index, order in enumerate(orders):
            self._order(index, order, None)
        self.finish()
        results = [slot.result for slot in self.slots]
        for result in results:
            if isinstance(result, Failed):
                raise result.error
        return tuple(result[0] for result in results if isinstance(result, tuple))

    def gather(self, number: int, timeout: float | None = None) -> list[tuple[int, Arrival]]:
        """At least ``number`` arrivals, unless fewer are under way or ``timeout`` seconds pass."""
        ready, self.held = self.held, []
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while True:
                enough = len(ready) >= number or not self.pending
                late = end is not None and time.monotonic() >= end
                error = self._collect(ready, 0.0 if enough or late else self._patience(end))
                if error is not None:
                    raise error
                if enough or late:
                    return ready
        except BaseException:  # Ctrl-C too
            self.held = ready
            raise

    def finish(self, *, drop: bool = False) -> dict[int, Arrival]:
        """All that are under way; an error is raised when everybody has answered. ``drop``: neither is wanted."""
        ready: list[tuple[int, Arrival]] = []
        first: Exception | None = None
        while self.pending:
            error = self._collect(ready, self._patience(None))
            first = first or error
        if first is not None and not drop:
            raise first
        return dict(ready)

    def _order(self, index: int, order: Order, limit: float | None) -> None:
        self._team.send(index, order)
        slot = self.slots[index]
        slot.order, slot.result = order, None
        slot.deadline = None if limit is None else time.monotonic() + limit

    def _collect(self, ready: list[tuple[int, Arrival]], timeout: float | None) -> Exception | None:
        """Add to ``ready`` what arrives within ``timeout`` seconds; the first error to raise."""
        broken = self._news()
        answers = self._team.receive(0.0 if broken else timeout)
        late = self._late(answered={index for index, _ in answers})
        first: Exception | None = None
        for index, answer in (*broken, *answers, *late):
            try:
                arrival = self._settle(index, answer)
            except Exception as error:
                first = first or error
            else:
                if arrival is not None:
                    ready.append((index, arrival))
        return first

    def _news(self) -> list[tuple[int, Failed]]:
        """Those that had failed before they got the order that they now cannot obey."""
        found = []
        for index, slot in enumerate(self.slots):
            if slot.broken is not None and slot.order is not None:
                found.append((index, slot.broken))
                slot.broken = None
        return found

    def _late(self, answered: set[int]) -> list[tuple[int, Failed]]:
        now = time.monotonic()
        return [
            (index, Failed(EnvFailed("It gave no answer in time.")))
            for index, slot in enumerate(self.slots)
            if slot.order is not None and slot.deadline is not None and slot.deadline <= now and index not in answered
        ]

    def _patience(self, end: float | None) -> float | None:
        """Seconds until the next deadline."""
        times = [slot.deadline for slot in self.slots if slot.order is not None and slot.deadline is not None]
        if end is not None:
            times.append(end)
        return max(0.001, min(times) - time.monotonic()) if times else None

    def _settle(self, index: int, answer: Answer) -> Arrival | None:
        """What ``answer`` means for the caller; None where something else has to come first."""
        slot = self.slots[index]
        if isinstance(answer, About):
            return None
        if slot.order is None:
            slot.broken = answer if isinstance(answer, Failed) else None
            return None
        if isinstance(slot.order, (Call, Put)):
            slot.order, slot.result = None, answer
            if isinstance(answer, Failed) and answer.dead:
                self._replace(index)
            return None
        if isinstance(answer, Failed):
            return self._fail(index, slot.order, answer)
        assert isinstance(answer, Arrival)
        slot.order, slot.failures = None, 0
        if slot.final is not None:
            final, slot.final = slot.final, None
            info = {**answer.info, "final_obs": final.observation, "final_info": final.info}
            answer = Arrival(answer.observation, 0.0, False, True, info)
        slot.last = answer
        return answer

    def _fail(self, index: int, order: Order, failed: Failed) -> Arrival | None:
        slot = self.slots[index]
        slot.order = None
        if failed.misuse:
            raise failed.error
        before = slot.last
        self._replace(index)
        slot.failures += 1
        if self._raises or slot.failures >= FAILURES_IN_A_ROW:
            slot.failures, slot.final = 0, None
            raise EnvFailed(f"Environment {index} failed: {_say(failed.error)}") from failed.error
        if isinstance(order, Reset):
            self.reset(index, order.seed, order.options)
            return None
        assert before is not None, "only an environment with an episode is stepped"
        slot.last = Arrival(before.observation, 0.0, False, True, crash_info(before.info, _say(failed.error)))
        if not self._same_step:
            return slot.last
        slot.final = slot.last
        self.reset(index, None, None)
        return None

    def _replace(self, index: int) -> None:
        slot = self.slots[index]
        self._team.replace(index)
        slot.restarts += 1
        slot.reseed, slot.broken, slot.last = True, None, None


def _say(error: Exception) -> str:
    return str(error) if isinstance(error, EnvFailed) else f"{type(error).__name__}: {error}"
