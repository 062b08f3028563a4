"""Episodes by key, for libraries that name a trajectory in every call and do not always say when it ends."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sge_wrappers.bridges.episodes import EpisodeOver, MakeEnv, Move, TextEpisode


class Sessions:
    """At most ``capacity`` episodes; one more closes the one that was used longest ago. Calls may come from any thread.

    Calls with one key run one after the other, those with different keys do not wait for each other.
    """

    def __init__(self, make_env: MakeEnv, *, capacity: int = 1024, actions_shown: int = 0) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least one episode at a time, got {capacity}")
        self._make_env = make_env
        self._capacity = capacity
        self._actions_shown = actions_shown
        self._seats: OrderedDict[str, tuple[TextEpisode, threading.Lock]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._seats

    def __len__(self) -> int:
        with self._lock:
            return len(self._seats)

    def begin(self, key: str, row: Mapping[str, Any], *, unless_there: bool = False) -> str:
        """Start the task of ``row`` under ``key``; the first observation, or "" where the key is there and may stay."""
        episode, lock = TextEpisode(self._make_env, actions_shown=self._actions_shown), threading.Lock()
        with self._lock:
            if unless_there and key in self._seats:
                return ""
            left = [self._seats.pop(key)] if key in self._seats else []
            self._seats[key] = episode, lock
            while len(self._seats) > self._capacity:
                left.append(self._seats.popitem(last=False)[1])
            lock.acquire()  # nobody acts in it before it has begun
        try:
            return episode.begin(row)
        except BaseException:
            with self._lock:
                if self._seats.get(key, (None, None))[0] is episode:
                    del self._seats[key]
            raise
        finally:
            lock.release()
            for other, others_lock in left:
                with others_lock:
                    other.close()

    def act(self, key: str, action: object) -> Move:
        """Play ``action``. Raises ``EpisodeOver`` where the key has no episode, or one that is over."""
        episode, lock = self._seat(key)
        with lock:
            move = episode.act(action)
            if move.done:
                episode.close()  # the key stays: what comes after is told that the episode is over
            return move

    def episode(self, key: str) -> TextEpisode:
        """The episode itself. Raises ``EpisodeOver`` where the key has none."""
        return self._seat(key)[0]

    def end(self, key: str) -> None:
        """Close the episode and forget the key (idempotent)."""
        with self._lock:
            seat = self._seats.pop(key, None)
        if seat is not None:
            with seat[1]:
                seat[0].close()

    def close(self) -> None:
        """End all episodes."""
        with self._lock:
            keys = list(self._seats)
        for key in keys:
            self.end(key)

    async def begin_async(self, key: str, row: Mapping[str, Any], *, unless_there: bool = False) -> str:
        """``begin`` in a thread."""
        return await asyncio.to_thread(self.begin, key, row, unless_there=unless_there)

    async def act_async(self, key: str, action: object) -> Move:
        """``act`` in a thread."""
        return await asyncio.to_thread(self.act, key, action)

    def _seat(self, key: str) -> tuple[TextEpisode, threading.Lock]:
        with self._lock:
            if key not in self._seats:
                raise EpisodeOver("The episode is over: no further action is possible.")
            self._seats.move_to_end(key)
            return self._seats[key]
