"""A data set's file as rows that become problems when they are played."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sge_envs.code.problem import Problem
from sge_envs.errors import DataCorrupt

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a problem before it is made. ``difficulty`` and ``topics`` are in lower case."""

    id: str
    difficulty: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """How to read one data set: ``label`` a row (None: it cannot be played), and make a ``problem`` of it."""

    name: str
    label: Callable[[Row], Label | None]
    problem: Callable[[Row], Problem]


@dataclass(frozen=True, slots=True)
class Stored:
    """A row that was read: its label, and the line that it stands on, as it is in the file."""

    label: Label
    number: int
    line: str


def read_rows(form: Format, path: Path) -> tuple[Stored, ...]:
    """All rows that can be played, of a ``.jsonl`` or ``.jsonl.gz`` file.

    What was read stays in memory for as long as the file does not change.

    Raises:
        DataCorrupt: the file is missing, or a line of it is no row of this format.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise DataCorrupt(
            f"The {form.name} file {path} cannot be read ({error.strerror}): name a file that exists."
        ) from error
    return _read(form, path, status.st_mtime_ns, status.st_size)


def make_problem(form: Format, path: Path, stored: Stored) -> Problem:
    """The problem of a row.

    Raises:
        DataCorrupt: the row is no row of this format.
    """
    with _explained(form, path, stored.number):
        return form.problem(json.loads(stored.line))


@functools.lru_cache(maxsize=8)
def _read(form: Format, path: Path, changed: int, size: int) -> tuple[Stored, ...]:
    rows = []
    for number, line in _lines(form, path):
        with _explained(form, path, number):
            label = form.label(json.loads(line))
        if label is not None:
            rows.append(Stored(label, number, line))
    return tuple(rows)


def _lines(form: Format, path: Path) -> Iterator[tuple[int, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataCorrupt(f"The {form.name} file {path} is damaged ({error}): copy it again.") from error


@contextlib.contextmanager
def _explained(form: Format, path: Path, number: int) -> Iterator[None]:
    """Turns what a wrong row raises into a ``DataCorrupt`` that says where it stands."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, SyntaxError) as error:
        raise DataCorrupt(
            f"Line {number} of {path} is no row of the format {form.name!r} ({type(error).__name__}: {error}): "
            "name the format that the file has, or copy the file again."
        ) from error
