"""A row of metrics, and a place for loggers, as a run has them."""

from __future__ import annotations

from pathlib import Path

from sge_agent.loggers.base import Logger, Place, Row

ROW = {
    "update": 3,
    "success": 0.25,
    "distinct_outcomes": 2.5,
    "tokens_per_second": 1234.4,
    "elapsed": 65.0,
    "seconds": 5.0,
}


def place(folder: Path, *, update: int = 0) -> Place:
    return Place(folder, "a1b2c3d4", {"updates": 4, "env": "shelves"}, update)


class Recording(Logger):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.closed = False

    def log(self, row: Row) -> None:
        self.rows.append(row)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def close(self) -> None:
        self.closed = True


class Failing(Logger):
    """Refuses everything."""

    def log(self, row: Row) -> None:
        raise ConnectionError("the service is away")

    def note(self, text: str) -> None:
        raise ConnectionError("the service is away")

    def close(self) -> None:
        raise ConnectionError("the service is away")
