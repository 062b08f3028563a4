"""The program in what a model wrote. Text only: nothing is parsed here, for a parser can be made to stumble."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Where = Literal["section", "block", "whole", "nowhere"]

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)(?:\s[^`]*)?")
_CODE_HEADERS = frozenset(("code", "action", "solution", "program"))
_PYTHON = frozenset(("python", "python3", "py", "py3"))
_CODE_LINE = re.compile(
    r"\s*(def |class |import |from \S+ import |print\(|return\b|for .*:$|while .*:$|if .*:$|\w+ = )"
)


@dataclass(frozen=True, slots=True)
class Extract:
    """A program, and where in the message it stood.

    ``whole``: the message has neither a block nor a header, so all of it may be a program, or no program at all.
    """

    code: str
    where: Where


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    code: str


def extract_code(message: str) -> Extract:
    """The program in ``message``.

    It is looked for in this order: the last section under a header such as ``### Code`` (in it the last fenced block,
    or else its text); the last fenced block of the message; the whole message. A block that says it is Python goes
    before one that says nothing, and a block that nothing closes goes on to the end.
    """
    lines = message.replace("\r\n", "\n").split("\n")
    section, block = _last_section(lines), _last_block(lines) or ""
    bare = "\n".join(section or [])
    if (inner := _last_block(section or []) or "").strip():
        return Extract(_tidy(inner), "section")
    if bare.strip() and (looks_like_code(bare) or not block.strip()):
        return Extract(_tidy(bare), "section")
    if block.strip():
        return Extract(_tidy(block), "block")
    if section is None and message.strip():
        return Extract(_tidy(message), "whole")
    return Extract("", "nowhere")


def looks_like_code(text: str) -> bool:
    """Does any line begin as Python does? Decides only what a message without a program is told."""
    return any(_CODE_LINE.match(line) for line in text.splitlines())


def _last_section(lines: Sequence[str]) -> list[str] | None:
    """The lines under the last code header, up to the next header; None without one. Fenced lines are no headers."""
    section: list[str] | None = None
    inside = False
    for line, fenced in _with_fences(lines):
        header = None if fenced else _header(line.strip())
        if header is not None:
            inside = header.lower() in _CODE_HEADERS
            section = [] if inside else section
        elif inside and section is not None:
            section.append(line)
    return section


def _header(line: str) -> str | None:
    """The name in a header line such as ``### Code:``; None where the line is no header."""
    name = line.lstrip("#")
    if not 2 <= len(line) - len(name) <= 6:
        return None
    return name.rstrip("# \t").rstrip(":").strip() or None


def _with_fences(lines: Sequence[str]) -> list[tuple[str, bool]]:
    """Each line, and whether it stands in a fenced block (its fences included)."""
    marked = []
    mark = ""
    for line in lines:
        opens = _FENCE.fullmatch(line) if not mark else None
        marked.append((line, bool(mark) or opens is not None))
        if opens is not None:
            mark = opens["mark"]
        elif mark and _closes(line, mark):
            mark = ""
    return marked


def _last_block(lines: Sequence[str]) -> str | None:
    blocks = _blocks(lines)
    said = [block for block in blocks if block.language in _PYTHON]
    unsaid = [block for block in blocks if not block.language]
    chosen = said or unsaid or blocks
    return chosen[-1].code if chosen else None


def _blocks(lines: Sequence[str]) -> list[_Block]:
    blocks = []
    opened: re.Match[str] | None = None
    inner: list[str] = []
    for line in lines:
        if opened is None:
            opened = _FENCE.fullmatch(line)
            inner = []
        elif _closes(line, opened["mark"]):
            blocks.append(_Block(opened["language"].lower(), "\n".join(inner)))
            opened = None
        else:
            inner.append(line)
    if opened is not None:
        blocks.append(_Block(opened["language"].lower(), "\n".join(inner)))
    return blocks


def _closes(line: str, mark: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(mark) and not bare.strip(mark[0])


def _tidy(code: str) -> str:
    return textwrap.dedent(code).strip("\n") + "\n"
