"""The console: how a run goes, for the person who waits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from sge_agent.loggers.base import Row
from sge_agent.metrics import clock_text


class ConsoleLogger:
    """Live progress: one line that renews itself on a terminal, one line per update elsewhere."""

    def __init__(
        self, *, total_updates: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total_updates
        self._stream = sys.stdout if stream is None else stream
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._open_line = False

    def log(self, row: Row) -> None:
        if (
            self._first is None
        ):  # the first row's own time is in ``seconds``; what came before it is no guide to the rest
            self._first = (self._clock() - float(row.get("seconds", 0.0)), int(row["update"]) - 1)
        text = progress_line(row, total_updates=self._total, remaining=self._remaining(int(row["update"])))
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[2K{text}")
            self._open_line = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def note(self, text: str) -> None:
        self.close()
        self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        if self._open_line:
            self._stream.write("\n")
            self._stream.flush()
            self._open_line = False

    def _remaining(self, update: int) -> float:
        assert self._first is not None
        start, before = self._first
        return (self._clock() - start) / max(update - before, 1) * (self._total - update)


def progress_line(row: Row, *, total_updates: int, remaining: float) -> str:
    """What a person wants to see while waiting: how far, how well, how varied, how fast, how long still."""
    width = len(str(total_updates))
    parts = [f"update {int(row['update']):>{width}}/{total_updates}"]
    for name, text in (
        ("success", "success {:.2f}"),
        ("success/hinted", "with hints {:.2f}"),
        ("distinct_outcomes", "outcomes/task {:.1f}"),
        ("tokens_per_second", "{:,.0f} tokens/s"),
    ):
        if row.get(name) is not None:
            parts.append(text.format(float(row[name])))
    parts.append(f"{clock_text(float(row.get('elapsed', 0.0)))} elapsed, {clock_text(remaining)} to go")
    return " | ".join(parts)
