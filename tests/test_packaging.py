"""What is shipped: the wheel, its commands and extras, and one version everywhere."""

from __future__ import annotations

import configparser
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

import sge_envs
from sge_envs.errors import DISTRIBUTION
from sge_envs.registration import TABLE

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCES = {"sge_envs": "sge_envs", "sge_agent": "sge_agent", "sge_wrappers": "wrappers/sge_wrappers"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    expected = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}"
        for package, folder in SOURCES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == expected
    assert {f"{package}/py.typed" for package in SOURCES} <= shipped


def test_the_wheel_is_small_enough_to_download_in_a_moment(wheel: zipfile.ZipFile) -> None:
    assert os.path.getsize(str(wheel.filename)) < 20e6


def test_the_wheel_names_its_licence_extras_and_python(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Name"] == DISTRIBUTION
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_the_commands_of_the_wheel_exist(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(name).decode())
    commands = dict(parser["console_scripts"])
    assert set(commands) == {"sge-envs", "sge"}
    for target in commands.values():
        module, _, function = target.partition(":")
        assert callable(vars(importlib.import_module(module))[function])


def test_there_is_one_version() -> None:
    version = PROJECT["version"]
    assert sge_envs.__version__ == version
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_extras_that_the_environments_ask_for_exist() -> None:
    asked = {needs.extra for entry in TABLE for needs in (entry.needs, *entry.optional) if needs}
    assert asked <= set(PROJECT["optional-dependencies"])


def test_every_direct_dependency_has_a_tested_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_plain(line.split("==")[0]) for line in lines if "==" in line and not line.startswith("#")}
    wanted = [
        *PROJECT["dependencies"],
        *(name for extra in PROJECT["optional-dependencies"].values() for name in extra),
    ]
    assert {_plain(re.split(r"[<>=!~\[; ]", name)[0]) for name in wanted} <= pinned


def test_continuous_integration_runs_what_people_run() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("check", "test"):
        assert re.search(rf"^make {target}\b", script, re.MULTILINE)
    for target in ("help", "train", "test", "check", "compare", "base-model", "clean"):
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert os.access(ROOT / "scripts/install.sh", os.X_OK)


def test_without_compilers_and_without_root_the_original_engine_is_skipped_with_the_command(tmp_path: Path) -> None:
    tools, venv = tmp_path / "tools", tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    tools.mkdir()
    for name in ("bash", "dirname", "env", "rm", "tee"):
        (tools / name).symlink_to(str(shutil.which(name)))
    for path, text in ((tools / "id", "echo 1000"), (venv / "bin/python", "exit 1")):  # nobody special; no engine there
        path.write_text(f"#!/usr/bin/env bash\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
    words = [str(ROOT / "scripts/install.sh"), str(venv), "alfworld"]
    done = subprocess.run(words, env={"PATH": str(tools)}, capture_output=True, text=True, check=True)
    assert "sudo apt-get install -y cmake g++ make" in done.stderr
    assert "Without the original ALFWorld engine" in (venv / "alfworld-skipped").read_text(encoding="utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
