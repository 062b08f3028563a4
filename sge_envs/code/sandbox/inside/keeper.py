"""The keeper: one process beside the owner that makes sandboxes on request, reports how each ended, and ends with the owner.

It speaks over a socket of messages. A request is the limits as JSON, with the four streams of the case and a socket for
its report. On that socket comes a handle of the process (a pidfd, which can only ever mean this process), then how it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from sge_envs.code.sandbox.inside import boot, kernel, privileges, system
from sge_envs.code.sandbox.inside.bubblewrap import Bubblewrap
from sge_envs.code.sandbox.inside.cases import Case, Started, Tier
from sge_envs.code.sandbox.inside.confine import Bounds
from sge_envs.code.sandbox.inside.landlock import Landlock
from sge_envs.code.sandbox.inside.namespaces import Namespaces
from sge_envs.code.sandbox.inside.nothing import Nothing

CONTROL, OWNER = 3, 4
"""Descriptors that the keeper is started with: the socket of requests, and a pidfd of the owner."""

PRELOADED = (
    "array", "bisect", "calendar", "cmath", "collections", "copy", "csv", "ctypes", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools", "json", "math", "operator", "queue", "random",
    "re", "statistics", "string", "struct", "textwrap", "threading", "time", "typing", "unicodedata",
)  # fmt: skip
"""Modules of the standard library that programs often import: here once, instead of in every case."""

_FORKING: dict[str, Callable[[bytes], Tier]] = {"namespaces": Namespaces, "landlock": Landlock, "nothing": Nothing}

_WATCH_SECONDS = 0.02
"""How often directories without a size of their own are measured."""


def main(tier: str, bwrap: str) -> None:
    """Serve cases of ``tier`` until the owner is gone. The first message on the socket is the system call filter."""
    os.closerange(OWNER + 1, 1 << 20)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each case takes three descriptors here
    control = socket.socket(fileno=CONTROL)
    try:
        chosen = _make(tier, control.recv(1 << 16), bwrap)
    except OSError as error:
        control.send(json.dumps({"error": str(error)}).encode())
        return
    control.send(b"{}")
    Keeper(control, chosen).run()


def _make(tier: str, program: bytes, bwrap: str) -> Tier:
    privileges.become_ordinary([*system.readable(), os.path.realpath(sys.executable), f"{boot.FOLDER}/inside"])
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # whoever is short of memory should take it from a sandbox first
    if tier == "bubblewrap":
        return Bubblewrap(bwrap, program)
    for name in PRELOADED:
        importlib.import_module(name)
    kernel.use_one_heap()
    made: Tier = _FORKING[tier](program)
    gc.collect()
    gc.freeze()
    return made


@dataclass(slots=True)
class Running:
    """A case that has not ended: pidfds of the process to wait for and of the one to kill, often the same."""

    started: Started
    ended: int
    handle: int
    report: socket.socket
    bounds: Bounds


class Keeper:
    """The loop: new cases, ends of cases, the end of the owner, and the directories that need watching."""

    def __init__(self, control: socket.socket, tier: Tier) -> None:
        self._control = control
        self._tier = tier
        self._running: dict[int, Running] = {}
        self._poll = select.poll()
        for descriptor in (CONTROL, OWNER):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> None:
        alive = True
        while alive:
            watched = any(one.started.folder for one in self._running.values())
            for descriptor, _ in self._poll.poll(_WATCH_SECONDS * 1000 if watched else None):
                if descriptor == OWNER or (descriptor == CONTROL and not self._accept()):
                    alive = False
                elif descriptor in self._running:
                    self._bury(descriptor)
            for one in self._running.values():
                if one.started.folder and _is_overdrawn(one, one.started.folder):
                    _kill(one.handle)
        for one in list(self._running.values()):
            _kill(one.handle)
            self._bury(one.ended)

    def _accept(self) -> bool:
        """Take one request; whether there was one."""
        message, descriptors, _, _ = socket.recv_fds(self._control, 1 << 12, 5)
        if not message:
            return False
        *streams, report_number = descriptors
        report = socket.socket(fileno=report_number)
        try:
            self._start(Case(Bounds(*json.loads(message)), tuple(streams)), report)
        except OSError as error:
            _report(report, {"error": str(error)})
            report.close()
        finally:
            for descriptor in streams:
                os.close(descriptor)
        return True

    def _start(self, case: Case, report: socket.socket) -> None:
        started = self._tier.start(case)
        ended = os.pidfd_open(started.pid)
        handle = _open_handle(started.inner or started.pid) or os.dup(ended)
        self._running[ended] = Running(started, ended, handle, report, case.bounds)
        self._poll.register(ended, select.POLLIN)
        with suppress(OSError):  # whoever asked may be gone
            socket.send_fds(report, [b"{}"], [handle])

    def _bury(self, ended: int) -> None:
        one = self._running.pop(ended)
        self._poll.unregister(ended)
        _, status, usage = os.wait4(one.started.pid, 0)
        os.close(one.ended)
        os.close(one.handle)
        if one.started.folder:
            shutil.rmtree(one.started.folder)
        code = os.waitstatus_to_exitcode(status)
        _report(one.report, {"code": code, "cpu": usage.ru_utime + usage.ru_stime})
        one.report.close()


def _report(report: socket.socket, message: dict[str, object]) -> None:
    with suppress(OSError):  # whoever asked may be gone
        report.send(json.dumps(message).encode())


def _open_handle(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:  # it has just ended
        return None


def _kill(handle: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)


def _is_overdrawn(one: Running, folder: str) -> bool:
    """Whether the files of a case are too many or too large together, those without a name included."""
    size = 0
    for number, path in enumerate(_list_files(one.started.pid, folder), start=1):
        with suppress(OSError):  # it is gone by now
            size += os.lstat(path).st_blocks * 512 if path.startswith(folder) else _measure_unnamed(path)
        if number > one.bounds.files + one.bounds.open_files or size > one.bounds.file_bytes:
            return True
    return False


def _list_files(pid: int, folder: str) -> Iterator[str]:
    yield from (entry.path for entry in os.scandir(folder))
    with suppress(OSError):
        yield from (entry.path for entry in os.scandir(f"/proc/{pid}/fd"))


def _measure_unnamed(path: str) -> int:
    """The size of an open file that has no name any more; others are measured where their name is, or are no files."""
    found = os.stat(path)
    return found.st_blocks * 512 if stat.S_ISREG(found.st_mode) and not found.st_nlink else 0
