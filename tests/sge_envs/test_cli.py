"""The command ``sge-envs``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from sge_envs import __version__, cli
from sge_envs.registration import TABLE, Entry, Needs
from tests.sge_envs.toy import make_line

make_line().close()  # registers LineTest-v0
ABSENT = Needs("ghosts", ("no_such_package_here",), "seeing ghosts")


def run(monkeypatch: pytest.MonkeyPatch, table: tuple[Entry, ...], *words: str) -> int:
    monkeypatch.setattr(cli, "TABLE", table)
    return cli.main(words)


def line(**changes: Any) -> Entry:
    values: dict[str, Any] = {"id": "LineTest-v0", "entry_point": "tests.sge_envs.toy:LineEnv", "summary": "a line"}
    return Entry(**{**values, **changes})


def test_list_names_every_env(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    shown = capsys.readouterr().out
    for entry in TABLE:
        assert entry.id in shown
        assert entry.summary in shown


def test_doctor_says_what_works(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, (line(),), "doctor") == 0
    assert "LineTest-v0: works" in capsys.readouterr().out


def test_doctor_gives_the_one_command_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (line(needs=ABSENT), line(optional=(ABSENT,))), "doctor") == 0
    shown = capsys.readouterr().out
    assert "not installed, seeing ghosts needs no_such_package_here" in shown
    assert "LineTest-v0: works\n  without seeing ghosts" in shown
    assert shown.count("pip install 'strategy-guided-exploration[ghosts]'") == 2


def test_doctor_fails_when_an_env_that_has_all_it_needs_does_not_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (line(id="NotThere-v0"), line()), "doctor") == 1
    shown = capsys.readouterr().out
    assert "NotThere-v0: DOES NOT WORK, NameNotFound" in shown
    assert "LineTest-v0: works" in shown


def test_the_packages_of_the_table_are_import_names() -> None:
    for entry in TABLE:
        for needs in (entry.needs, *entry.optional):
            for package in needs.packages if needs else ():
                importlib.util.find_spec(package)  # a dotted or misspelt name would raise or never be found
                assert package.isidentifier()


def test_wrong_words_end_with_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["lsit"])
    assert ended.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.strip() == f"sge-envs {__version__}"


def test_export_writes_games_that_the_environment_plays_from_their_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("alfworld", reason="rules and grammar of the format are read from the installed alfworld")
    assert cli.main(["export", str(tmp_path), "--number", "2", "--size", "small"]) == 0
    assert "wrote 2 games" in capsys.readouterr().out
    env = gymnasium.make("sge_envs:SGE-ALFWorld-v0", data=tmp_path)
    assert env.unwrapped.tasks.num_tasks("train") == 2  # type: ignore[attr-defined]
    env.reset(seed=0)


def test_export_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(tmp_path), "--number", "0"]) == 1
    assert "--number" in capsys.readouterr().err
