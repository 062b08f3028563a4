"""One live sandbox seen from outside: a request goes in, and exactly one answer to it is believed."""

from __future__ import annotations

import fcntl
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, NoReturn

from sge_envs.code.sandbox.api import Limits, SandboxBroken, Status, Value
from sge_envs.code.sandbox.inside import wire
from sge_envs.code.sandbox.keeping import Keeper

Host = Callable[[Value], Value]
"""What answers the calls of a session's cells: gets the path, args and kwargs of the call, returns its value."""

_READY_SECONDS = 30.0
_LAST_WORDS_SECONDS = 1.0
"""How long a process may take to end after it closed its channel."""
_PIECE = 1 << 18


class HostError(Exception):
    """Raised by a host function to make the call fail inside, as ``RuntimeError`` with this text."""


class Ended(Exception):
    """The sandbox is over."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Case:
    """A sandboxed process with a driver that is ready for requests. For one thread at a time."""

    def __init__(self, keeper: Keeper, limits: Limits, *, stdin: str = "", separate_errors: bool = False) -> None:
        self.limits = limits
        self._keeper = keeper  # which ends when nobody holds it
        self.alive = True
        self.code = 0
        """How the process ended, if it did: its exit status, or minus the number of the signal."""
        self._cpu_seconds = 0.0
        self._incoming = bytearray()
        self._outgoing = b""
        self._over = False
        """Whether nothing more will come."""
        channel, inner = socket.socketpair()
        source = _make_file(stdin)
        pipes = [os.pipe() for _ in range(1 + separate_errors)]
        self._channel = channel
        self._outputs = {read: bytearray() for read, _ in pipes}
        try:
            self._handle = keeper.ask(limits, (source, pipes[0][1], pipes[-1][1], inner.fileno()))
        except SandboxBroken:
            self._close_own()
            raise
        finally:
            inner.close()
            for descriptor in (source, *(write for _, write in pipes)):
                os.close(descriptor)
        self._poll = select.poll()
        self._open = set(self._outputs)
        for descriptor in (channel.fileno(), self._handle.report.fileno(), *self._outputs):
            os.set_blocking(descriptor, False)
            self._poll.register(descriptor, select.POLLIN)
        self._wait_until_ready()

    def exchange(self, message: list[Any], seconds: float, host: Host | None = None) -> list[Any]:
        """Send a request and take its answer. Raises ``Ended``, and then the sandbox is gone."""
        try:
            return self._exchange(message, seconds, host)
        except Ended:
            self.close()
            raise
        except wire.Malformed as error:
            self.close()
            raise Ended("malformed", f"The answer cannot be believed: {error}.") from None

    def take_output(self) -> list[str]:
        """What was printed since the last call: one text, or standard output and standard error apart."""
        texts = [bytes(data).decode("utf-8", "replace") for data in self._outputs.values()]
        for data in self._outputs.values():
            data.clear()
        return texts

    def close(self) -> None:
        """End the process and everything in its sandbox, and wait until all of it is gone."""
        if not self.alive:
            return
        self.alive = False
        self._handle.kill()
        try:
            end = self._handle.wait()
            self.code, self._cpu_seconds = int(end["code"]), end["cpu"]
        finally:
            self._drain()
            self._handle.close()
            self._close_own()

    def _exchange(self, message: list[Any], seconds: float, host: Host | None) -> list[Any]:
        self._receive()
        if self._incoming:
            raise wire.Malformed("it came before the request")
        nonce = secrets.token_hex(16)
        self._outgoing = wire.write_line([nonce, *message])
        deadline, calls = time.monotonic() + seconds, 0
        while True:
            self._send()
            answer = wire.read_line(self._next_line(deadline))
            if len(answer) < 2 or answer[0] != nonce:
                raise wire.Malformed("it answers no request that was made")
            if self._incoming:
                raise wire.Malformed("it came twice")
            self._drain()
            if answer[1] != "host" or host is None:
                return answer[1:]
            calls += 1
            if calls > self.limits.host_calls:
                raise Ended("output", f"More than {self.limits.host_calls} calls to the host in one cell.")
            before = time.monotonic()
            self._outgoing = _ask_host(host, answer[2:])
            deadline += time.monotonic() - before

    def _wait_until_ready(self) -> None:
        try:
            said = wire.read_line(self._next_line(time.monotonic() + _READY_SECONDS))
        except Ended as error:
            said = ["broken", str(error)]
        if said != ["ready"]:
            self.close()
            printed = " ".join(self.take_output()).strip()
            raise SandboxBroken(f"The sandbox did not start: {' '.join(map(str, said[1:]))} {printed}".strip())

    def _next_line(self, deadline: float) -> bytes:
        searched = 0
        while (end := self._incoming.find(b"\n", searched)) < 0:
            searched = len(self._incoming)
            if searched > self.limits.output_bytes:
                raise Ended("output", f"The answer is longer than {self.limits.output_bytes} bytes.")
            if self._over:
                self._raise_ended()
            self._wait(deadline)
        line = bytes(self._incoming[:end])
        del self._incoming[: end + 1]
        return line

    def _wait(self, deadline: float) -> None:
        """Until something happens, which is then dealt with."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise Ended("timeout", "No answer within the time limit.")
        if self._outgoing:
            self._poll.modify(self._channel, select.POLLIN | select.POLLOUT)
        for descriptor, event in self._poll.poll(left * 1000 + 1):
            if descriptor in self._outputs:
                self._read(descriptor)
            elif descriptor == self._channel.fileno():
                if event & select.POLLOUT:
                    self._poll.modify(self._channel, select.POLLIN)
                    self._send()
                if event & ~select.POLLOUT:
                    self._receive()
            else:
                self._poll.unregister(descriptor)
                self._receive()
                self._over = True

    def _send(self) -> None:
        if self._outgoing:
            try:
                sent = self._channel.send(self._outgoing)
            except BlockingIOError:
                return
            except OSError:  # the other end is closed; reading will tell
                sent = len(self._outgoing)
            self._outgoing = self._outgoing[sent:]

    def _receive(self) -> None:
        try:
            piece = self._channel.recv(_PIECE)
        except BlockingIOError:
            return
        except ConnectionResetError:
            piece = b""
        self._incoming += piece
        if not piece and not self._over:
            self._wait_for_end()

    def _wait_for_end(self) -> None:
        """The channel is closed: the process is ending, or pretends to."""
        self._over = True
        ready = select.poll()
        ready.register(self._handle.report, select.POLLIN)
        ready.poll(_LAST_WORDS_SECONDS * 1000)

    def _read(self, descriptor: int) -> bool:
        """Read a piece of what was printed; whether there was any."""
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return False
        data = self._outputs[descriptor]
        data += piece
        if not piece and descriptor in self._open:
            self._open.remove(descriptor)
            self._poll.unregister(descriptor)
        if len(data) > self.limits.output_bytes and self.alive:
            raise Ended("output", f"More than {self.limits.output_bytes} bytes were printed.")
        return bool(piece)

    def _drain(self) -> None:
        for descriptor, data in self._outputs.items():
            while len(data) <= self.limits.output_bytes and self._read(descriptor):
                pass

    def _raise_ended(self) -> NoReturn:
        self.close()
        number = (
            128 - self.code if self.code > 128 else self.code
        )  # bubblewrap passes a signal on as 128 and its number
        if number == -signal.SIGKILL and self._cpu_seconds > self.limits.cpu_seconds - 0.5:
            raise Ended("timeout", f"The limit of {self.limits.cpu_seconds} s of CPU time.")
        if number < 0:
            raise Ended("killed", f"Its process was ended by {signal.Signals(-number).name}.")
        raise Ended("killed", f"Its process ended with exit status {number} and no answer.")

    def _close_own(self) -> None:
        self._channel.close()
        for descriptor in self._outputs:
            os.close(descriptor)


def _ask_host(host: Host, words: list[Any]) -> bytes:
    """The line that carries the host's reply into the sandbox."""
    request = wire.decode(words[0] if words else None)
    try:
        return wire.write_line(["reply", wire.encode(host(request))])
    except HostError as error:
        return wire.write_line(["failed", str(error)])


def _make_file(text: str) -> int:
    """A file in memory that nobody can change, at its beginning."""
    descriptor = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(
        descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    )
    return descriptor
