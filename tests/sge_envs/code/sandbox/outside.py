"""Things outside a sandbox for attacks to get hold of, which notice if one does."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sge_envs.code.sandbox as library
from sge_envs.code.sandbox.inside import system


class Outside:
    """A directory with a file, and sockets of four kinds, all open to everybody."""

    def __init__(self, stack: ExitStack) -> None:
        self._secret, name = secrets.token_hex(16), secrets.token_hex(16)
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o777)
        self._canary = self.folder / "canary"
        self._restore()
        self._servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))),
            stack.enter_context(_unix_server(f"\0{name}")),
            stack.enter_context(_unix_server(str(self.folder / "socket"))),
        ]
        (self.folder / "socket").chmod(0o777)
        self._datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._datagrams.bind(("127.0.0.1", 0))
        for one in (*self._servers, self._datagrams):
            one.setblocking(False)
        self.facts = {
            "folder": str(self.folder),
            "library": library.__file__,
            "package": next(
                (str(path) for one in system.hidden() for path in Path(one).glob("*/*.py")), "/no/packages"
            ),
            "owner": os.getpid(),
            "port": self._servers[0].getsockname()[1],
            "datagram_port": self._datagrams.getsockname()[1],
            "name": name,
        }

    def head(self) -> str:
        """The facts as the first lines of a program."""
        return "".join(f"{key} = {value!r}\n" for key, value in self.facts.items())

    def notice(self) -> list[str]:
        """What has been touched since the last look; everything is then as it was."""
        seen = sorted({path.name for path in self.folder.iterdir()} ^ {"canary", "socket"})
        if not self._canary.exists() or self._canary.read_text() != self._secret or self._canary.stat().st_mtime != 1.0:
            seen.append("canary")
        seen += [f"{one.getsockname()!r}" for one in self._servers if _accepted(one)]
        seen += ["a datagram"] if _received(self._datagrams) else []
        for path in self.folder.iterdir():
            if path.name != "socket":
                path.unlink()
        self._restore()
        return seen

    def _restore(self) -> None:
        self._canary.write_text(self._secret)
        self._canary.chmod(0o666)
        os.utime(self._canary, (1.0, 1.0))


@contextmanager
def outside() -> Iterator[Outside]:
    """An ``Outside`` that is taken down afterwards."""
    with ExitStack() as stack:
        yield Outside(stack)


def _unix_server(address: str) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    return server


def _accepted(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _received(server: socket.socket) -> bool:
    try:
        server.recv(9)
    except BlockingIOError:
        return False
    return True
