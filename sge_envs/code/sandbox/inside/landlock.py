"""The tier without namespaces: Landlock keeps files and signals, seccomp everything else. One process per case, no directories."""

from __future__ import annotations

import os
import shutil
import tempfile

from sge_envs.code.sandbox.inside import kernel, system
from sge_envs.code.sandbox.inside.cases import Case, Started, fork
from sge_envs.code.sandbox.inside.confine import Bounds, limit_resources, seal

OLDEST_VERSION = 3
"""Older ones do not handle truncation."""

_PREFIX = "sge-sandbox-"
_WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in (1, 2, 3))
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE, _TRUNCATE = (1 << bit for bit in (4, 5, 7, 8, 14))
_READ = _READ_FILE | _READ_DIR
_WORK = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
_ALL_FILE_RIGHTS = {3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_ALL_NETWORK_RIGHTS, _ALL_SCOPES = 0b11, 0b11


class Landlock:
    """Forks this process and lets the child read the system and write to a directory of its own, flat and watched."""

    def __init__(self, program: bytes) -> None:
        self._program = program
        self._version = kernel.landlock_version()
        if self._version < OLDEST_VERSION:
            raise OSError(
                f"Landlock of version {OLDEST_VERSION} (Linux 6.2) is needed, this kernel has {self._version}"
            )
        self._readable = system.readable()
        self._base = tempfile.gettempdir()
        self._remove_leftovers()
        self._restrict_keeper()

    def start(self, case: Case) -> Started:
        folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=self._base)
        return Started(fork(case, lambda: self._confine(case.bounds, folder)), folder=folder)

    def _remove_leftovers(self) -> None:
        """Remove the directories of keepers that were killed before they could do so."""
        for entry in os.scandir(self._base):
            pid = entry.name.removeprefix(_PREFIX).split("-")[0]
            if entry.name.startswith(_PREFIX) and not os.path.exists(f"/proc/{pid}"):
                shutil.rmtree(entry.path, ignore_errors=True)  # it may be another user's

    def _restrict_keeper(self) -> None:
        """What no case may read the keeper gives up itself: a case can only give up more."""
        kernel.set_process(kernel.PR_SET_NO_NEW_PRIVS, 1)
        ruleset = self._make_ruleset()
        hidden = system.hidden()
        for path in self._readable:
            _allow_except(ruleset, path, hidden)
        _allow_devices(ruleset)
        kernel.allow_beneath(ruleset, self._base, _WORK | _REMOVE_DIR | _MAKE_DIR)
        kernel.allow_beneath(ruleset, "/proc", _READ)  # it counts the processes of its user
        kernel.restrict_self(ruleset)
        os.close(ruleset)

    def _confine(self, bounds: Bounds, folder: str) -> None:
        kernel.set_process(kernel.PR_SET_PDEATHSIG, 9)
        kernel.set_process(kernel.PR_SET_NO_NEW_PRIVS, 1)
        os.chdir(folder)
        limit_resources(bounds, processes=_count_tasks() + bounds.processes)
        ruleset = self._make_ruleset()
        for path in self._readable:
            kernel.allow_beneath(ruleset, path, _READ if os.path.isdir(path) else _READ_FILE)
        _allow_devices(ruleset)
        kernel.allow_beneath(ruleset, folder, _WORK)
        kernel.restrict_self(ruleset)
        os.close(ruleset)
        seal(self._program)

    def _make_ruleset(self) -> int:
        files = _ALL_FILE_RIGHTS[min(self._version, 5)]
        return kernel.make_ruleset(files=files, network=_ALL_NETWORK_RIGHTS, scopes=_ALL_SCOPES)


def _allow_except(ruleset: int, path: str, hidden: list[str]) -> None:
    """Allow reading below ``path``, and only listing what is below ``hidden``."""
    if not any(other.startswith(f"{path}/") for other in hidden):
        kernel.allow_beneath(ruleset, path, _READ if os.path.isdir(path) else _READ_FILE)
        return
    kernel.allow_beneath(ruleset, path, _READ_DIR)
    for entry in os.scandir(path):
        if entry.path not in hidden and not entry.is_symlink():
            _allow_except(ruleset, entry.path, hidden)


def _allow_devices(ruleset: int) -> None:
    for path in system.DEVICES:
        kernel.allow_beneath(ruleset, path, _READ_FILE | _WRITE_FILE)


def _count_tasks() -> int:
    """Processes and threads of this user, which the limit on processes counts together."""
    user, count = os.getuid(), 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == user:
                    count += len(os.listdir(f"{entry.path}/task"))
            except OSError:  # it has just ended
                continue
    return count
