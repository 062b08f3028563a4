"""The code blocks of README and docs, in the order of the page, and what is said about those that cannot run as they stand."""

from __future__ import annotations

import doctest
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")))

LANGUAGES: Mapping[str, str] = {
    "python": "is run, all blocks of a page in one namespace",
    "bash": "is read command by command: commands, targets, extras, files and options must exist",
    "text": "is what the block right above it prints; `...` stands for anything",
    "toml": "is read as settings of a run",
    "json": "is read",
}
"""What happens to a block, by the word behind its fence. There is no other word."""

DRAWINGS: Mapping[tuple[str, str], str] = {
    ("README.md", "sge_envs/                the environments; never import the agent"): "the map of the folders",
    (
        "docs/scaling.md",
        "--max-staleness 0    play 0 | learn 0 | play 1 | learn 1 | ...",
    ): "what is done at the same time",
}
"""Blocks of text that nothing prints, by page and first line, with what they are."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: ``line`` is that of its first line of code, from 1."""

    page: str
    line: int
    language: str
    code: str
    after: int = 0  # the line behind its closing fence

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def first(self) -> str:
        return self.code.split("\n", 1)[0]


def blocks_of(page: str) -> list[Block]:
    """All blocks of a page, indented ones (language "") too."""
    found = []
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block") and token.map is not None:
            language = (token.info.split() or [""])[0] if token.type == "fence" else ""
            start = token.map[0] + (2 if token.type == "fence" else 1)
            found.append(Block(page, start, language, token.content, after=token.map[1] + 1))
    return found


def output_below(block: Block) -> Block | None:
    """The block of text that stands right below, with nothing but blank lines between: what ``block`` prints."""
    lines = (ROOT / block.page).read_text(encoding="utf-8").split("\n")
    for other in blocks_of(block.page):
        if other.language == "text" and other.line > block.line:
            between = lines[block.after - 1 : other.line - 2]
            return None if any(line.strip() for line in between) else other
    return None


def same_output(wanted: str, printed: str) -> bool:
    """Is this what was printed, where ``...`` stands for anything and blanks at the ends of lines do not count?"""
    tidy = [re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip("\n") + "\n" for text in (wanted, printed)]
    return doctest.OutputChecker().check_output(*tidy, doctest.ELLIPSIS)
