"""The examples run: those in the docstrings, and the blocks of the page about wrappers, one after the other."""

from __future__ import annotations

import doctest
import importlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import sge_wrappers

PAGE = Path(__file__).parents[2] / "docs/wrappers.md"
SHOWN = (  # the files that have examples
    *("action_menu", "chat_history", "extract_action", "faults", "goal_prompt", "novelty", "restart"),
    *("start_states", "strict_actions", "text_to_box", "token_limit", "transcript", "vector.ready"),
    *("pettingzoo.adapters", "pettingzoo.group"),
)
needs_pettingzoo = pytest.mark.skipif(find_spec("pettingzoo") is None, reason="needs the extra pettingzoo")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_pettingzoo if "pettingzoo" in name else ()) for name in SHOWN]
)
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"sge_wrappers.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@needs_pettingzoo
def test_the_blocks_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert not any(tmp_path.iterdir())


def test_every_wrapper_has_its_row_and_the_row_its_example() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)\(.+\)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for name, example in rows if name == example}
    classes = {name for name in sge_wrappers.__all__ if isinstance(getattr(sge_wrappers, name), type)}
    parts = {"HashedNgrams", "JsonField", "ReadyVectorEnv", "Tagged", "TextBytes", "TokenIds"}
    assert named == classes - parts
