"""JSON lines on disk that stay readable whatever happens: a line counts when it is there whole."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class JsonLinesWriter:
    """Appends objects to a file, one per line, each with a single unbuffered write.

    A process that is interrupted or out of disk space leaves only whole lines behind: a line that did not fit is
    taken back before the ``OSError`` is raised. One that is killed in the middle of a write may leave an unfinished
    last line; readers pass over it, and the next writer removes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115  (closed by close)
        content = path.read_bytes()
        if not content.endswith(b"\n"):
            os.ftruncate(self._file.fileno(), content.rfind(b"\n") + 1)

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one object; it is in the file when this returns. Numbers that JSON lacks (nan, inf) become null."""
        line = (json.dumps(jsonable(row), allow_nan=False) + "\n").encode("ascii")
        size = os.fstat(self._file.fileno()).st_size
        try:
            view = memoryview(line)
            while view:
                view = view[self._file.write(view) :]
        except BaseException:
            os.ftruncate(self._file.fileno(), size)
            raise

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file in order, without an unfinished last line.

    Raises ``ValueError`` with the line's number where a line is no JSON object.
    """
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith("\n"):
                return
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: expected one JSON object per line ({error})") from error
            if not isinstance(row, dict):
                raise ValueError(f"{path}, line {number}: expected a JSON object, got {type(row).__name__}")
            yield row


def write_text_atomically(path: Path, text: str) -> None:
    """Put ``text`` in ``path`` so that a reader, or a crash, sees the old file or the new one, never a part."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json_atomically(path: Path, value: Any) -> None:
    """The same for one JSON value, indented for people."""
    write_text_atomically(path, json.dumps(jsonable(value), allow_nan=False, indent=1) + "\n")


def jsonable(value: Any) -> Any:
    """The value in JSON's own types: nan and inf become None, anything foreign its text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((jsonable(inner) for inner in value), key=str)
    number = _as_number(value)
    return str(value) if number is None else jsonable(number)


def _as_number(value: Any) -> int | float | None:
    """Numbers of other libraries (numpy's scalars among them) as Python's own."""
    try:
        return int(value.__index__())
    except (AttributeError, TypeError):
        pass
    try:
        return float(value.__float__())
    except (AttributeError, TypeError, ValueError):
        return None
