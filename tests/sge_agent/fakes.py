"""A tiny environment and a tiny model for tests: a mug stands on one of nine shelves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from sge_agent.types import EpisodeSpec, SamplingParams, TaskRef


class Shelves:
    """The mug is on the shelf with the number of the seed; ``horizon`` looks, and verdicts in ``info``."""

    def __init__(self, *, horizon: int = 3) -> None:
        self.horizon = horizon
        self.closed = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.place = ((seed or 0) - 1) % 9 + 1
        self.turn = 0
        self.options = options
        return "You are in a room.", {"goal": "find the mug", "state_key": "start"}

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.turn += 1
        won, lost = action == f"go to shelf {self.place}", self.turn == self.horizon
        info: dict[str, Any] = {"goal": "find the mug", "state_key": action}
        if won or lost:
            info |= {
                "success": won,
                "outcome": "found" if won else "missed",
                "feedback": "" if won else "No mug there.",
            }
        return ("The mug!" if won else f"You see nothing on {action[6:]}."), float(won), won, lost and not won, info

    def close(self) -> None:
        self.closed = True


class Breaks(Shelves):
    """Raises on the given call of ``step`` (from 1), counted over the life of the instance; 0 raises in ``reset``."""

    def __init__(self, *, at: int) -> None:
        super().__init__()
        self.at = at
        self.calls = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        if self.at == 0:
            raise OSError("no engine")
        return super().reset(seed=seed, options=options)

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.calls += 1
        if self.calls == self.at:
            raise RuntimeError("the engine died")
        return super().step(action)


def task(seed: int = 1, *, env: str = "shelves") -> TaskRef:
    return TaskRef(env=env, seed=seed)


def specs(count: int, *, of: TaskRef | None = None) -> list[EpisodeSpec]:
    return [EpisodeSpec(task=of or task(), seed=seed) for seed in range(count)]


def shelf_of(context: str) -> int:
    """A number from 1 to 9 that depends on all of the text."""
    return hashlib.sha256(context.encode()).digest()[0] % 9 + 1


def compact_script(context: str, sampling: SamplingParams) -> str:
    """In COMPACT form: a strategy that depends on the context, and the action that follows the latest strategy."""
    if context.endswith("Strategy:"):
        return f" look in the shelf {shelf_of(context)}\n"
    _, found, tail = context.rpartition("shelf ")
    return f" go to shelf {tail.split()[0].rstrip('.;') if found else 1}\n"


def always(strategy: str, action: str) -> Callable[[str, SamplingParams], str]:
    """Writes the same strategy and the same action whenever it is asked, whatever the marks are."""

    def script(context: str, sampling: SamplingParams) -> str:
        header = max(("Strategy:", "<think>", "### Strategy", "<strategy>", "Action", "<action>"), key=context.rfind)
        return action if "ction" in header else strategy

    return script
