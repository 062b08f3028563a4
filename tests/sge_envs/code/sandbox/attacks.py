"""Ways to break out of a sandbox, one table.

Each is the body of a function: it raises if it is refused, and returns what it got hold of if it is not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from sge_envs.code.sandbox import Answer, Limits, Value

LIMITS = Limits(wall_seconds=20.0, memory_bytes=256 << 20, file_bytes=4 << 20, files=64, open_files=32, processes=8)


REFUSALS = ("OSError", "PermissionError", "FileNotFoundError", "ProcessLookupError", "BlockingIOError", "MemoryError")
"""Exceptions with which the kernel refuses. Any other would be a mistake of the attack itself."""


@dataclass(frozen=True)
class Attack:
    """One attempt. ``body`` may use the facts of ``outside.py``, and the modules and functions of ``HEAD``."""

    name: str
    group: str
    body: str
    bare: bool = False
    """Whether it gets through, and does no harm, where nothing contains it. This proves that it tries what it says."""
    harmless: Callable[[Value], bool] | None = None
    """What a contained one may return: it got something, but no more than its share."""
    seconds: float = LIMITS.wall_seconds
    ends: tuple[str, ...] = ()
    """Status other than a refusal with which it may end."""
    refusals: tuple[str, ...] = REFUSALS

    def program(self, facts: str) -> str:
        """The whole program, with the function ``attack``. ``facts`` are its first lines."""
        return f"{facts}{HEAD}def attack():\n" + textwrap.indent(textwrap.dedent(self.body), "    ")


HEAD = """
import ctypes, errno, fcntl, gc, mmap, os, re, resource, select, signal, socket, struct, subprocess, sys, termios, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def parent():
    if os.getppid() == 0:
        raise ProcessLookupError("the parent is in another namespace")
    return os.getppid()
def until_refused(make, most):
    made = []
    try:
        while len(made) < most:
            made.append(make(len(made)))
    except (OSError, RuntimeError):
        pass
    return len(made)
"""

PROCESSES = (
    Attack("fork", "processes", "return os.fork() or os._exit(0)", bare=True),
    Attack("fork bomb", "processes", "while True: os.fork()"),
    Attack("run a program", "processes", "return subprocess.run(['/bin/true']).returncode", bare=True),
    Attack(
        "spawn a program", "processes", "return os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)[1]", bare=True
    ),
    Attack(
        "become a program",
        "processes",
        """
            libc.execve(None, None, None)
            n = ctypes.get_errno()
            return n == errno.EPERM and check(-1) or n
        """,
        bare=True,
    ),
    Attack(
        "clone without the library",
        "processes",
        "return check(libc.syscall(56, 17, 0, 0, 0, 0)) or os._exit(0)",
        bare=True,
    ),
    Attack(
        "a pool of workers",
        "processes",
        """
            import multiprocessing as m
            p = m.get_context('fork').Process(target=int)
            p.start()
            p.join()
            return 1
        """,
        bare=True,
    ),
    Attack(
        "thread bomb",
        "processes",
        """
            stop = threading.Event()
            n = until_refused(lambda i: threading.Thread(target=stop.wait, daemon=True).start(), 99)
            stop.set()
            return n
        """,
        bare=True,
        harmless=lambda count: count <= 40,
    ),
    Attack(
        "daemon",
        "daemons",
        """
            if os.fork() == 0:
                os.setsid()
                open(folder + '/daemon', 'w').close()
                os._exit(0)
            return os.wait()[1]
        """,
        bare=True,
    ),
    Attack("leave the session", "daemons", "return os.setsid()"),
    Attack(
        "outlive the answer",
        "daemons",
        "threading.Thread(target=time.sleep, args=(99,)).start(); return 0",
        harmless=lambda value: value == 0,
    ),
)

RESOURCES = (
    Attack("one large object", "memory", "return len(bytearray(1 << 30))"),
    Attack(
        "many objects",
        "memory",
        """
            held = []
            while True: held.append(bytes(1 << 20))
        """,
    ),
    Attack("a large mapping", "memory", "return len(mmap.mmap(-1, 1 << 33))"),
    Attack(
        "shared memory of System V",
        "memory",
        "n = check(libc.shmget(0, 1 << 20, 0o1600)); check(libc.shmctl(n, 0, None)); return n",
        bare=True,
    ),
    Attack("a file in memory", "memory", "return os.memfd_create('x')", bare=True),
    Attack("crash", "memory", "ctypes.string_at(0)", ends=("killed",)),
    Attack(
        "endless recursion in C",
        "memory",
        """
            sys.setrecursionlimit(10**9)
            def f(x): return max([x], key=f)
            return f(0)
        """,
        ends=("killed",),
    ),
    Attack("one large file", "disk", "return open('big', 'wb').write(bytes(8 << 20))"),
    Attack(
        "reserve a large file", "disk", "return os.posix_fallocate(os.open('big', os.O_CREAT | os.O_RDWR), 0, 1 << 30)"
    ),
    Attack(
        "many large files",
        "disk",
        """
            for i in range(999):
                open(str(i), 'wb').write(bytes(1 << 20))
                time.sleep(0.01)
            return i
        """,
        ends=("killed",),
    ),
    Attack(
        "large files without a name",
        "disk",
        """
            held = []
            for i in range(20):
                held.append(open('x', 'wb'))
                os.unlink('x')
                held[-1].write(bytes(1 << 20))
            time.sleep(1e6)
        """,
        ends=("killed",),
    ),
    Attack(
        "many empty files",
        "disk",
        """
            for i in range(9999):
                open(str(i), 'w').close()
                i % 50 or time.sleep(0.01)
            return i
        """,
        ends=("killed",),
    ),
    Attack(
        "many descriptors",
        "descriptors",
        "return until_refused(lambda i: os.dup(0), 9999)",
        harmless=lambda count: count < 32,
    ),
    Attack(
        "inherited descriptors",
        "descriptors",
        "return [n for n in range(4, 32) if until_refused(lambda i: os.fstat(n), 1)]",
        harmless=lambda found: found == [],
    ),
    Attack(
        "pass a descriptor on",
        "descriptors",
        "a, b = socket.socketpair(); return socket.send_fds(a, [b'x'], [0])",
        bare=True,
    ),
    Attack("print without end", "descriptors", "while True: os.write(1, bytes(1 << 16))", ends=("output",)),
    Attack(
        "answer without end", "descriptors", "while True: os.write(3, bytes(1 << 16))", ends=("output", "malformed")
    ),
    Attack("run without end", "time", "while True: pass", seconds=0.3, ends=("timeout",)),
    Attack("sleep without end", "time", "time.sleep(1e6)", seconds=0.3, ends=("timeout",)),
    Attack(
        "stop without end",
        "time",
        "os.kill(os.getpid(), signal.SIGSTOP); time.sleep(1e6)",
        seconds=0.3,
        ends=("timeout",),
    ),
    Attack(
        "ignore all signals",
        "time",
        """
            for n in set(range(1, 32)) - {9, 19}: signal.signal(n, signal.SIG_IGN)
            while True: pass
        """,
        seconds=0.3,
        ends=("timeout",),
    ),
    Attack("a search that never ends", "time", "return re.match('(a*)*b', 'a' * 60)", seconds=0.3, ends=("timeout",)),
    Attack(
        "raise its own limits",
        "time",
        "resource.setrlimit(resource.RLIMIT_CPU, (9999, 9999))",
        refusals=("ValueError",),
    ),
    Attack("lower its priority debts", "time", "return os.nice(-5)"),
    Attack("choose its processor", "time", "os.sched_setaffinity(0, {0}); return 0", bare=True),
)

OUTSIDE = (
    Attack("read a file", "files", "return open(folder + '/canary').read()", bare=True),
    Attack(
        "read a file by a long way round", "files", "return open('../' * 40 + folder + '/canary').read()", bare=True
    ),
    Attack("write a file", "files", "open(folder + '/written', 'w').close()", bare=True),
    Attack("empty a file", "files", "os.truncate(folder + '/canary', 0)", bare=True),
    Attack("rename a file", "files", "os.rename(folder + '/canary', folder + '/renamed')", bare=True),
    Attack("delete a file", "files", "os.unlink(folder + '/canary')", bare=True),
    Attack("change the times of a file", "files", "os.utime(folder + '/canary', None)", bare=True),
    Attack("list a directory", "files", "return os.listdir(folder)", bare=True),
    Attack("read the users", "files", "return open('/etc/passwd').read()", bare=True),
    Attack("read the tests", "files", "return open(library).read()", bare=True),
    Attack("read installed packages", "files", "return open(package).read()", bare=True),
    Attack("change the standard library", "files", "open(os.__file__, 'r+').close()"),
    Attack(
        "use the shared memory directory",
        "files",
        "open('/dev/shm/sge-attack', 'w').close(); os.unlink('/dev/shm/sge-attack'); return 1",
        bare=True,
    ),
    Attack("make a device", "files", "os.mknod('disk', 0o60600, os.makedev(8, 0))"),
    Attack("a hard link", "links", "os.link(folder + '/canary', 'canary'); return open('canary').read()", bare=True),
    Attack(
        "a symbolic link", "links", "os.symlink(folder + '/canary', 'canary'); return open('canary').read()", bare=True
    ),
    Attack(
        "a link for whoever cleans up",
        "links",
        "os.symlink(folder, 'innocent'); return 1",
        bare=True,
        harmless=lambda value: value == 1,
    ),
    Attack(
        "a directory that cannot be removed",
        "links",
        """
            os.mkdir('a')
            os.chdir('a')
            for _ in range(40):
                os.mkdir('a' * 250)
                os.chdir('a' * 250)
            return 1
        """,
        harmless=lambda value: value == 1,
    ),
    Attack("its own environment", "environment", "return dict(os.environ)", harmless=lambda value: value == {}),
    Attack(
        "the environment in memory",
        "environment",
        "return ctypes.CDLL(None).getenv(b'PATH')",
        harmless=lambda value: value == 0,
    ),
    Attack(
        "the environment it was started with",
        "environment",
        "return open('/proc/self/environ', 'rb').read().decode()",
        bare=True,
    ),
    Attack(
        "the environment of the parent",
        "environment",
        "return open(f'/proc/{parent()}/environ', 'rb').read().decode()",
        bare=True,
    ),
    Attack("the environment of the first process", "environment", "return open('/proc/1/environ', 'rb').read()"),
)

KERNEL = (
    Attack(
        "a port of this machine",
        "network",
        "return socket.create_connection(('127.0.0.1', port), 5).close()",
        bare=True,
    ),
    Attack(
        "a datagram",
        "network",
        "return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', datagram_port))",
        bare=True,
    ),
    Attack("a socket without a file", "network", "socket.socket(socket.AF_UNIX).connect(chr(0) + name)", bare=True),
    Attack("a socket with a file", "network", "socket.socket(socket.AF_UNIX).connect(folder + '/socket')", bare=True),
    Attack("open a port", "network", "return socket.create_server(('127.0.0.1', 0)).getsockname()[1]", bare=True),
    Attack(
        "ask the kernel for the network",
        "network",
        "return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).fileno()",
        bare=True,
    ),
    Attack(
        "a pair of datagram sockets",
        "network",
        "return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', chr(0) + name)",
    ),
    Attack("signal the owner", "signals", "return owner == os.getpid() and check(-1) or os.kill(owner, 0)"),
    Attack("signal the parent", "signals", "os.kill(parent(), 0)", bare=True),
    Attack("signal everybody", "signals", "os.kill(-1, 0)", bare=True),
    Attack("signal by a handle", "signals", "signal.pidfd_send_signal(os.pidfd_open(parent()), 0)", bare=True),
    Attack("signal through a pipe", "signals", "return fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, parent())", bare=True),
    Attack("trace the parent", "ptrace", "return check(libc.ptrace(0x4206, parent(), None, None))"),
    Attack(
        "read the memory of the parent",
        "ptrace",
        "return check(libc.syscall(310, parent(), None, 0, None, 0, ctypes.c_long(0)))",
        bare=True,
    ),
    Attack("be traced", "ptrace", "return check(libc.ptrace(0, 0, None, None))", bare=True),
    Attack("open the memory of the parent", "/proc", "return os.open(f'/proc/{parent()}/mem', os.O_RDONLY)", bare=True),
    Attack("open the root of the parent", "/proc", "return os.listdir(f'/proc/{parent()}/root')", bare=True),
    Attack("change the kernel's settings", "/proc", "open('/proc/sys/kernel/core_pattern', 'w').close()"),
    Attack("list processes", "/proc", "return [name for name in os.listdir('/proc') if name.isdigit()]", bare=True),
    Attack("open the terminal", "terminals", "return os.open('/dev/tty', os.O_RDWR)"),
    Attack("make a terminal", "terminals", "return os.openpty()[0]", bare=True),
    Attack("type into a terminal", "terminals", "return fcntl.ioctl(0, termios.TIOCSTI, b'x')"),
    Attack("user namespace", "namespaces", "return check(libc.unshare(0x10000000))", bare=True),
    Attack(
        "mount",
        "namespaces",
        "libc.unshare(0x10020000); return check(libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))",
        bare=True,
    ),
    Attack(
        "namespace of the parent", "namespaces", "return check(libc.setns(os.open(f'/proc/{parent()}/ns/net', 0), 0))"
    ),
    Attack("another root", "namespaces", "os.chroot('/')"),
    Attack("root", "namespaces", "os.setuid(0)"),
    Attack("keys of the user", "kernel", "return check(libc.syscall(248, b'user', b'sge', b'x', 1, -1))", bare=True),
    Attack("load a program into the kernel", "kernel", "return check(libc.syscall(321, 0, None, 0))"),
    Attack("count events", "kernel", "return check(libc.syscall(298, ctypes.create_string_buffer(128), 0, -1, -1, 0))"),
    Attack("a ring of requests", "kernel", "return check(libc.syscall(425, 4, ctypes.create_string_buffer(120)))"),
    Attack(
        "watch files",
        "kernel",
        "return check(libc.inotify_add_watch(check(libc.inotify_init()), folder.encode(), 0x100))",
        bare=True,
    ),
    Attack("calls of another architecture", "kernel", "return check(libc.syscall(0x40000000 + 57))", ends=("killed",)),
)

ATTACKS = PROCESSES + RESOURCES + OUTSIDE + KERNEL


def was_contained(attack: Attack, answer: Answer) -> bool:
    """Whether the attack was refused, ended, or got no more than its share."""
    if answer.status == "value":
        return attack.harmless is not None and bool(attack.harmless(answer.value))
    if answer.status in ("exception", "memory"):
        return (answer.fault is not None and answer.fault.type in attack.refusals) or answer.status in attack.ends
    return answer.status in attack.ends
