"""What holds for all bridges together."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sge_envs.errors import MissingExtra
from tests.sge_wrappers.bridges.examples import EXAMPLES, ROOT

LIBRARIES = {
    "torchrl": "torchrl",
    "verifiers": "verifiers",
    "openenv": "openenv",
    "skyrl": "skyrl_gym",
    "verl": "verl",
    "nemo_rl": "nemo_rl",
    "textarena": "textarena",
}
"""Bridges whose classes are the library's own -> the package that they import."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOLDER = ROOT / "wrappers/sge_wrappers/bridges"


@pytest.mark.parametrize(("name", "package"), LIBRARIES.items())
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for loaded in [module for module in sys.modules if module.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"sge_wrappers.bridges.{name}", raising=False)
    with pytest.raises(MissingExtra, match=r"which is not installed here. Mend it: pip install '.+'$"):
        importlib.import_module(f"sge_wrappers.bridges.{name}")


def test_functions_that_need_a_library_say_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from sge_wrappers.bridges import rllib, sb3, trl
    from tests.sge_wrappers.bridges.household import HOUSEHOLD, SETTINGS

    for package in ("stable_baselines3", "ray", "datasets"):
        for loaded in [module for module in sys.modules if module.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, package, None)
    for call, extra in (
        (lambda: sb3.vector(HOUSEHOLD), "sb3"),
        (lambda: rllib.configure(None, SETTINGS), "rllib"),
        (lambda: trl.dataset(HOUSEHOLD, count=1), "trl"),
    ):
        with pytest.raises(MissingExtra, match=rf"pip install '.*\[{extra}\]'"):
            call()


def test_every_extra_that_a_bridge_asks_for_exists() -> None:
    asked = {
        extra
        for path in FOLDER.glob("*.py")
        for extra in re.findall(r'(?:MissingExtra\.of\(|extra=)"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert asked <= set(PROJECT["optional-dependencies"])
    assert {"trl", "sb3", "torchrl", "verifiers", "rllib", "skyrl", "openenv", "textarena"} <= asked


def test_every_bridge_says_which_version_it_was_tested_with_and_so_do_the_docs() -> None:
    docs = (ROOT / "docs/bridges.md").read_text(encoding="utf-8")
    for path in sorted(FOLDER.glob("*.py")):
        for version in re.findall(r'^TESTED\w* = "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE):
            assert version in docs, f"{path.name} was tested with {version}, docs/bridges.md does not say so"


def test_importing_the_package_loads_no_library() -> None:
    code = "import sys, sge_wrappers.bridges, sge_wrappers.bridges.trl, sge_wrappers.bridges.sb3; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert not {"torch", "trl", "datasets", "stable_baselines3", "ray", *LIBRARIES.values()} & set(shown.split())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_has_at_most_forty_lines_of_code_and_is_run(path: Path) -> None:
    from tests.test_examples import code_lines

    assert len(code_lines(path.read_text(encoding="utf-8"))) <= 40
    tests = "".join(test.read_text(encoding="utf-8") for test in Path(__file__).parent.glob("test_*.py"))
    assert f'run("{path.name}"' in tests
