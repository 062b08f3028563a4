"""What is kept of every run of the board: one line of JSON, in one file per slice, with what was spent and what was reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.board.stuck import Stuck
from sge_agent.jsonlines import JsonLinesWriter, read_json_lines

FOLDER = Path(__file__).parent / "results"
"""The results that the docs' page is made of."""


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation in the course of a run: what had been spent by then, and pass@1 of plain episodes."""

    episodes: int
    tokens: int
    success: float


@dataclass(frozen=True, slots=True)
class Result:
    """One run. ``passes`` has, for each set of tasks, pass@k by k, measured at the end in plain episodes without hints."""

    slice: str
    arm: str
    seed: int
    passes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    curve: tuple[Point, ...] = ()
    """On the training tasks, by evaluations of their own, the last one at the end."""
    first: int | None = None
    """Training episodes without a hint until the first of them that succeeded on a task that the base never solves, that
    one included; None if none did."""
    outcomes: float = 0.0
    """Distinct outcomes among the episodes that a task is played in one update, mean over the run."""
    reached: tuple[str, ...] = ()
    """Digests of all pairs of training task and outcome that episodes of the training came to, sorted."""
    entropies: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Nats per token by role, as they were sampled in training: in the first quarter of the run, and in all of it."""
    episodes: int = 0
    tokens: int = 0
    seconds: float = 0.0
    """CPU time of playing and learning, without evaluations."""
    stuck: Stuck | None = None
    """Where its tasks got stuck; None in results from before this was measured."""
    error: str = ""
    """Why the run could not go on, if it could not; what it had learned by then was measured all the same."""

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.slice, self.arm, self.seed)

    def to_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["curve"] = [[p.episodes, p.tokens, round(p.success, 4)] for p in self.curve]
        return {name: value for name, value in found.items() if value not in (None, "", {})}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Result:
        known = dict(row)
        known["curve"] = tuple(Point(*values) for values in row.get("curve", ()))
        known["reached"] = tuple(row.get("reached", ()))
        known["entropies"] = {role: (float(a), float(b)) for role, (a, b) in row.get("entropies", {}).items()}
        known["stuck"] = Stuck(**row["stuck"]) if "stuck" in row else None
        return cls(**known)


def load(folder: Path) -> list[Result]:
    """All results of a folder, by slice, arm and seed."""
    found = [Result.from_json(row) for file in sorted(folder.glob("*.jsonl")) for row in read_json_lines(file)]
    return sorted(found, key=lambda result: result.key)


def add(folder: Path, result: Result) -> None:
    """Put one more line behind the results of its slice."""
    folder.mkdir(parents=True, exist_ok=True)
    with JsonLinesWriter(folder / f"{result.slice}.jsonl") as file:
        file.append(result.to_json())


def of(results: Iterable[Result], *, slice: str, arm: str) -> list[Result]:
    """The seeds of one arm on one slice."""
    return [result for result in results if result.slice == slice and result.arm == arm]
