"""Finding the browser, and the flags it gets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sge_envs.ui import chromium
from sge_envs.ui.chromium import VARIABLE, NoBrowser, find_browser, launch_flags, may_sandbox

pytest.importorskip("playwright")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser; what is put into the folder ``bin`` is on its PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_without_a_browser_the_error_gives_the_one_command(bare: Path) -> None:
    with pytest.raises(
        NoBrowser, match=r"Install it: (sudo apt-get install -y chromium-headless-shell|\S+ -m playwright)"
    ):
        find_browser()
    assert chromium.describe()[0].startswith("No Chromium was found")


def test_the_variable_comes_first_then_playwrights_own_then_the_path(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy = program(bare / "bin" / "google-chrome")
    assert find_browser() == heavy
    light = program(bare / "bin" / "chromium-headless-shell")
    assert find_browser() == light
    listed = json.loads((Path(_package()) / "browsers.json").read_text(encoding="utf-8"))["browsers"]
    revision = next(browser["revision"] for browser in listed if browser["name"] == "chromium-headless-shell")
    own = program(bare / "own" / f"chromium_headless_shell-{revision}" / "linux" / "headless_shell")
    assert find_browser() == own
    named = program(bare / "named")
    monkeypatch.setenv(VARIABLE, str(named))
    assert find_browser() == named


def test_a_variable_that_names_no_program_is_an_error(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/no/such/browser")
    with pytest.raises(NoBrowser, match="correct or unset it"):
        find_browser()


def test_the_browser_may_talk_to_the_local_server_only() -> None:
    flags = " ".join(launch_flags(4711))
    assert "--proxy-server=http://127.0.0.1:1" in flags
    assert "--proxy-bypass-list=<-loopback>;127.0.0.1:4711" in flags
    assert "MAP * ~NOTFOUND" in flags
    assert "--no-sandbox" not in flags


def test_the_sandbox_stays_on_for_everybody_but_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert may_sandbox()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not may_sandbox()


def _package() -> str:
    import playwright

    return str(Path(playwright.__file__).parent / "driver" / "package")
