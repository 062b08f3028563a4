"""The command ``sge``: what it says when something is wrong, before anything is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sge_agent.cli import main
from sge_agent.config import TrainConfig
from sge_agent.options import MOST_USED, SECTIONS
from sge_agent.settings import settings_of

OVERVIEW = [sys.executable, "-m", "sge_agent.cli", "--help"]


@pytest.mark.parametrize("device", ["gpu", "cpu:x", "cuda:9999"])
def test_a_device_that_is_not_there_is_one_line(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--device", device, "--env", "sge_envs:SGE-ALFWorld-v0"]) == 1
    told = capsys.readouterr().err
    assert f"there is no device {device!r} here: use --device cpu" in told
    assert told.count("\n") == 1


def test_an_env_without_its_package_is_named_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--model", "embedded:household", "--run-dir", str(tmp_path / "run")]
    assert main([*words, "--env", "SGE-Nope-v0"]) == 1
    assert "did you mean 'sge_envs:SGE-Nope-v0'?" in capsys.readouterr().err
    assert main([*words, "--env", "Nope-v0"]) == 1
    assert "there is no environment 'Nope-v0'; it is named module:Id" in capsys.readouterr().err


def test_where_a_result_cannot_be_written_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["eval", "--recipe", "household", "--out"]
    assert main([*words, str(tmp_path / "no" / "x.json")]) == 2
    assert f"there is no folder {tmp_path / 'no'}" in capsys.readouterr().err
    assert main([*words, str(tmp_path)]) == 2
    assert "is a folder: name a file in it" in capsys.readouterr().err


def test_the_help_begins_with_what_is_used_most_and_names_every_setting_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    lines = capsys.readouterr().out.splitlines()
    flags = [line.split()[0] for line in lines if line.startswith("  --")]
    for setting in settings_of(TrainConfig):
        assert flags.count(setting.flag) == 1, setting.flag
    first = [name.replace("_", "-") for name in MOST_USED]
    place = flags.index(f"--{first[0]}")
    assert [flag.removeprefix("--") for flag in flags[place : place + len(first)]] == first
    assert [line[:-1] for line in lines if line[:-1] in SECTIONS.values()] == list(SECTIONS.values())


def test_an_output_that_nobody_reads_ends_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(OVERVIEW, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(OVERVIEW, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "sge: error: no space left on the disk: make room, then try again\n"
