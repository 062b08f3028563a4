"""What was tried before on each task: one first-in-first-out buffer of failures and one of successes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from sge_agent.memory_file import MemoryFile, Place
from sge_agent.types import Source, Trajectory

Kind = Literal["failure", "success"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished episode: the strategies of its turns, how it ended, and when it was played.

    ``episode`` is the seed of its spec, which names it within its run; None for episodes of other runs.
    """

    strategies: tuple[str, ...]
    success: bool
    outcome: str = ""
    feedback: str = ""
    policy_version: int = 0
    update: int = 0
    episode: int | None = None

    @classmethod
    def of(cls, trajectory: Trajectory, *, update: int = 0) -> Entry:
        info = trajectory.last_info
        return cls(
            strategies=trajectory.strategies,
            success=trajectory.success,
            outcome=str(info.get("outcome") or ""),
            feedback=str(info.get("feedback") or ""),
            policy_version=max(trajectory.policy_versions, default=0),
            update=update,
            episode=trajectory.spec.seed,
        )

    @property
    def source(self) -> Source:
        """Its name as a source of hints: updates count from 0 here, and from 1 in everything that a run writes."""
        return Source(self.update + 1, self.episode, self.success, self.outcome, self.strategies)


class ReflectionMemory:
    """Per task key, the last ``size`` failures and the last ``size`` successes, oldest first (the paper: 32).

    ``file`` shares them with other processes and runs: a run starts with what the file holds, and every :meth:`sync` gives
    it the run's new entries and takes those of others. What a checkpoint saves goes over the file: a resumed run has
    exactly the memory that it had, and the file forgets what the run wrote after that.
    """

    def __init__(self, *, size: int = 32, file: MemoryFile | None = None) -> None:
        if size < 1:
            raise ValueError(f"size must be at least one entry per buffer, got {size}")
        self.size = size
        self._file = file
        self._place: Place | None = None  # how far the file is in here; None before it was first looked at
        self._new: list[tuple[str, Entry]] = []  # what the file has yet to be told
        self._buffers: dict[tuple[str, Kind], deque[Entry]] = {}

    def add(self, key: str, entry: Entry) -> None:
        self._open()
        self._put(key, entry)
        if self._file is not None:
            self._new.append((key, entry))

    def sync(self) -> None:
        """Tell the file what is new, and take over what others have told it. Without a file nothing happens."""
        if self._file is None:
            return
        place = self._open()
        others, self._place = self._file.exchange([(key, asdict(entry)) for key, entry in self._new], place)
        self._new = []
        for key, row in others:
            self._put(key, _foreign(row))

    def failures(self, key: str) -> tuple[Entry, ...]:
        self._open()
        return tuple(self._buffers.get((key, "failure"), ()))

    def successes(self, key: str) -> tuple[Entry, ...]:
        self._open()
        return tuple(self._buffers.get((key, "success"), ()))

    def draw(self, key: str, rng: np.random.Generator, *, p_failure: float, p_success: float) -> Kind | None:
        """One draw: failure with ``p_failure``, else success with ``p_success``; None when that buffer is empty."""
        self._open()
        u = rng.random()
        kind: Kind | None = "failure" if u < p_failure else "success" if u < p_failure + p_success else None
        return kind if kind and self._buffers.get((key, kind)) else None

    def __len__(self) -> int:
        self._open()
        return sum(map(len, self._buffers.values()))

    def state_dict(self) -> dict[str, Any]:
        """JSON-able: buffers in the order in which they began. With a file, after a :meth:`sync`."""
        place = self._open()
        state = {
            "size": self.size,
            "buffers": [
                {"task": key, "kind": kind, "entries": [asdict(entry) for entry in entries]}
                for (key, kind), entries in self._buffers.items()
            ],
        }
        return state if self._file is None else {**state, "place": asdict(place)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state. Raises ``ValueError`` when it was saved with another buffer size."""
        if state["size"] != self.size:
            raise ValueError(
                f"the saved memory has buffers of {state['size']} entries, this one of {self.size}; "
                f"make it with size={state['size']}"
            )
        if self._file is not None:
            self._place = self._file.roll_back(Place(**state.get("place", {})))
        self._new = []
        self._buffers = {
            (buffer["task"], buffer["kind"]): deque(map(_entry, buffer["entries"]), maxlen=self.size)
            for buffer in state["buffers"]
        }

    def _put(self, key: str, entry: Entry) -> None:
        kind: Kind = "success" if entry.success else "failure"
        self._buffers.setdefault((key, kind), deque(maxlen=self.size)).append(entry)

    def _open(self) -> Place:
        """Take over what the file holds, the first time that anybody looks."""
        if self._file is not None and self._place is None:
            rows, self._place = self._file.begin(size=self.size)
            for key, row in rows:
                self._put(key, _foreign(row))
        return self._place or Place()


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**row, "strategies": tuple(row["strategies"])})


def _foreign(row: Mapping[str, Any]) -> Entry:
    """An entry of another run: its seed names no episode of this one."""
    return replace(_entry(row), episode=None)
