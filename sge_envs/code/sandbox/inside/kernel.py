"""The system calls that Python has no function for. Each raises ``OSError`` if the kernel refuses."""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 0x20, 0x1000, 0x4000, 0x40000, 0x80000
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

_AT_RECURSIVE = 0x8000
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_M_ARENA_MAX = -8
_SYS_MOUNT_SETATTR = 442  # the numbers of newer calls are the same on every architecture
_SYS_LANDLOCK_CREATE_RULESET, _SYS_LANDLOCK_ADD_RULE, _SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def unshare(flags: int) -> None:
    """Leave the namespaces of ``flags`` for new ones."""
    _check(_libc.unshare(flags), "unshare")


def enter_namespace(descriptor: int, kind: int) -> None:
    """Go into a namespace (for pids: the children to come)."""
    _check(_libc.setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """``mount(2)``."""
    kind_bytes = kind.encode() if kind else None
    words = (os.fsencode(source), os.fsencode(target), kind_bytes, ctypes.c_ulong(flags), options.encode() or None)
    _check(_libc.mount(*words), f"mount of {target}")


def unmount(target: str) -> None:
    """Take a mount away, at once from sight and for good when nobody uses it."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount of {target}")


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root, and put what was the root at ``old``."""
    _check(_libc.pivot_root(os.fsencode(new), os.fsencode(old)), "pivot_root")


def make_read_only(target: str) -> None:
    """Make a mount and all mounts below it read-only, without devices and set-uid programs."""
    attributes = _MountAttributes(attr_set=MS_RDONLY | MS_NOSUID | MS_NODEV)
    words = (-100, os.fsencode(target), _AT_RECURSIVE, ctypes.byref(attributes), ctypes.sizeof(attributes))
    _check(_libc.syscall(_SYS_MOUNT_SETATTR, *words), f"mount_setattr of {target}")


def set_process(option: int, value: int) -> None:
    """``prctl(2)`` with one argument."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up every capability, for good where no program can be executed."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(ctypes.byref(header), ctypes.create_string_buffer(24)), "capset")


def filter_system_calls(program: bytes) -> None:
    """Install a seccomp filter, a compiled BPF program. It needs ``PR_SET_NO_NEW_PRIVS``."""
    filters = _FilterProgram(len(program) // 8, program)
    _check(_libc.prctl(PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filters), 0, 0), "seccomp")


def use_one_heap() -> None:
    """Let threads share one malloc arena: each arena would reserve 64 MiB of address space."""
    _libc.mallopt(_M_ARENA_MAX, 1)


def landlock_version() -> int:
    """The version of Landlock's interface, 0 if the kernel has none."""
    number = _libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    return max(int(number), 0)


def make_ruleset(*, files: int, network: int, scopes: int) -> int:
    """A descriptor of a new Landlock ruleset that handles these rights."""
    ruleset = _Ruleset(files, network, scopes)
    version = landlock_version()
    size = 8 if version < 4 else 16 if version < 6 else 24
    made = _libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    return _check(int(made), "landlock_create_ruleset")


def allow_beneath(ruleset: int, path: str, rights: int) -> None:
    """Allow ``rights`` on ``path`` and all below it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, descriptor)
        words = (ruleset, _LANDLOCK_RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        _check(_libc.syscall(_SYS_LANDLOCK_ADD_RULE, *words), f"landlock_add_rule for {path}")
    finally:
        os.close(descriptor)


def restrict_self(ruleset: int) -> None:
    """Enter a Landlock ruleset, for this process and all it starts. It needs ``PR_SET_NO_NEW_PRIVS``."""
    _check(_libc.syscall(_SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


def is_supported() -> bool:
    """Whether the numbers and structures above are this machine's: Linux with 64 bits."""
    return platform.system() == "Linux" and ctypes.sizeof(ctypes.c_void_p) == 8


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
