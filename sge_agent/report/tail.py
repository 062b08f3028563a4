"""The lines of a file that may still grow, or be written afresh, read as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_REMEMBERED = 256


class Tail:
    """Reads each whole line of a JSON-lines file once; an unfinished last line waits until it is finished.

    ``generation`` grows when the file was replaced or cut, as a resumed run does: then it is read from its start again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self.offsets: list[int] = []
        """Where each line begins that was read, in bytes."""
        self._end = 0
        self._last = b""  # what stood before the end: another file has other bytes there

    def check(self) -> bool:
        """Start over if the file is another one now; whether it is."""
        if self._end == 0 or self._still_the_same():
            return False
        self.generation += 1
        self.offsets, self._end, self._last = [], 0, b""
        return True

    def read(self) -> Iterator[dict[str, Any]]:
        """The objects of the new lines. Raises ``ValueError`` with the line's number where a line is no JSON object."""
        try:
            file = open(self.path, "rb")  # noqa: SIM115  (closed by the with below)
        except FileNotFoundError:
            return
        with file:
            file.seek(self._end)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                row = self._row(line)
                self.offsets.append(self._end)
                self._end += len(line)
                self._last = line[-_REMEMBERED:]
                yield row

    def line(self, number: int) -> dict[str, Any]:
        """A line that was read before, read again. Raises ``ValueError`` when the file has changed under it."""
        with open(self.path, "rb") as file:
            file.seek(self.offsets[number])
            return self._row(file.readline())

    def _row(self, line: bytes) -> dict[str, Any]:
        place = f"{self.path}, line {len(self.offsets) + 1}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{place}: expected one JSON object per line ({error})") from error
        if not isinstance(row, dict):
            raise ValueError(f"{place}: expected a JSON object, got {type(row).__name__}")
        return row

    def _still_the_same(self) -> bool:
        try:
            with open(self.path, "rb") as file:
                file.seek(self._end - len(self._last))
                return file.read(len(self._last)) == self._last
        except FileNotFoundError:
            return False
