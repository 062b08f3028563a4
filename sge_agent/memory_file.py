"""What several processes and runs remember together: one SQLite file in WAL mode, each line of it an entry of one run.

Any number of processes may write at the same time, and one that is killed leaves only whole entries behind. An id names
an entry for good: a run has seen all entries up to the id that it remembers.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sge_agent.errors import RunError

VERSION = 1
_LAST = """
    SELECT id FROM (
        SELECT id, ROW_NUMBER() OVER (PARTITION BY task, success ORDER BY id DESC) AS age FROM entries
    ) WHERE age <= ?
"""

Row = tuple[str, dict[str, Any]]
"""The key of a task, and an entry in JSON's types."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has got with the file: how many entries it ``wrote``, and the id of the last that it ``read``, of
    those of other runs.
    """

    wrote: int = 0
    read: int = 0


class MemoryFile:
    """The file as one run sees it; ``run`` names that run among all, and again after it was interrupted.

    Every method raises ``RunError`` when the file cannot be used.
    """

    def __init__(self, path: Path, *, run: str, patience: float = 60.0) -> None:
        self.path = path
        self.run = run
        self._patience = patience

    def begin(self, *, size: int) -> tuple[list[Row], Place]:
        """Start afresh: forget what this run wrote, keep the last ``size`` failures and successes of each task, and return
        them, oldest first.
        """
        with self._writing() as db:
            db.execute("DELETE FROM entries WHERE run = ?", (self.run,))
            db.execute(f"DELETE FROM entries WHERE id NOT IN ({_LAST})", (size,))
            return self._others(db, Place())

    def exchange(self, new: Sequence[Row], place: Place) -> tuple[list[Row], Place]:
        """Add this run's new entries, and return what other runs have added since ``place``."""
        with self._writing() as db:
            rows, now = self._others(db, place)
            db.executemany(
                "INSERT INTO entries (run, number, task, success, entry) VALUES (?, ?, ?, ?, ?)",
                [
                    (self.run, number, task, bool(entry["success"]), json.dumps(entry))
                    for number, (task, entry) in enumerate(new, start=place.wrote + 1)
                ],
            )
            return rows, replace(now, wrote=place.wrote + len(new))

    def roll_back(self, place: Place) -> Place:
        """Forget what this run wrote after ``place``; entries of other runs stay."""
        with self._writing() as db:
            db.execute("DELETE FROM entries WHERE run = ? AND number > ?", (self.run, place.wrote))
            last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
            # the last id is lower where somebody has put another file in its place
            return replace(place, read=min(place.read, int(last[0]) if last else 0))

    def _others(self, db: sqlite3.Connection, place: Place) -> tuple[list[Row], Place]:
        rows = db.execute(
            "SELECT id, task, entry FROM entries WHERE id > ? AND run != ? ORDER BY id", (place.read, self.run)
        ).fetchall()
        now = replace(place, read=max((row[0] for row in rows), default=place.read))
        return [(task, json.loads(entry)) for _, task, entry in rows], now

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that nobody else writes beside."""
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=self._patience, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute("BEGIN IMMEDIATE")
                self._prepare(db)
                yield db
                db.execute("COMMIT")
        except sqlite3.Error as error:
            raise RunError(f"the memory file {self.path} cannot be used: {error}") from error

    def _prepare(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise RunError(f"the memory file {self.path} has version {version}, this release reads {VERSION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute(
            "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, "
            "number INTEGER NOT NULL, task TEXT NOT NULL, success INTEGER NOT NULL, entry TEXT NOT NULL)"
        )
