"""The halves stay apart, and importing them costs next to nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "sge_envs": ROOT / "sge_envs",
    "sge_agent": ROOT / "sge_agent",
    "sge_wrappers": ROOT / "wrappers/sge_wrappers",
}
FORBIDDEN = {
    "sge_envs": {"sge_agent", "sge_wrappers", "torch", "transformers", "peft", "accelerate", "tensorboard"},
    "sge_agent": {"sge_envs", "sge_wrappers", "gymnasium", "alfworld", "textworld"},
    "sge_wrappers": set[str](),
}
ALLOWED = {("sge_agent/cli.py", "gymnasium")}
"""Only the agent's command line makes environments from ids."""

HEAVY = {
    "sge_envs": {"torch", "transformers", "playwright", "textworld", "alfworld", "tatsu", "spacy", "matplotlib"},
    "sge_agent": {"torch", "transformers", "gymnasium", "peft", "tensorboard", "matplotlib"},
    "sge_wrappers": {"torch", "transformers", "pettingzoo", "playwright", "textworld", "alfworld"},
}


def sources(package: str) -> Iterator[Path]:
    return FOLDERS[package].rglob("*.py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Top-level names of what is imported anywhere in the file, except for type checking."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]
        yield from imports(node)


@pytest.mark.parametrize("package", FOLDERS)
def test_no_half_imports_what_is_not_its_own(package: str) -> None:
    found = [
        (str(path.relative_to(FOLDERS[package].parent)), name)
        for path in sources(package)
        for name in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name in FORBIDDEN[package]
    ]
    assert set(found) <= ALLOWED


@pytest.mark.parametrize("package", FOLDERS)
def test_importing_a_package_loads_nothing_heavy_and_starts_nothing(package: str) -> None:
    code = (
        f"import sys, threading, {package}; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules})); print(threading.active_count())"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "wrappers")])
    variables = {**os.environ, "PYTHONPATH": paths}
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True
    ).stdout
    loaded, threads = shown.splitlines()
    assert package in loaded.split()
    assert not HEAVY[package] & set(loaded.split())
    assert threads == "1"


def test_the_walk_through_imports_sees_through_functions_and_not_through_type_checking() -> None:
    code = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import torch
def late():
    import gymnasium.spaces
from . import sibling
from sge_envs.core import TextEnv
"""
    assert list(imports(ast.parse(code))) == ["typing", "gymnasium", "sge_envs"]


def test_every_package_is_typed() -> None:
    assert all((folder / "py.typed").exists() for folder in FOLDERS.values())
