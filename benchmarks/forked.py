"""Commands of `sge`, each in processes of its own that have imported everything before they begin: run as a program.

Every line of its input is a command as JSON (:class:`Command`); every line of its output the exit statuses of its processes.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Command:
    """`sge` with ``words`` in ``folder``, by so many ``processes`` that are one run.

    No file may grow beyond ``file_bytes``, if that is not 0. What process N prints is added to the file ``said-N``.
    """

    folder: str
    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    processes: int = 1
    file_bytes: int = 0


class Forks:
    """The program, to be used in a ``with`` block."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._process.communicate()

    def run(self, command: Command) -> list[int]:
        """The exit statuses, negative for a signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(command)) + "\n")
        self._process.stdin.flush()
        statuses: list[int] = json.loads(self._process.stdout.readline())
        return statuses


def main() -> None:
    import torch.distributed  # noqa: F401
    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM  # noqa: F401

    from sge_agent import cli, report, train  # noqa: F401

    for line in sys.stdin:
        command = Command(**json.loads(line))
        port = free_port()
        children = []
        for rank in range(command.processes):
            child = os.fork()
            if child == 0:
                prepare(command, rank, port)
                os._exit(cli.main(list(command.words)))
            children.append(child)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), flush=True)


def prepare(command: Command, rank: int, port: int) -> None:
    """Make a process that was just forked what the command wants."""
    os.chdir(command.folder)
    out = os.open(f"said-{rank}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(command.variables)
    if command.processes > 1:
        os.environ.update(
            RANK=f"{rank}", WORLD_SIZE=f"{command.processes}", MASTER_ADDR="127.0.0.1", MASTER_PORT=f"{port}"
        )
    if command.file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.file_bytes, command.file_bytes))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
