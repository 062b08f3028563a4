"""The last steps before foreign code runs, the same in every tier: resource limits, no privileges, the system call filter."""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

from sge_envs.code.sandbox.inside import kernel, system

STACK_BYTES = 64 << 20


class Bounds(NamedTuple):
    """The part of the limits that the kernel keeps, as it is told to the far side."""

    cpu_seconds: int
    memory_bytes: int
    processes: int
    file_bytes: int
    files: int
    open_files: int


def limit_resources(bounds: Bounds, *, processes: int | None) -> None:
    """Set every resource limit for good. ``processes`` counts those of this user (None: leave it)."""
    numbers = {
        resource.RLIMIT_AS: bounds.memory_bytes,
        resource.RLIMIT_CPU: bounds.cpu_seconds,
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_NOFILE: bounds.open_files,
        resource.RLIMIT_STACK: STACK_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_SIGPENDING: 64,
    }
    if processes is not None:
        numbers[resource.RLIMIT_NPROC] = processes
    for name, number in numbers.items():
        hard = resource.getrlimit(name)[1]
        number = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(name, (number, number))


def mount_work(bounds: Bounds) -> None:
    """Go to an empty working directory in memory, of bounded size and number of files. It needs ``CAP_SYS_ADMIN``."""
    options = f"size={bounds.file_bytes},nr_inodes={bounds.files + 1},mode=700"
    kernel.mount("tmpfs", system.WORK, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)
    os.chdir(system.WORK)


def seal(program: bytes) -> None:
    """Give up privileges and install the system call filter. Nothing can be undone afterwards."""
    os.environ.clear()
    kernel.set_process(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    kernel.filter_system_calls(program)
