"""Helps that operations write their SELECTs with: optional filters, words to search, pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LIKE = "LIKE ? ESCAPE '\\'"
"""The condition that goes with a pattern of ``like``."""


class Where:
    """A WHERE clause that grows with the filters that were given; ``f"... {where}"`` puts it into a query."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """A condition that always holds."""
        self.parts.append(condition)
        self.values.extend(values)

    def given(self, condition: str, value: Any) -> None:
        """A condition with one ``?``, only if ``value`` is not None. True and False become 1 and 0."""
        if value is not None:
            self.add(condition, int(value) if isinstance(value, bool) else value)

    def words(self, columns: Sequence[str], query: str | None) -> None:
        """Every word of ``query`` stands in one of the columns, whatever its case."""
        text = " || ' ' || ".join(f"COALESCE({one}, '')" for one in columns)
        for word in (query or "").split():
            self.add(f"{text} {LIKE}", like(word))

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.parts)}" if self.parts else ""


def like(text: str) -> str:
    """A LIKE pattern for texts that contain ``text``, whatever its case: ``f"name {LIKE}"``."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"
