"""The best tier: the keeper lives in namespaces of its own, with a root of read-only mounts, and forks into fresh ones per case."""

from __future__ import annotations

import os
import socket

from sge_envs.code.sandbox.inside import kernel, system
from sge_envs.code.sandbox.inside.cases import Case, Started, fork
from sge_envs.code.sandbox.inside.confine import Bounds, limit_resources, mount_work, seal
from sge_envs.code.sandbox.inside.privileges import make_mount_point

INNER_USER = 1000
_ALL_BUT_PIDS = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_OLD = "/.old"
_PROC = 4
"""The descriptor of ``/proc`` in a child, behind its four streams."""


class Namespaces:
    """Forks this process into fresh user, pid, mount, net, ipc, uts and cgroup namespaces."""

    def __init__(self, program: bytes) -> None:
        self._program = program
        _move_into_namespaces()
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
        self._pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
        _build_root()
        socket.sethostname("sandbox")

    def start(self, case: Case) -> Started:
        kernel.unshare(kernel.CLONE_NEWPID)
        try:
            return Started(fork(case, lambda: self._confine(case.bounds), extra=(self._proc,)))
        finally:
            kernel.enter_namespace(self._pids, kernel.CLONE_NEWPID)

    def _confine(self, bounds: Bounds) -> None:
        kernel.unshare(_ALL_BUT_PIDS)
        map_user(_PROC, INNER_USER, INNER_USER)
        os.close(_PROC)
        mount_work(bounds)
        limit_resources(bounds, processes=bounds.processes)
        seal(self._program)


def _move_into_namespaces() -> None:
    """Continue in a child that is the first process of its pid namespace: when it ends, everything in there ends."""
    user, group = os.getuid(), os.getgid()
    kernel.unshare(_ALL_BUT_PIDS | kernel.CLONE_NEWPID)
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    map_user(proc, user, group)
    os.close(proc)
    pid = os.fork()
    if pid:
        os.closerange(0, 1 << 20)  # only the child may hold the keeper's descriptors
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    kernel.set_process(kernel.PR_SET_PDEATHSIG, 9)


def map_user(proc: int, user: int, group: int) -> None:
    """Be ``INNER_USER`` in this new user namespace, which was made by ``user``. ``proc`` is a descriptor of ``/proc``."""
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{INNER_USER} {user} 1"),
        ("gid_map", f"{INNER_USER} {group} 1"),
    ):
        descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, line.encode())
        os.close(descriptor)


def _build_root() -> None:
    """Make a root that holds what ``system`` lists, read-only, an empty place to work, and nothing else."""
    shown, links, hidden = system.readable(), system.links(), system.hidden()
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", system.WORK, "tmpfs", _QUIET, "mode=755")
    os.chdir(system.WORK)
    os.mkdir(_OLD[1:])
    kernel.pivot_root(".", _OLD[1:])
    os.chdir("/")
    for path in shown:
        _show(path)
        kernel.make_read_only(path)
    for path in hidden:
        kernel.mount("tmpfs", path, "tmpfs", _QUIET | kernel.MS_RDONLY, "mode=755,nr_inodes=1")
    for path in system.DEVICES:
        _show(path)
    for path, target in links.items():
        os.symlink(target, path)
    os.mkdir(system.WORK)
    kernel.unmount(_OLD)
    os.rmdir(_OLD)
    kernel.mount("none", "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _QUIET)


def _show(path: str) -> None:
    """Bind a file or directory of the old root at its own path."""
    make_mount_point(path, directory=os.path.isdir(_OLD + path))
    kernel.mount(_OLD + path, path, None, kernel.MS_BIND | kernel.MS_REC)
