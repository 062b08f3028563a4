"""Plain and bounded texts: what everything that takes or shows text does with it."""

from __future__ import annotations

from sge_envs.errors import NotText

_NOTE = 64  # room for the note in the middle


def as_text(action: object) -> str:
    """A plain ``str``, also of a subclass such as NumPy's.

    Raises:
        NotText: ``action`` is no ``str``.
    """
    if type(action) is str:
        return action
    if isinstance(action, str):
        return str.__str__(action)
    raise NotText(f"Expected an action of type str, got {type(action).__name__}: env.step('look around'), for example.")


def shorten(text: str, limit: int) -> str:
    """``text`` if it has at most ``limit`` characters; else its beginning and end with a note between them.

    ``limit`` is at least 128.
    """
    if len(text) <= limit:
        return text
    keep = limit - _NOTE
    tail = keep // 3
    return f"{text[: keep - tail]}\n[... {len(text) - keep} characters left out ...]\n{text[len(text) - tail :]}"
