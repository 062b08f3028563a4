"""Exceptions of foreign code in words that are the same in every run: its own lines only, no memory addresses."""

from __future__ import annotations

import linecache
import re
import traceback
from types import TracebackType
from typing import Any

_LONGEST = 4000
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")


def remember_source(name: str, source: str) -> None:
    """Let tracebacks show the lines of ``source`` as the file ``name``."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def describe(error: BaseException, names: tuple[str, ...]) -> list[Any]:
    """Type, message, traceback and innermost line, looking at the files ``names`` alone."""
    frames = _frames(error.__traceback__, names)
    ending = "".join(traceback.format_exception_only(type(error), error))
    head = "Traceback (most recent call last):\n" if frames else ""
    text = head + "".join(traceback.StackSummary.from_list(frames).format()) + ending
    line = frames[-1].lineno if frames else None
    if isinstance(error, SyntaxError) and error.filename in names:
        line = error.lineno
    return [type(error).__name__, shorten(_say(error)), shorten(text), line]


def shorten(text: str) -> str:
    """``text`` without memory addresses, and without its middle if it is long."""
    text = _ADDRESS.sub("0x...", text)
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def _frames(trace: TracebackType | None, names: tuple[str, ...]) -> list[traceback.FrameSummary]:
    """Without column marks, which differ between versions of Python."""
    return [
        traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name, lookup_line=False)
        for frame, line in traceback.walk_tb(trace)
        if frame.f_code.co_filename in names
    ]


def _say(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as worse:  # its __str__ is foreign code too
        return f"<{type(error).__name__} whose text raises {type(worse).__name__}>"
