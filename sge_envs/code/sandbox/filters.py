"""The system calls that foreign code may make: a list of what Python needs, everything else is refused with ``EPERM``."""

from __future__ import annotations

import errno
import os
from functools import cache
from typing import Any

from sge_envs.code.sandbox.api import NoSandbox
from sge_envs.errors import install

FREE = (
    # memory
    *("brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "membarrier"),
    # open files; which ones may be opened is decided by what is mounted or by Landlock
    *(
        "open",
        "openat",
        "close",
        "close_range",
        "creat",
        "read",
        "write",
        "readv",
        "writev",
        "pread64",
        "pwrite64",
        "lseek",
    ),
    *("preadv", "pwritev", "copy_file_range", "sendfile", "fsync", "fdatasync"),
    *("dup", "dup2", "dup3", "flock", "ftruncate", "fallocate", "fadvise64", "sync_file_range"),
    *("pipe", "pipe2", "eventfd", "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_gettime"),
    # names
    *("stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2"),
    *("getcwd", "chdir", "fchdir", "getdents", "getdents64", "readlink", "readlinkat", "umask"),
    *("mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2"),
    # waiting
    *("poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait"),
    *(
        "epoll_pwait2",
        "futex",
        "futex_waitv",
        "sched_yield",
        "pause",
        "nanosleep",
        "clock_nanosleep",
        "restart_syscall",
    ),
    *("wait4", "waitid"),
    # time
    *("time", "gettimeofday", "clock_gettime", "clock_getres", "times", "alarm", "getitimer", "setitimer"),
    # signals to itself and their handling
    *(
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "rt_sigpending",
        "rt_sigsuspend",
        "rt_sigtimedwait",
        "sigaltstack",
    ),
    # who and where it is
    *("getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups"),
    *("getpgrp", "uname", "sysinfo", "getrusage", "getrlimit", "getcpu", "sched_getaffinity"),
    # threads and the end
    *("set_robust_list", "set_tid_address", "rseq", "arch_prctl", "exit", "exit_group", "getrandom"),
    # a pair of connected sockets, as event loops use it to wake up
    *("recvfrom", "shutdown", "getsockopt", "getsockname", "getpeername"),
)

FREE_IN_NAMESPACES = (
    # Landlock does not look at these; where only the sandbox's own files and processes exist they do no harm
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat", "futimesat", "truncate"),
    *("symlink", "symlinkat", "link", "linkat", "kill", "tkill", "tgkill"),
)

_CLONE_THREAD, _NEW_NAMESPACES = 0x10000, 0x7E020080
_DEVICE_QUESTIONS = {"TCGETS": 0x5401, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B, "FIONBIO": 0x5421, "FIOCLEX": 0x5451}
_FILE_QUESTIONS = (*range(8), 36, 37, 38, *range(1030, 1035))
"""Of ``fcntl``: duplicates, flags, locks, the size of a pipe, seals; not who gets a signal, which reaches other processes."""
_PR_SET_NAME, _PR_GET_NAME = 15, 16
_UNKNOWN = -1
"""What libseccomp calls a system call that came after it."""
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES = 1, 1, 0xF


@cache
def compile_filter(*, namespaces: bool) -> bytes:
    """The filter as a BPF program. Raises ``NoSandbox`` with the command that installs what is missing."""
    seccomp = _import_seccomp()
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in FREE + (FREE_IN_NAMESPACES if namespaces else ()):
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) != _UNKNOWN:
            rules.add_rule(seccomp.ALLOW, name)
    _add_conditions(rules, seccomp)
    # what glibc and Python fall back from when they are told that the kernel does not know it
    for name in ("clone3", "openat2"):
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
    return _export(rules)


def _add_conditions(rules: Any, seccomp: Any) -> None:
    """Calls that are allowed with some arguments only."""

    def allow(name: str, *conditions: Any) -> None:
        rules.add_rule(seccomp.ALLOW, name, *conditions)

    def equal(position: int, value: int) -> Any:
        return seccomp.Arg(position, seccomp.EQ, value)

    def masked(position: int, mask: int, value: int) -> Any:
        return seccomp.Arg(position, seccomp.MASKED_EQ, mask, value)

    allow("clone", masked(0, _CLONE_THREAD | _NEW_NAMESPACES, _CLONE_THREAD))  # threads, no processes
    allow("prlimit64", equal(0, 0))  # its own limits
    allow("sendto", equal(4, 0))  # over a connection, to no address
    allow("socketpair", equal(0, _AF_UNIX), masked(1, _SOCK_TYPES, _SOCK_STREAM))
    for value in _FILE_QUESTIONS:
        allow("fcntl", masked(1, 0xFFFFFFFF, value))
    for value in _DEVICE_QUESTIONS.values():
        allow("ioctl", masked(1, 0xFFFFFFFF, value))
    for value in (_PR_SET_NAME, _PR_GET_NAME):
        allow("prctl", equal(0, value))


def _export(rules: Any) -> bytes:
    with open(os.memfd_create("filter"), "r+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _import_seccomp() -> Any:
    try:
        import pyseccomp
    except ImportError as error:
        raise NoSandbox(
            f"The sandbox needs the package 'pyseccomp', which is not installed here. Mend it: {install('code')}"
        ) from error
    except RuntimeError as error:
        raise NoSandbox(
            "The sandbox needs the library libseccomp. Mend it: sudo apt-get install libseccomp2"
        ) from error
    return pyseccomp
