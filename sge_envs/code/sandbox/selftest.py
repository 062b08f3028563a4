"""Tries real ways out of a tier before it is used, each against something outside that would notice."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from sge_envs.code.sandbox.api import Answer, Call, Escape, Limits
from sge_envs.code.sandbox.inside import system
from sge_envs.code.sandbox.sandbox import Candidate, Sandbox

LIMITS = Limits(wall_seconds=10.0, memory_bytes=256 << 20, file_bytes=1 << 20, processes=8, open_files=32)

_ENDLESS_SECONDS = 0.05

ATTEMPTS = {
    "read a file outside": "return open(folder + '/canary').read()",
    "list a directory outside": "return os.listdir(folder)",
    "write a file outside": "open(folder + '/written', 'w').close()",
    "change a file outside": "os.truncate(folder + '/canary', 0)",
    "change its permissions": "os.chmod(folder + '/canary', 0o700)",
    "link to it": "os.link(folder + '/canary', 'canary'); return open('canary').read()",
    "change the system": "open(os.__file__, 'a').close()",
    "read installed packages": "return [open(path).read() for path in packages][0]",
    "read the environment of the owner": "return open(f'/proc/{owner}/environ', 'rb').read()",
    "read the environment of the first process": "return open('/proc/1/environ', 'rb').read()",
    "inherit an environment": "return next(iter(os.environ))",
    "inherit a descriptor": "return [number for number in range(4, 32) if is_open(number)][0]",
    "reach a port of this machine": "socket.create_connection(('127.0.0.1', port), 1)",
    "reach a socket without a file": "socket.socket(socket.AF_UNIX).connect(chr(0) + name)",
    "signal the owner": "assert os.getpid() != owner; os.kill(owner, 0)",
    "trace the owner": "return check(libc.ptrace(0x4206, owner, 0, 0))",
    "start a process": "return os.fork() or os._exit(0)",
    "execute a program": "libc.execve(None, None, None); assert ctypes.get_errno() != errno.EPERM; return 'the kernel looked'",
    "become root": "os.setuid(0)",
    "make namespaces": "return check(libc.unshare(0x10020000))",
    "mount a file system": "return check(libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None))",
    "take more memory": "return len(bytearray(300 << 20))",
    "write more to disk": "return open('big', 'wb').write(bytes(2 << 20))",
    "open more files": "return len([os.dup(0) for _ in range(40)])",
    "start more threads": "return fill_with_threads(20)",
    "raise its limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))",
}
"""What is tried, and the body of a function that raises if it is kept in; what it returns it got hold of."""

_HEAD = """
import ctypes, errno, os, resource, socket, threading
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
def fill_with_threads(count):
    stop = threading.Event()
    try:
        for _ in range(count):
            threading.Thread(target=stop.wait, daemon=True).start()
    finally:
        stop.set()
    return count
"""


def try_escapes(sandbox: Sandbox) -> tuple[Escape, ...]:
    """Every attempt and how it went."""
    with _outside() as (head, look):
        program = head + _HEAD + "".join(f"def {_function(name)}():\n    {body}\n" for name, body in ATTEMPTS.items())
        found = [_judge(name, answer) for name, answer in _ask_all(sandbox, program)]
        seen = look()
        found.append(Escape("leave a trace outside", not seen, seen or "nothing was changed or reached"))
    endless = sandbox.run("while True: pass", requests=(), limits=replace(LIMITS, wall_seconds=_ENDLESS_SECONDS)).load
    return (*found, Escape("run without end", endless.status == "timeout", endless.detail))


def _ask_all(sandbox: Sandbox, program: str) -> Iterator[tuple[str, Answer]]:
    """The answer to each attempt, in one sandbox as long as it lives."""
    with ExitStack() as stack:
        candidate: Candidate | None = None
        for name in ATTEMPTS:
            if candidate is None or not candidate.alive:
                candidate = stack.enter_context(sandbox.start(program, limits=LIMITS))
            yield name, candidate.ask(Call(_function(name)))


def _judge(name: str, answer: Answer) -> Escape:
    if answer.status in ("exception", "memory"):
        return Escape(name, True, answer.detail)
    return Escape(name, False, f"{answer.status}: {answer.value!r} {answer.detail}"[:200])


def _function(name: str) -> str:
    return name.replace(" ", "_")


@contextmanager
def _outside() -> Iterator[tuple[str, Callable[[], str]]]:
    """Things to get hold of, as the first lines of a program, and a function that says whether somebody did."""
    secret, name = secrets.token_hex(16), secrets.token_hex(16)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o777)
        canary = folder / "canary"
        canary.write_text(secret, encoding="ascii")
        canary.chmod(0o666)
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        hidden = stack.enter_context(socket.socket(socket.AF_UNIX))
        hidden.bind(f"\0{name}")
        hidden.listen()
        facts = {
            "folder": str(folder),
            "packages": [str(next(Path(path).rglob("*.py"), path)) for path in system.hidden()][:1],
            "owner": os.getpid(),
            "port": port.getsockname()[1],
            "name": name,
        }

        def look() -> str:
            seen = []
            if canary.read_text(encoding="ascii") != secret or canary.stat().st_mode & 0o777 != 0o666:
                seen.append("the file outside was changed")
            if len(list(folder.iterdir())) > 1:
                seen.append("a file was written outside")
            seen += [f"{one.getsockname()!r} was reached" for one in (port, hidden) if _was_reached(one)]
            return ", ".join(seen)

        yield "".join(f"{key} = {value!r}\n" for key, value in facts.items()), look


def _was_reached(server: socket.socket) -> bool:
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True
