"""What stands in a shell block: single commands, and whether each exists with the words that it is given."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import sge_agent.cli
import sge_agent.options
import sge_envs.cli
import sge_envs.command_line
from tests.docs.blocks import ROOT

PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
MAINS: Mapping[str, Callable[[list[str]], int]] = {"sge": sge_agent.cli.main, "sge-envs": sge_envs.cli.main}
MARKS = ("&&", "||", "|", ";", "&")


class Understood(Exception):
    """The words were read without complaint; what they ask for is not done."""


def commands_of(code: str) -> Iterator[list[str]]:
    """The words of every command, without comments, variables before it, and redirections."""
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        command: list[str] = []
        for word in [*words, ";"]:
            if word in MARKS:
                while command and re.fullmatch(r"[A-Z_]+=.*", command[0]):
                    command = command[1:]
                if command:
                    yield command
                command = []
            else:
                command.append(word)


def check(command: list[str]) -> None:
    """Raise ``AssertionError`` unless the command exists and takes these words."""
    name, *words = command
    if name == "pip":
        check_pip(words)
    elif name == "make":
        check_make(words)
    elif command[:2] == ["sge", "bench"]:  # hands its words on
        check_python(["-m", "benchmarks", *words[1:]])
    elif name in MAINS:
        check_arguments(lambda: MAINS[name](words), shown=command)
    elif name == "python":
        check_python(words)
    elif name == "torchrun":
        assert "sge_agent.cli" in words, "what torchrun starts is not known here"
        check(["sge", *words[words.index("sge_agent.cli") + 1 :]])
    elif "/" in name:
        assert os.access(ROOT / name, os.X_OK), f"{name} is no program"
    else:
        assert name in ("vllm", "sudo", "git", "cd", "export"), f"the command {name!r} is unknown here"


def check_pip(words: list[str]) -> None:
    """Packages are this one, and extras are there."""
    assert words[0] == "install"
    rest = iter(words[1:])
    for word in rest:
        if word == "-c":
            assert (ROOT / next(rest)).is_file()
        elif word != "-e":
            found = re.fullmatch(r"(\.|strategy-guided-exploration)(?:\[([a-z0-9,]+)\])?", word)
            assert found, f"pip install {word}"
            assert {*filter(None, (found[2] or "").split(","))} <= {*PROJECT["optional-dependencies"]}, word


def check_make(words: list[str]) -> None:
    """Targets and variables stand in the Makefile."""
    for word in words:
        name, is_variable, _ = word.partition("=")
        pattern = rf"^{name} \?=|\$\$?[({{]{name}\b" if is_variable else rf"^{name}:.*## "
        read = MAKEFILE + (ROOT / "scripts/install.sh").read_text(encoding="utf-8")
        assert re.search(pattern, read, re.MULTILINE), f"make knows no {word!r}"


def check_python(words: list[str]) -> None:
    """A module (``-m``) or a file of the project that takes these arguments."""
    if words[0] == "-m":
        module, arguments = words[1], words[2:]
        path = ROOT / f"{module.replace('.', '/')}.py"
        path = path if path.is_file() else ROOT / module.replace(".", "/") / "__main__.py"
        if not path.is_file():
            assert module in ("playwright", "venv"), f"there is no module {module}"
            return
    else:
        path, arguments = ROOT / words[0], words[1:]
    source = path.read_text(encoding="utf-8")
    if "ArgumentParser" in source:
        main = f"{words[1]}.__main__" if path.name == "__main__.py" else words[1] if words[0] == "-m" else ""
        known = sys.modules.pop(main, None)  # begun anew, not gone on with
        with mock.patch.object(sys, "argv", [str(path), *arguments]):
            run = (lambda: runpy.run_module(module, run_name="__main__")) if words[0] == "-m" else None
            check_arguments(run or (lambda: runpy.run_path(str(path), run_name="__main__")), shown=words)
        if known is not None:
            sys.modules[main] = known
    else:
        assert not any(word.startswith("-") for word in arguments), f"{path.name} takes no options"
        assert not arguments or "sys.argv" in source, f"{path.name} takes no arguments"


def check_arguments(run: Callable[[], object], *, shown: list[str]) -> None:
    """Run a program up to the point where its arguments are read and, for settings, checked."""
    complaint = io.StringIO()
    with stopped_after_reading(), contextlib.redirect_stderr(complaint), contextlib.redirect_stdout(io.StringIO()):
        try:
            run()
        except Understood:
            return
        except SystemExit as end:  # --help and --version end well
            complaint.write(f" (exit status {end.code})" if end.code else "")
    assert not complaint.getvalue(), f"{shlex.join(shown)}: {complaint.getvalue()}"


@contextlib.contextmanager
def stopped_after_reading() -> Iterator[None]:
    parse, parse_strictly = argparse.ArgumentParser.parse_args, sge_agent.options.Parser.parse_strictly
    parse_known = sge_envs.command_line.Parser.parse_known_args

    def parse_only(parser: argparse.ArgumentParser, *arguments: Any, **named: Any) -> Any:
        parse(parser, *arguments, **named)
        raise Understood

    def parse_strictly_only(parser: sge_agent.options.Parser, words: Any) -> Any:
        found = parse_strictly(parser, words)
        if "recipe" in vars(found) and (found.config is None or Path(found.config).is_file()):
            sge_agent.options.config_from(found)
        raise Understood

    def parse_known_only(parser: sge_envs.command_line.Parser, *arguments: Any, **named: Any) -> Any:
        found, rest = parse_known(parser, *arguments, **named)
        if parser.prog == "sge-envs" and not rest:  # not that of a command, which it calls
            raise Understood
        return found, rest

    def refuse(*arguments: Any, **named: Any) -> Any:
        raise AssertionError(f"a program was to be started before the words were read: {arguments}")

    with (
        mock.patch.object(subprocess, "Popen", refuse),
        mock.patch.object(argparse.ArgumentParser, "parse_args", parse_only),
        mock.patch.object(sge_agent.options.Parser, "parse_strictly", parse_strictly_only),
        mock.patch.object(sge_envs.command_line.Parser, "parse_known_args", parse_known_only),
    ):
        yield
