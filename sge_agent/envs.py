"""Where environments live while they are played: send actions, receive whichever environment is ready."""

from __future__ import annotations

import contextlib
import difflib
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from sge_agent.types import Env, EpisodeSpec, TakesSnapshots, Wrapped

EnvFactory = Callable[[], Env]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one environment gave back, of ``reset`` or ``step``. ``error``: it failed, and is gone.

    ``snapshot``: its state after the step, where the spec asked for it and the episode goes on.
    """

    handle: int
    observation: str = ""
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    info: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    snapshot: bytes | None = None


class EnvPool(Protocol):
    """Environments by name, each playing one episode at a time."""

    @property
    def capacity(self) -> int:
        """How many episodes may be under way at once."""
        ...

    def start(self, spec: EpisodeSpec) -> int:
        """Take an environment for ``spec.task`` and begin to reset it; returns the episode's handle."""
        ...

    def send(self, handle: int, action: str) -> None:
        """Begin to step."""
        ...

    def receive(self, *, wait: bool) -> list[Arrival]:
        """All that is ready. ``wait``: stay until something is; [] when nothing is under way."""
        ...

    def release(self, handle: int) -> None:
        """Give the environment back (idempotent)."""
        ...

    def close(self) -> None:
        """Close all environments."""
        ...


def check_name(name: str, factories: Mapping[str, EnvFactory]) -> None:
    """Raises ``ValueError`` for a name without a factory."""
    if name not in factories:
        near = difflib.get_close_matches(name, factories, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(factories)) or 'none'}"
        raise ValueError(f"no environment is called {name!r}; {hint}")


class LocalPool:
    """Environments in this process, one call after the other; instances are used again for later episodes.

    ``factories`` maps the name in :class:`TaskRef` to a function that makes an environment. One that raises is closed,
    and replaced when it is next needed; its episode gets an :class:`Arrival` with the error.
    """

    def __init__(self, factories: Mapping[str, EnvFactory], *, capacity: int = 256) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least one episode at a time, got {capacity}")
        self._factories = dict(factories)
        self._capacity = capacity
        self._idle: defaultdict[str, list[Env]] = defaultdict(list)
        self._seats: dict[int, _Seat] = {}
        self._queue: list[tuple[int, EpisodeSpec | str]] = []
        self._handles = 0

    @property
    def capacity(self) -> int:
        return self._capacity

    def start(self, spec: EpisodeSpec) -> int:
        """See :class:`EnvPool`. Raises ``ValueError`` for a name without a factory."""
        name = spec.task.env
        check_name(name, self._factories)
        self._handles += 1
        idle = self._idle[name]
        self._seats[self._handles] = _Seat(self._handles, name, self._factories[name], idle.pop() if idle else None)
        self._begin(self._handles, spec)
        return self._handles

    def send(self, handle: int, action: str) -> None:
        self._begin(handle, action)

    def receive(self, *, wait: bool) -> list[Arrival]:
        queue, self._queue = self._queue, []
        return [self._seats[handle].call(what) for handle, what in queue if handle in self._seats]

    def release(self, handle: int) -> None:
        seat = self._seats.pop(handle, None)
        if seat is not None and seat.env is not None:
            self._idle[seat.name].append(seat.env)

    def close(self) -> None:
        for handle in list(self._seats):
            self.release(handle)
        envs = [env for idle in self._idle.values() for env in idle]
        self._idle.clear()
        for env in envs:
            env.close()

    def _begin(self, handle: int, what: EpisodeSpec | str) -> None:
        self._queue.append((handle, what))


class ThreadedPool(LocalPool):
    """A :class:`LocalPool` whose calls run in ``threads`` threads while the policy writes.

    For environments that wait (on a browser, a subprocess, a server) and that may be called from any thread. What is
    played stays the same; which episodes share a batch depends on the clock.
    """

    def __init__(self, factories: Mapping[str, EnvFactory], *, threads: int, capacity: int = 256) -> None:
        super().__init__(factories, capacity=capacity)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="env")
        self._calls: dict[int, Future[Arrival]] = {}

    def receive(self, *, wait: bool) -> list[Arrival]:
        if wait and self._calls:
            futures.wait(self._calls.values(), return_when=futures.FIRST_COMPLETED)
        ready = [handle for handle, call in self._calls.items() if call.done()]
        return [self._calls.pop(handle).result() for handle in ready]

    def release(self, handle: int) -> None:
        call = self._calls.pop(handle, None)
        if call is not None and not call.cancel():
            futures.wait([call])  # in the middle of a call it cannot play another episode
        super().release(handle)

    def close(self) -> None:
        super().close()
        self._executor.shutdown()

    def _begin(self, handle: int, what: EpisodeSpec | str) -> None:
        self._calls[handle] = self._executor.submit(self._seats[handle].call, what)


@dataclass(slots=True)
class _Seat:
    """Where one episode sits: an environment, made when it is first needed and gone once it has failed."""

    handle: int
    name: str
    make: EnvFactory
    env: Env | None = None
    snapshots: bool = False

    def call(self, what: EpisodeSpec | str) -> Arrival:
        """Reset to a spec's task, or take an action. What the environment raises comes back as an error."""
        try:
            if isinstance(what, EpisodeSpec):
                if self.env is None:
                    self.env = self.make()
                self.snapshots = what.snapshots
                observation, info = self.env.reset(seed=what.task.seed, options=_options(what))
                return Arrival(self.handle, observation, info=info)
            assert self.env is not None, "an action was sent to an environment that is gone"
            observation, reward, terminated, truncated, info = self.env.step(what)
            state = _snapshot(self.env) if self.snapshots and not (terminated or truncated) else None
            return Arrival(self.handle, observation, float(reward), bool(terminated), bool(truncated), info, "", state)
        except Exception as error:
            if self.env is not None:
                with contextlib.suppress(Exception):  # it is broken already, and the first error is the one to tell
                    self.env.close()
                self.env = None
            call = "reset" if isinstance(what, EpisodeSpec) else f"step({what!r})"
            return Arrival(self.handle, error=f"{self.name}, {call}: {type(error).__name__}: {error}")


def _snapshot(env: Env) -> bytes:
    if isinstance(env, TakesSnapshots):
        return env.snapshot()
    if isinstance(env, Wrapped):
        return bytes(env.get_wrapper_attr("snapshot")())
    raise TypeError(f"{type(env).__name__} has no snapshot(), which this exploration method needs")


def _options(spec: EpisodeSpec) -> dict[str, Any] | None:
    options = dict(spec.task.options)
    if spec.start is not None:
        options["snapshot"] = spec.start
    return options or None
