"""The owner's side of the keeper process: starting it, asking it for cases, and its end."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sge_envs.code.sandbox.api import Limits, NoSandbox, SandboxBroken
from sge_envs.code.sandbox.inside import boot
from sge_envs.code.sandbox.inside.confine import Bounds
from sge_envs.code.sandbox.inside.keeper import CONTROL, OWNER

_START_SECONDS = 30.0
_ASK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Handle:
    """A process in a sandbox: a pidfd to kill it by, and the socket on which its end is told."""

    process: int
    report: socket.socket

    def kill(self) -> None:
        """End it, and with it everything in its sandbox."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)

    def wait(self) -> dict[str, float]:
        """How it ended: ``code`` (negative: the signal) and ``cpu`` seconds. Blocks until nothing of it is left."""
        self.report.settimeout(_ASK_SECONDS)
        try:
            message = self.report.recv(1 << 12)
        except TimeoutError as error:
            raise SandboxBroken("A killed sandbox did not end.") from error
        if not message:
            raise SandboxBroken("The keeper of the sandboxes ended unexpectedly.")
        ended: dict[str, float] = json.loads(message)
        return ended

    def close(self) -> None:
        os.close(self.process)
        self.report.close()


class Keeper:
    """A running keeper process for one tier. Any thread may ask it."""

    def __init__(self, tier: str, program: bytes) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with theirs:
            pid = _spawn(tier, theirs.fileno())
        self._end = weakref.finalize(self, _end, ours, pid)  # at the latest when this process ends
        ours.settimeout(_START_SECONDS)
        try:
            ours.send(program or b"none")  # an empty message would look like the end
            said = json.loads(ours.recv(1 << 12) or '{"error": "it ended at once"}')
        except OSError as error:
            said = {"error": f"it did not answer ({error})"}
        ours.settimeout(None)
        if "error" in said:
            self.close()
            raise NoSandbox(f"The keeper of the sandboxes cannot start: {said['error']}.")

    def ask(self, limits: Limits, streams: tuple[int, int, int, int]) -> Handle:
        """A new sandbox with these descriptors as its standard streams and channel."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_ASK_SECONDS)
        bounds = [getattr(limits, name) for name in Bounds._fields]
        try:
            with theirs:
                socket.send_fds(self._control, [json.dumps(bounds).encode()], [*streams, theirs.fileno()])
            message, descriptors, _, _ = socket.recv_fds(ours, 1 << 12, 1)
            said = json.loads(message or '{"error": "its keeper ended unexpectedly"}')
        except OSError as error:
            ours.close()
            raise SandboxBroken(f"The sandbox did not start: {error}.") from error
        if "error" in said:
            ours.close()
            raise SandboxBroken(f"The sandbox did not start: {said['error']}.")
        return Handle(descriptors[0], ours)

    @property
    def alive(self) -> bool:
        """Whether the keeper goes on; it closes its end of the socket when it ends."""
        try:
            return bool(self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """End the keeper and every sandbox that is left, and wait until they are gone."""
        self._end()

    def forget(self) -> None:
        """Let go of it in a copy of the process that owns it."""
        self._end.detach()
        self._control.close()


def _end(control: socket.socket, pid: int) -> None:
    control.close()
    with suppress(ChildProcessError):  # a copy of the owner ends, or somebody else waited for it
        os.waitpid(pid, 0)


def find_python() -> str:
    """The Python that this one's virtual environment was made with, or else this one."""
    base = f"{sys.base_exec_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return os.path.realpath(base if os.path.exists(base) else sys.executable)


def _spawn(tier: str, control: int) -> int:
    """Start the keeper in a session of its own, with an empty environment and without any of our files; its pid."""
    python = find_python()
    words = boot.command(python, "keeper", tier, shutil.which("bwrap") or "")
    owner = os.pidfd_open(os.getpid())
    high = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10) for number in (control, owner)]
    os.close(owner)
    actions: list[Any] = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    actions += [(os.POSIX_SPAWN_DUP2, high[0], CONTROL), (os.POSIX_SPAWN_DUP2, high[1], OWNER)]
    try:
        return os.posix_spawn(python, words, boot.ENVIRONMENT, file_actions=actions, setsid=True, setsigmask=())
    finally:
        for number in high:
            os.close(number)
