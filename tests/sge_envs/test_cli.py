"""The command ``sge-envs``."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from sge_envs import __version__, cli
from sge_envs.registration import TABLE, Entry, Needs
from tests.sge_envs.toy import make_line

make_line().close()  # registers LineTest-v0
LIST = [sys.executable, "-m", "sge_envs.cli", "list"]
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


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("lsit",), "there is no command 'lsit'. Did you mean 'list'?"),
        (("play", "LineTest-v0", "--sede", "3"), "there is no option '--sede'. Did you mean '--seed'?"),
        (("list", "all"), "what is 'all'?"),
        (("serve", "--port", "x"), "invalid int value: 'x'"),
    ],
)
def test_wrong_words_are_one_line(words: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1


def test_without_words_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "doctor" in capsys.readouterr().out


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(entry: Entry) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "examine", interrupted)
    assert cli.main(["doctor"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(LIST, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "sge-envs: No space left on device\n"


def test_an_output_that_nobody_reads_ends_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(LIST, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_signs_that_the_output_lacks_become_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(shown, encoding="ascii"))
    assert run(monkeypatch, (line(summary="a \N{EM DASH} line"),), "list") == 0
    assert b"a ? line" in shown.getvalue()


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
    assert cli.main(["export", str(tmp_path), "--number", "0"]) == 2
    assert "--number" in capsys.readouterr().err
