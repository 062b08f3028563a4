"""What a logger is, and how one that fails is kept from stopping the run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Row = Mapping[str, Any]
"""The numbers of one update, by name, always with ``update`` (from 1). None is "not measured", never zero."""


class Logger(Protocol):
    """Something that takes one row per update, and now and then a sentence for people.

    Any object with these three methods joins a run: ``train(config, loggers=[...])``.
    """

    def log(self, row: Row) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What a service is told about a run. ``id`` is the run's own and stays the same when it is resumed.

    ``update`` is the last one that is done; rows that were logged for later ones belong to work that was lost.
    """

    folder: Path
    id: str
    config: Mapping[str, Any]
    update: int

    @property
    def name(self) -> str:
        """The run as people call it, different for every run."""
        return f"{self.folder.resolve().name}-{self.id}"


PROJECT = "strategy-guided-exploration"
"""What services file all runs under."""


class Guarded:
    """A logger whose failures cost its own records and nothing else: the first is told, all are counted.

    Whatever the inner logger raises, ``failures`` rises by one and the run goes on; the next row is tried again.
    """

    def __init__(self, inner: Logger) -> None:
        self._inner = inner
        self.failures = 0

    def log(self, row: Row) -> None:
        try:
            self._inner.log(row)
        except Exception as error:  # no record is worth a run
            self._count(error)

    def note(self, text: str) -> None:
        try:
            self._inner.note(text)
        except Exception as error:
            self._count(error)

    def close(self) -> None:
        try:
            self._inner.close()
        except Exception as error:
            self._count(error)

    def _count(self, error: Exception) -> None:
        self.failures += 1
        if self.failures == 1:
            logging.getLogger(__name__).warning(
                "%s failed and the run goes on without it (%s: %s); further failures are only counted, "
                "as logger_failures in the metrics",
                type(self._inner).__name__,
                type(error).__name__,
                error,
            )


def numbers_of(row: Row) -> dict[str, float]:
    """What of a row is a number that was measured, without ``update``."""
    return {
        name: value
        for name, value in row.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "update"
    }
