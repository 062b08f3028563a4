"""What was tried before on each task: one first-in-first-out buffer of failures and one of successes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from sge_agent.types import Trajectory

Kind = Literal["failure", "success"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished episode: the strategies of its turns, how it ended, and when it was played."""

    strategies: tuple[str, ...]
    success: bool
    outcome: str = ""
    feedback: str = ""
    policy_version: int = 0
    update: int = 0

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
        )


class ReflectionMemory:
    """Per task key, the last ``size`` failures and the last ``size`` successes, oldest first (the paper: 32)."""

    def __init__(self, *, size: int = 32) -> None:
        if size < 1:
            raise ValueError(f"size must be at least one entry per buffer, got {size}")
        self.size = size
        self._buffers: dict[tuple[str, Kind], deque[Entry]] = {}

    def add(self, key: str, entry: Entry) -> None:
        kind: Kind = "success" if entry.success else "failure"
        self._buffers.setdefault((key, kind), deque(maxlen=self.size)).append(entry)

    def failures(self, key: str) -> tuple[Entry, ...]:
        return tuple(self._buffers.get((key, "failure"), ()))

    def successes(self, key: str) -> tuple[Entry, ...]:
        return tuple(self._buffers.get((key, "success"), ()))

    def draw(self, key: str, rng: np.random.Generator, *, p_failure: float, p_success: float) -> Kind | None:
        """One draw: failure with ``p_failure``, else success with ``p_success``; None when that buffer is empty."""
        u = rng.random()
        kind: Kind | None = "failure" if u < p_failure else "success" if u < p_failure + p_success else None
        return kind if kind and self._buffers.get((key, kind)) else None

    def __len__(self) -> int:
        return sum(map(len, self._buffers.values()))

    def state_dict(self) -> dict[str, Any]:
        """JSON-able: buffers in the order in which they began."""
        return {
            "size": self.size,
            "buffers": [
                {"task": key, "kind": kind, "entries": [asdict(entry) for entry in entries]}
                for (key, kind), entries in self._buffers.items()
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state. Raises ``ValueError`` when it was saved with another buffer size."""
        if state["size"] != self.size:
            raise ValueError(
                f"the saved memory has buffers of {state['size']} entries, this one of {self.size}; "
                f"make it with size={state['size']}"
            )
        self._buffers = {
            (buffer["task"], buffer["kind"]): deque(
                (Entry(**{**entry, "strategies": tuple(entry["strategies"])}) for entry in buffer["entries"]),
                maxlen=self.size,
            )
            for buffer in state["buffers"]
        }
