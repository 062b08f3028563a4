"""Following a run in the terminal: a screen that renews itself, or plain lines where the output is no terminal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from sge_agent.loggers.console import progress_line
from sge_agent.report.run import RunReader
from sge_agent.watch.dashboard import Paint, dashboard, no_paint, plain, remaining, state_text, total_updates

ENDED = ("finished", "failed", "interrupted")
_COLOURS = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34"}
_OPEN, _CLOSE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


def watch_in_terminal(
    run: Path,
    *,
    stream: TextIO | None = None,
    every: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Follow a run until it ends, also one that has yet to begin; whether it finished."""
    out = sys.stdout if stream is None else stream
    reader = RunReader(run)
    screen: _Screen | _Lines = _Screen(out, clock) if out.isatty() else _Lines(out)
    try:
        while True:
            reader.refresh()
            for _ in reader.episodes():
                pass
            screen.show(reader)
            if reader.begun and reader.status.get("status") in ENDED:
                return reader.status.get("status") == "finished"
            sleep(every)
    finally:
        screen.close(reader)


class _Screen:
    """The terminal's second screen while the run goes on; the last state stays on the first one."""

    def __init__(self, out: TextIO, clock: Callable[[], float]) -> None:
        self._out = out
        self._clock = clock
        self._heard = clock()
        self._known = (-1, -1, "")
        self._paint: Paint = no_paint if os.environ.get("NO_COLOR") else _coloured
        out.write(_OPEN)

    def show(self, reader: RunReader) -> None:
        known = (len(reader.rows), len(reader.index), str(reader.status.get("status")))
        if known != self._known:
            self._known, self._heard = known, self._clock()
        lines = self._lines(reader)
        self._out.write("\x1b[H" + "".join(f"{line}\x1b[K\r\n" for line in lines[:-1]) + f"{lines[-1]}\x1b[K\x1b[J")
        self._out.flush()

    def close(self, reader: RunReader) -> None:
        self._out.write(_CLOSE + "\n".join(self._lines(reader)) + "\n")
        self._out.flush()

    def _lines(self, reader: RunReader) -> list[str]:
        size = shutil.get_terminal_size()
        quiet = self._clock() - self._heard
        width, height = max(size.columns - 1, 8), max(size.lines - 1, 3)
        return dashboard(reader, width=width, height=height, quiet=quiet, paint=self._paint)


class _Lines:
    """One line for every update, and one whenever the run's state changes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._rows = 0
        self._generation = ""
        self._state = ""

    def show(self, reader: RunReader) -> None:
        if reader.generation != self._generation:
            if self._generation:
                self._say("the run was wound back to an earlier update")
            self._generation, self._rows = reader.generation, 0
        ended = reader.status.get("status") in ENDED
        if not ended:
            self._tell_state(reader)
        for row in reader.rows[self._rows :]:
            total = total_updates(reader, row)
            self._say(progress_line(row, total_updates=total, remaining=remaining(reader, row)))
        self._rows = len(reader.rows)
        if ended:
            self._tell_state(reader)

    def close(self, reader: RunReader) -> None:
        self._out.flush()

    def _tell_state(self, reader: RunReader) -> None:
        state = f"{plain(reader.name)}: {state_text(reader)}{'' if reader.begun else ' (Ctrl-C stops waiting)'}"
        if state != self._state:
            self._state = state
            self._say(state)

    def _say(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def _coloured(text: str, colour: str) -> str:
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"
