"""Every Python block of README and docs runs, page by page, and prints what stands below it."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import io
import linecache
import os
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sge_agent.config import TrainConfig
from sge_envs.code.sandbox import NoSandbox, get_sandbox
from tests.docs.blocks import PAGES, Block, blocks_of, output_below, same_output
from tests.sge_envs.ui.site import lacking as lacking_browser

NEEDS: Mapping[str, tuple[str, ...]] = {
    "README.md": ("torch", "transformers"),
    "docs/agent.md": ("torch", "transformers"),
    "docs/bridges.md": ("trl", "torch", "transformers"),
    "docs/code.md": ("sandbox",),
    "docs/miniwob.md": ("miniwob", "browser"),
    "docs/own-agent.md": ("torch", "transformers"),
    "docs/own-env.md": ("torch", "transformers"),
    "docs/own-method.md": ("torch", "transformers"),
    "docs/sandbox.md": ("sandbox",),
    "docs/scaling.md": ("torch", "transformers"),
    "docs/textui.md": ("playwright", "browser"),
    "docs/textworld.md": ("textworld",),
    "docs/tools.md": ("mcp",),
    "docs/wrappers.md": ("pettingzoo",),
}
"""What a page needs that not every machine has: packages of extras, a browser, a sandbox."""

NOT_RUN: Mapping[tuple[str, str], str] = {}
"""Blocks that are compiled and not run, by page and first line, with the reason."""

NOISY: Mapping[str, str] = {"docs/bridges.md": "TRL and transformers warn about themselves"}
"""Pages whose warnings are no errors, with the reason."""

SMALL: Mapping[str, Any] = {
    "updates": 1,
    "tasks": 2,
    "held_out_tasks": 1,
    "tasks_per_update": 2,
    "group_size": 2,
    "reflecting_members": None,
    "eval_episodes": 1,
    "eval_every": 0,
    "max_turns": 2,
}
"""What training is cut down to: the code of a page stays as it is, and trains for a moment."""


def lacking(need: str) -> str:
    """Why a page cannot run here; empty if it can."""
    if need == "browser":
        return lacking_browser()
    if need == "sandbox":
        try:
            get_sandbox()
        except NoSandbox as error:
            return str(error)
        return ""
    return "" if importlib.util.find_spec(need) else f"the package {need} is not installed"


@pytest.fixture
def little_training(monkeypatch: pytest.MonkeyPatch) -> None:
    if lacking("torch"):
        return
    from sge_agent.train import train

    def train_a_little(config: TrainConfig, **arguments: Any) -> Any:
        return train(dataclasses.replace(config, **SMALL), **arguments)

    monkeypatch.setattr("sge_agent.train.train", train_a_little)


@contextlib.contextmanager
def module_of(page: str, blocks: list[Block], folder: Path) -> Iterator[types.ModuleType]:
    """An importable module whose source is the page's Python, each line with the number that it has in the page."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.line - 1 - len(lines)) + block.code.splitlines()
    path = folder / f"page_{Path(page).stem.replace('-', '_').lower()}.py"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    linecache.checkcache(str(path))
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module
    try:
        yield module
    finally:
        del sys.modules[path.stem]
        for value in vars(module).values():  # what a page opened and a reader would leave open
            if callable(close := getattr(value, "close", None)) and not isinstance(value, type | types.ModuleType):
                close()


def run(block: Block, module: types.ModuleType) -> str:
    """What the block prints."""
    code = compile("\n" * (block.line - 1) + block.code, str(module.__file__), "exec")
    printed = io.StringIO()
    if (block.page, block.first) not in NOT_RUN:
        with contextlib.redirect_stdout(printed):
            exec(code, vars(module))
    return printed.getvalue()


@pytest.mark.parametrize("page", [page for page in PAGES if any(b.language == "python" for b in blocks_of(page))])
def test_the_python_of_a_page_runs_and_prints_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, little_training: None
) -> None:
    for why in filter(None, map(lacking, NEEDS.get(page, ()))):
        pytest.skip(why)
    if page in NOISY:
        warnings.simplefilter("ignore")  # pytest puts its own filters back
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    blocks = [block for block in blocks_of(page) if block.language == "python"]
    with module_of(page, blocks, tmp_path) as module:
        for block in blocks:
            printed = run(block, module)
            below = output_below(block)
            if below is not None:
                assert same_output(below.code, printed), f"{block.place} prints:\n{printed}"


def test_the_tables_speak_of_pages_and_blocks_that_exist() -> None:
    assert set(NEEDS) | set(NOISY) <= set(PAGES)
    assert set(NOT_RUN) <= {(block.page, block.first) for page in PAGES for block in blocks_of(page)}
