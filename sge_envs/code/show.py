"""Values, calls and cases as text: the same in every process, whatever the values are."""

from __future__ import annotations

from typing import Any

LONGEST = 600
"""Characters of one value that is shown."""


def show_value(value: Any) -> str:
    """As ``repr``, with the elements of sets sorted (their own order changes from process to process), shortened.

    A value that has no ``repr`` of its own, such as a number of more digits than Python prints, is named by its type.
    """
    try:
        return shorten(_show(value))
    except (ValueError, RecursionError):
        return f"<{type(value).__name__} too large to show>"


def show_call(name: str, arguments: tuple[Any, ...]) -> str:
    """A call as it would be written."""
    return f"{name}({', '.join(map(show_value, arguments))})"


def shorten(text: str, longest: int = LONGEST) -> str:
    """The beginning of ``text``, with a note on how long it is in all."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"


def _show(value: Any) -> str:
    kind = type(value)
    if kind is list:
        return f"[{', '.join(map(_show, value))}]"
    if kind is tuple:
        return f"({', '.join(map(_show, value))}{',' if len(value) == 1 else ''})"
    if kind is dict:
        return _in_braces([f"{_show(key)}: {_show(part)}" for key, part in value.items()])
    if kind in (set, frozenset) and value:
        inner = _in_braces(sorted(map(_show, value)))
        return inner if kind is set else f"frozenset({inner})"
    return repr(value)


def _in_braces(parts: list[str]) -> str:
    return f"{{{', '.join(parts)}}}"
