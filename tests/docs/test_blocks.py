"""No code block of README and docs escapes: each has a language that a test looks at, and settings are read by their loader."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from sge_agent.config import config_from_mapping
from tests.docs.blocks import DRAWINGS, LANGUAGES, PAGES, ROOT, Block, blocks_of, output_below, same_output

BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def test_every_block_is_of_a_language_that_is_tried_here() -> None:
    strange = [f"{block.place}: {block.language!r}" for block in BLOCKS if block.language not in LANGUAGES]
    assert not strange, f"blocks of no known language ({', '.join(LANGUAGES)})"


def test_every_block_of_text_is_what_the_block_above_it_prints() -> None:
    printed = {
        below.place for block in BLOCKS if block.language in ("python", "bash") and (below := output_below(block))
    }
    loose = [
        block.place for block in of("text") if block.place not in printed and (block.page, block.first) not in DRAWINGS
    ]
    assert not loose
    assert set(DRAWINGS) <= {(block.page, block.first) for block in of("text")}


@pytest.mark.parametrize("block", [*of("toml"), *of("json")], ids=lambda block: block.place)
def test_settings_and_data_are_read_by_their_loader(block: Block) -> None:
    if block.language == "toml":
        config_from_mapping(tomllib.loads(block.code), source=block.place)
    else:
        json.loads(block.code)


def test_every_file_of_the_map_exists() -> None:
    (block,) = (block for block in of("text") if block.page == "README.md" and (block.page, block.first) in DRAWINGS)
    folder = ""
    for line in block.code.splitlines():
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if not line.startswith(" "):
            folder = names[0] if names[0].endswith("/") else ""
            assert all((ROOT / name).exists() for name in names), line
        else:
            assert all((ROOT / folder / name).exists() for name in names), line


def test_links_inside_the_project_lead_somewhere() -> None:
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", (ROOT / page).read_text(encoding="utf-8"))
    ]
    broken = [(p, t) for p, t in links if "://" not in t and not ((ROOT / p).parent / t).exists()]
    assert not broken


def test_three_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert same_output("a\n...\nd\n", "a\nb\nc  \nd\n\n")
    assert same_output("took ... s\n", "took 1.3 s\n")
    assert not same_output("a\n", "b\n")
    assert not same_output("a b\n", "a  b\n")
