"""Every command in a shell block of README and docs exists, takes the options it is given, and prints what stands below it."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping

import pytest

from tests.docs.blocks import PAGES, ROOT, Block, blocks_of, output_below, same_output
from tests.docs.commands import MAINS, check, commands_of

READ_ONLY: Mapping[str, str] = {
    "pip": "installs; this package and its extras must exist",
    "make": "installs or takes minutes; targets and variables must exist",
    "python": "measures or serves for minutes; the file must exist and its own parser take the options",
    "sge": "trains, or needs a run that is there; its own parser and settings must take the options",
    "sge-envs": "serves, or looks at this machine; its own parser must take the options",
    "torchrun": "starts processes that train; the words of sge behind its own are read as sge's",
    "vllm": "is another program's",
    "sudo": "changes the system",
    "git": "needs a remote",
    "cd": "is the shell's",
    "export": "is the shell's",
    "scripts/test_bridges.sh": "makes virtual environments of 10 GB; the file must exist",
}
"""Commands that are read and not run, with the reason. A block with its output below is run."""

BLOCKS = [block for page in PAGES for block in blocks_of(page) if block.language == "bash"]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_the_commands_of_a_block_exist_with_their_options(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    commands = list(commands_of(block.code))
    assert commands, f"{block.place} has no command"
    for command in commands:
        assert command[0] in READ_ONLY, f"{block.place}: {command[0]} is not in the table"
        try:
            check(command)
        except AssertionError as error:
            pytest.fail(f"{block.place}: {error}")


@pytest.mark.parametrize("block", [b for b in BLOCKS if output_below(b)], ids=lambda block: block.place)
def test_a_command_prints_what_stands_below_it(
    block: Block, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for name, *words in commands_of(block.code):
            assert name in MAINS, f"{block.place}: only {', '.join(MAINS)} are run"
            assert MAINS[name](words) == 0
    below = output_below(block)
    assert below is not None
    assert same_output(below.code, printed.getvalue()), f"{block.place} prints:\n{printed.getvalue()}"


def test_what_does_not_exist_is_found() -> None:
    wrong = (
        ["sge", "train", "--recipe", "household", "--updatez", "3"],
        ["sge", "train", "--recipe", "househould"],
        ["sge", "train", "--env", "x", "--model", "y", "--loss", "none"],
        ["sge-envs", "lst"],
        ["sge-envs", "mcp", "--sed", "3"],
        ["make", "trian"],
        ["make", "test", "ARG=1"],
        ["pip", "install", ".[trian]"],
        ["python", "-m", "benchmarks.cod"],
        ["python", "-m", "benchmarks.code", "--sauce", "own"],
        ["python", "examples/gym_make.py", "--seed", "3"],
        ["trian"],
    )
    for command in wrong:
        with pytest.raises((AssertionError, FileNotFoundError)):
            check(command)


def test_comments_variables_and_pipes_are_read_as_a_shell_reads_them() -> None:
    code = "A=1 sge eval RUN  # look\nsge report a \\\n  b && make test ARGS='-k x' | tail\n"
    assert list(commands_of(code)) == [
        ["sge", "eval", "RUN"],
        ["sge", "report", "a", "b"],
        ["make", "test", "ARGS=-k x"],
        ["tail"],
    ]
