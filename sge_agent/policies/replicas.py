"""Which of several servers that serve the same model a request goes to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class _Replica:
    """``busy`` requests are under way; it is left out until ``back``, after ``failures`` in a row."""

    address: str
    busy: int = 0
    failures: int = 0
    back: float = 0.0


class Replicas:
    """Routes requests: those of one session to the same server, which has its cache, and new sessions to the least busy.

    A server that is gone is left out for ``rest`` seconds, twice as long after each further failure in a row, up to
    ``longest_rest``; its sessions move, and stay where they moved to. When all are gone, the one that is due first is named
    all the same. Safe to use from several threads.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        rest: float = 2.0,
        longest_rest: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not addresses or len(set(addresses)) < len(addresses):
            raise ValueError(f"expected the addresses of different servers, got {list(addresses)}")
        self._replicas = {address: _Replica(address) for address in addresses}
        self._homes: dict[Hashable, str] = {}
        self._rest, self._longest_rest, self._clock = rest, longest_rest, clock
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._replicas)

    def enter(self, session: Hashable | None) -> str:
        """The address for a request that begins now; :meth:`leave` says when it has ended."""
        with self._lock:
            chosen = self._home(session) or self._free()
            chosen.busy += 1
            if session is not None:
                self._homes[session] = chosen.address
            return chosen.address

    def leave(self, address: str, *, gone: bool) -> bool:
        """A request has ended. ``gone``: the server could not be reached; then, whether another one may be."""
        with self._lock:
            replica = self._replicas[address]
            replica.busy -= 1
            if not gone:
                replica.failures, replica.back = 0, 0.0
                return False
            rest = min(self._rest * 2**replica.failures, self._longest_rest)
            replica.failures += 1
            replica.back = self._clock() + rest
            return any(other.back <= self._clock() for other in self._replicas.values())

    def forget(self, session: Hashable) -> None:
        """The session has ended (idempotent)."""
        with self._lock:
            self._homes.pop(session, None)

    def _home(self, session: Hashable | None) -> _Replica | None:
        home = self._replicas[self._homes[session]] if session in self._homes else None
        return home if home is not None and home.back <= self._clock() else None

    def _free(self) -> _Replica:
        now = self._clock()
        settled = list(self._homes.values())
        return min(self._replicas.values(), key=lambda r: (max(r.back, now), r.busy, settled.count(r.address)))
