"""JSON lines: the record that every run keeps."""

from __future__ import annotations

from pathlib import Path

from sge_agent.jsonlines import JsonLinesWriter
from sge_agent.loggers.base import Row


class JsonLinesLogger:
    """One JSON object per update in a file, whole lines only: the record that reports are made from."""

    def __init__(self, path: Path) -> None:
        self._writer = JsonLinesWriter(path)

    def log(self, row: Row) -> None:
        self._writer.append(row)

    def note(self, text: str) -> None:
        """Numbers only: sentences are for people."""

    def close(self) -> None:
        self._writer.close()
