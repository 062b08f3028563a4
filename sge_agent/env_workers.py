"""Environments in worker processes: slow ones step side by side, and one that hangs or dies takes nothing else with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import selectors
import time
import traceback
from collections import deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Literal

from sge_agent.envs import Arrival, EnvFactory, LocalPool, check_name
from sge_agent.types import EpisodeSpec

_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy torch's threads in the middle of what they do
_GRACE = 5.0
"""Seconds that the workers have to close their environments at the end."""

Order = (
    tuple[Literal["start"], int, EpisodeSpec] | tuple[Literal["send"], int, str] | tuple[Literal["release"], int, None]
)


class ProcessPool:
    """An :class:`sge_agent.envs.EnvPool` of ``workers`` processes, each with a share of the episodes.

    ``factories`` are called in the workers, so they must be picklable: functions of a module, or objects of a class of one.
    A call that takes longer than ``timeout`` seconds (0: as long as it likes) ends its worker with all of its episodes, and so does
    the death of a worker: each of them arrives with an error that says so. Another process takes its place.

    Raises ``ValueError`` for factories that cannot be pickled, or numbers that make no sense.
    """

    def __init__(
        self, factories: Mapping[str, EnvFactory], *, workers: int, capacity: int = 256, timeout: float = 0.0
    ) -> None:
        if workers < 1 or capacity < 1 or timeout < 0:
            raise ValueError(
                f"workers and capacity must be 1 or more and timeout 0 or more seconds, got {workers}, {capacity} and {timeout}"
            )
        self._factories = dict(factories)
        self._parcel = pack(self._factories)
        self._capacity, self._timeout = capacity, timeout
        self._workers = [_Worker() for _ in range(workers)]
        self._pipes = selectors.DefaultSelector()  # of the workers that live: one question for all of them
        self._homes: dict[int, _Worker] = {}
        self._lost: list[Arrival] = []
        self._handles = 0

    @property
    def capacity(self) -> int:
        return self._capacity

    def start(self, spec: EpisodeSpec) -> int:
        """See :class:`sge_agent.envs.EnvPool`. Raises ``ValueError`` for a name without a factory."""
        check_name(spec.task.env, self._factories)
        self._handles += 1
        home = min(self._workers, key=lambda worker: len(worker.episodes))
        home.episodes.add(self._handles)
        self._homes[self._handles] = home
        self._give(home, ("start", self._handles, spec))
        return self._handles

    def send(self, handle: int, action: str) -> None:
        self._give(self._homes[handle], ("send", handle, action))

    def receive(self, *, wait: bool) -> list[Arrival]:
        while True:
            arrivals = self._collect()
            arrivals, self._lost = one_each(arrivals + self._lost, self._homes)
            if arrivals or not wait or not any(worker.waiting for worker in self._workers):
                return arrivals
            self._rest()

    def release(self, handle: int) -> None:
        home = self._homes.pop(handle, None)
        if home is not None:
            home.episodes.discard(handle)
            if home.process is not None:
                self._give(home, ("release", handle, None))

    def close(self) -> None:
        until = time.monotonic() + _GRACE
        living = [worker for worker in self._workers if worker.process is not None]
        for worker in living:
            self._pipes.unregister(worker.pipe)
            worker.pipe.close()  # the end of its orders
        for worker in living:
            worker.end(max(until - time.monotonic(), 0.0))
        self._pipes.close()
        self._homes.clear()

    def _give(self, worker: _Worker, order: Order) -> None:
        """Hand an order over. One at a time is with the worker, so that the clock of a call starts when the call does."""
        worker.orders.append(order)
        self._feed(worker)

    def _feed(self, worker: _Worker) -> None:
        while worker.orders and not worker.waiting_since:
            if worker.process is None:
                worker.begin(self._parcel)
                self._pipes.register(worker.pipe, selectors.EVENT_READ, worker)
            order = worker.orders.popleft()
            try:
                worker.pipe.send(order)
            except OSError:
                worker.orders.appendleft(order)
                self._bury(worker, _death(worker))
                return
            if order[0] != "release":
                worker.waiting_since = time.monotonic()
                worker.at = order[1]

    def _collect(self) -> list[Arrival]:
        """What has come, and what will never come."""
        arrivals: list[Arrival] = []
        for key, _ in self._pipes.select(0):
            worker: _Worker = key.data
            try:
                arrivals.append(worker.pipe.recv())
            except (EOFError, OSError):
                self._bury(worker, _death(worker))
                continue
            worker.ready, worker.waiting_since = True, 0.0
            self._feed(worker)
        for worker in self._workers:
            if self._overdue(worker) <= 0:
                self._bury(worker, f"it did not answer within {self._timeout:g} seconds, and was ended")
        return arrivals

    def _overdue(self, worker: _Worker) -> float:
        """Seconds that a worker still has. The first call, which starts the process and imports, has no limit."""
        if not self._timeout or not worker.waiting_since or not worker.ready:
            return float("inf")
        return worker.waiting_since + self._timeout - time.monotonic()

    def _rest(self) -> None:
        """Until something can have come."""
        least = min(self._overdue(worker) for worker in self._workers)
        self._pipes.select(None if least == float("inf") else max(least, 0.0))

    def _bury(self, worker: _Worker, cause: str) -> None:
        """A worker is gone: its episodes end here, the one that it was busy with by its fault."""
        busy = worker.at
        for handle in sorted(worker.episodes):
            what = (
                "its environment's process"
                if handle == busy
                else "the process of its environment, shared with another episode"
            )
            self._lost.append(Arrival(handle, error=f"{what} is gone: {cause}"))
        self._pipes.unregister(worker.pipe)
        worker.end(0.0)


def one_each(arrivals: Sequence[Arrival], under_way: Container[int]) -> tuple[list[Arrival], list[Arrival]]:
    """The first arrival of every episode that is under way, and those for the next call.

    A process may answer and die at once: when the answer ends the episode, the death is none of its business.
    """
    first: dict[int, Arrival] = {}
    later: list[Arrival] = []
    for arrival in arrivals:
        if arrival.handle in first:
            later.append(arrival)
        elif arrival.handle in under_way:
            first[arrival.handle] = arrival
    return list(first.values()), later


def pack(factories: Mapping[str, EnvFactory]) -> bytes:
    """The factories for a :class:`Room` elsewhere. Raises ``ValueError`` where they cannot be pickled."""
    try:
        return bytes(ForkingPickler.dumps(dict(factories)))
    except Exception as error:
        raise ValueError(
            "environments in worker processes are made by functions that can be pickled: define them in a module, not inside "
            f"another function, and not as a lambda ({type(error).__name__}: {error})"
        ) from error


def _death(worker: _Worker) -> str:
    """How a process ended, in words."""
    assert worker.process is not None
    worker.process.join(1.0)
    code = worker.process.exitcode
    return f"it was killed by signal {-code}" if code is not None and code < 0 else f"it ended with exit status {code}"


@dataclass(eq=False, slots=True)
class _Worker:
    """One process, as the parent sees it. ``process`` is None until it is needed, and after its end."""

    process: SpawnProcess | None = None
    pipe: connection.Connection[Any, Any] = field(init=False)
    episodes: set[int] = field(default_factory=set)
    orders: deque[Order] = field(default_factory=deque)
    at: int = 0
    waiting_since: float = 0.0
    ready: bool = False

    @property
    def waiting(self) -> bool:
        return bool(self.waiting_since or self.orders)

    def begin(self, parcel: bytes) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(theirs, parcel), name="sge-env", daemon=True)
        self.process.start()
        theirs.close()

    def end(self, grace: float) -> None:
        """Ask it to end, and make it end after ``grace`` seconds."""
        process, self.process = self.process, None
        self.episodes, self.orders = set(), deque()
        self.at, self.waiting_since, self.ready = 0, 0.0, False
        if process is None:
            return
        self.pipe.close()
        if grace:
            process.join(grace)
        if process.is_alive():
            process.kill()
        process.join()


class Room:
    """Environments behind a wall: what a process that is not the run's own does with the orders that it gets.

    ``parcel`` is what :func:`pack` made of the table of factories; where it cannot be opened, every episode arrives with the cause.
    """

    def __init__(self, parcel: bytes) -> None:
        factories: Mapping[str, EnvFactory] = {}
        self._cause = ""
        try:
            factories = ForkingPickler.loads(parcel)
        except Exception:
            self._cause = traceback.format_exc(limit=1).strip().splitlines()[-1]
        self._pool = LocalPool(factories)
        self._inner: dict[int, int] = {}

    def do(self, order: Order) -> bytes | None:
        """Carry an order out: the packed :class:`Arrival`, or None for a release, which nothing answers."""
        what, handle, told = order
        if what == "release":
            if handle in self._inner:
                self._pool.release(self._inner.pop(handle))
            return None
        arrival = self._call(handle, told)
        try:
            return bytes(ForkingPickler.dumps(arrival))
        except Exception as error:
            cause = f"what the environment returned cannot leave its process ({error}): return plain data"
            return bytes(ForkingPickler.dumps(Arrival(handle, error=cause)))

    def close(self) -> None:
        self._pool.close()

    def _call(self, handle: int, told: EpisodeSpec | str | None) -> Arrival:
        if self._cause:
            return Arrival(handle, error=f"the worker process cannot make environments: {self._cause}")
        if isinstance(told, EpisodeSpec):
            self._inner[handle] = self._pool.start(told)
        elif handle in self._inner:
            self._pool.send(self._inner[handle], told or "")
        else:
            return Arrival(handle, error="the episode was lost with the process that it was played in")
        (arrival,) = self._pool.receive(wait=True)
        return replace(arrival, handle=handle)


def _work(pipe: connection.Connection[Any, Any], parcel: bytes) -> None:
    """The life of a worker: one order after the other, until the parent closes the pipe or is gone."""
    with contextlib.closing(Room(parcel)) as room, contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            answer = room.do(pipe.recv())
            if answer is not None:
                pipe.send_bytes(answer)
