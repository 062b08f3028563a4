"""Environments in Ray actors: on all machines of a cluster, several in each actor. Needs the package ``ray``."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.reduction import ForkingPickler
from typing import Any

from sge_agent.env_workers import Order, Room, one_each
from sge_agent.envs import Arrival, EnvFactory, check_name
from sge_agent.errors import MissingPackage, RunError
from sge_agent.types import EpisodeSpec

_GRACE = 5.0
"""Seconds that the actors have to close their environments at the end."""

_LINGER = 0.02
"""Seconds after which an actor answers with what it has, even if it has not carried out all orders that it got."""

_BIRTHS = 8
"""How often an actor is made before its episodes are given up."""

_PAUSE, _LONGEST_PAUSE = 0.5, 2.0
"""Seconds before an actor is made again, doubled each time: Ray needs some to see that a machine has gone."""


class RayPool:
    """An :class:`sge_agent.envs.EnvPool` of ``actors`` Ray actors, spread over the cluster, that hold ``episodes`` each.

    ``factories`` are called in the actors: they must be picklable, also as Ray can it, which takes functions of a script along.
    The packages that they use must be installed on every machine.
    A call that takes longer than ``timeout`` seconds (0: as long as it likes) ends its actor with all of its episodes, and so does
    the death of an actor or of its machine: each of them arrives with an error that says so. Another actor takes its place.

    ``address`` is that of a cluster, as for ``ray.init``; empty: the one that this process is connected to, else what
    ``ray.init()`` finds or starts. What the pool has started or joined, it leaves when it is closed.

    Raises ``ValueError`` as :class:`sge_agent.env_workers.ProcessPool` does, ``MissingPackage`` where Ray is not installed, and
    ``RunError`` where there is no cluster at the address.
    """

    def __init__(
        self,
        factories: Mapping[str, EnvFactory],
        *,
        actors: int,
        episodes: int = 32,
        timeout: float = 0.0,
        address: str = "",
    ) -> None:
        if actors < 1 or episodes < 1 or timeout < 0:
            raise ValueError(
                f"actors and episodes must be 1 or more and timeout 0 or more seconds, got {actors}, {episodes} and {timeout}"
            )
        self._factories = dict(factories)
        self._capacity, self._timeout = actors * episodes, timeout
        self._ray = _import_ray()
        self._parcel = _pack(self._ray, self._factories)
        self._joined = _join(self._ray, address)
        # An actor that dies is replaced by a new one: calls to one that Ray restarts would be refused until it is back.
        options = self._ray.remote(max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD")
        self._class = options(_Home)
        self._actors = [_Actor() for _ in range(actors)]
        self._homes: dict[int, _Actor] = {}
        self._lost: list[Arrival] = []
        self._handles = 0

    @property
    def capacity(self) -> int:
        return self._capacity

    def start(self, spec: EpisodeSpec) -> int:
        """See :class:`sge_agent.envs.EnvPool`. Raises ``ValueError`` for a name without a factory."""
        check_name(spec.task.env, self._factories)
        self._handles += 1
        home = min(self._actors, key=lambda actor: len(actor.episodes))
        home.episodes.add(self._handles)
        self._homes[self._handles] = home
        home.orders.append(("start", self._handles, spec))
        self._call(home)
        return self._handles

    def send(self, handle: int, action: str) -> None:
        home = self._homes[handle]
        home.orders.append(("send", handle, action))
        self._call(home)

    def receive(self, *, wait: bool) -> list[Arrival]:
        while True:
            arrivals = self._collect()
            arrivals, self._lost = one_each(arrivals + self._lost, self._homes)
            calls = [actor.call for actor in self._actors if actor.call is not None]
            if arrivals or not wait or not calls:
                return arrivals
            least = min(self._left(actor) for actor in self._actors)
            self._ray.wait(calls, num_returns=1, timeout=None if least == float("inf") else max(least, 0.0))

    def release(self, handle: int) -> None:
        home = self._homes.pop(handle, None)
        if home is not None:
            home.episodes.discard(handle)
            if home.place is not None:
                home.orders.append(("release", handle, None))  # goes along with the next call

    def close(self) -> None:
        places = [actor.place for actor in self._actors if actor.place is not None]
        if places:
            self._ray.wait([place.close.remote() for place in places], num_returns=len(places), timeout=_GRACE)
        for actor in self._actors:
            self._end(actor)
        self._homes.clear()
        if self._joined:
            self._joined = False
            self._ray.shutdown()

    def _call(self, actor: _Actor) -> None:
        """Hand all orders over. One call at a time is with the actor, so that its clock starts when it does."""
        if actor.call is not None or all(order[0] == "release" for order in actor.orders):
            return
        if actor.place is None:
            actor.place = self._class.remote(self._parcel)
            actor.births += 1
        actor.given, actor.orders = actor.orders, []
        actor.since = time.monotonic()
        actor.call = actor.place.work.remote(actor.given)

    def _collect(self) -> list[Arrival]:
        """What has come, and what will never come."""
        arrivals: list[Arrival] = []
        calls = {actor.call: actor for actor in self._actors if actor.call is not None}
        done = self._ray.wait(list(calls), num_returns=len(calls), timeout=0)[0] if calls else []
        for call in done:
            actor = calls[call]
            try:
                carried_out, answers = self._ray.get(call)
            except self._ray.exceptions.RayError as error:
                self._mourn(actor, type(error).__name__)
                continue
            arrivals += map(ForkingPickler.loads, answers)
            actor.ready, actor.call, actor.births = True, None, 0
            actor.orders = actor.given[carried_out:] + actor.orders
            self._call(actor)
        for actor in self._actors:
            if self._left(actor) <= 0:
                self._bury(actor, f"it did not answer within {self._timeout:g} seconds, and was ended")
        return arrivals

    def _left(self, actor: _Actor) -> float:
        """Seconds that an actor still has. The first call, which starts the process and imports, has no limit."""
        if not self._timeout or actor.call is None or not actor.ready:
            return float("inf")
        return actor.since + self._timeout + _LINGER - time.monotonic()

    def _mourn(self, actor: _Actor, cause: str) -> None:
        """An actor has died. One that never lived is tried again: Ray may have put it on a machine that had just gone."""
        if actor.ready or actor.births >= _BIRTHS:
            self._bury(actor, cause)
            return
        time.sleep(min(_PAUSE * 2 ** (actor.births - 1), _LONGEST_PAUSE))
        orders, episodes = actor.given + actor.orders, actor.episodes
        self._end(actor)
        actor.orders, actor.episodes = orders, episodes
        self._call(actor)

    def _bury(self, actor: _Actor, cause: str) -> None:
        """An actor is gone, with all of its episodes."""
        for handle in sorted(actor.episodes):
            self._lost.append(Arrival(handle, error=f"the Ray actor of its environment is gone: {cause}"))
        self._end(actor)

    def _end(self, actor: _Actor) -> None:
        if actor.place is not None:
            self._ray.kill(actor.place)
        actor.place, actor.call, actor.ready = None, None, False
        actor.episodes, actor.orders, actor.given = set(), [], []


@dataclass(eq=False, slots=True)
class _Actor:
    """One actor, as the run sees it. ``place`` is Ray's handle of it: None until it is needed, and after its end."""

    place: Any = None
    call: Any = None
    given: list[Order] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    episodes: set[int] = field(default_factory=set)
    since: float = 0.0
    ready: bool = False
    births: int = 0
    """How many actors in a row were made here, until one answered."""


class _Home:
    """What runs in an actor."""

    def __init__(self, parcel: bytes) -> None:
        self._room = Room(parcel)

    def work(self, orders: list[Order]) -> tuple[int, list[bytes]]:
        """How many of the orders were carried out, at least one, and the packed arrivals."""
        until = time.monotonic() + _LINGER
        answers: list[bytes] = []
        for done, order in enumerate(orders):
            if answers and time.monotonic() > until:
                return done, answers
            answer = self._room.do(order)
            answers += [] if answer is None else [answer]
        return len(orders), answers

    def close(self) -> None:
        self._room.close()


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingPackage(
            f"environments in Ray actors need a package that is not installed here ({error}). Mend it: "
            "pip install 'strategy-guided-exploration[ray]'"
        ) from error
    return ray


def _pack(ray: Any, factories: Mapping[str, EnvFactory]) -> bytes:
    try:
        return bytes(ray.cloudpickle.dumps(dict(factories)))
    except Exception as error:
        raise ValueError(
            "environments in Ray actors are made by functions that can be pickled: what they hold must be plain data "
            f"({type(error).__name__}: {error})"
        ) from error


def _join(ray: Any, address: str) -> bool:
    """Be part of a cluster; whether this process was not yet."""
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster that is started here reports to nobody
    try:
        with _own_sigterm():
            ray.init(address or None, include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
    except Exception as error:  # Ray has no class of its own for this
        raise RunError(
            f"no Ray cluster could be joined at {address or 'the address that ray.init() finds'} ({error}): "
            "start one there with ray start, or see --env-ray-address"
        ) from error
    return True


@contextlib.contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray ends the process at SIGTERM in its own way; what was to be done before stays what is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
