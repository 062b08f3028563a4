"""Answers requests inside a sandbox, one line for each, in the process that runs the foreign code.

The foreign code can reach everything here and answer what it likes. That is no loss: the driver knows no expected value,
and whoever asks outside takes one answer for one request, marked with a number that did not exist before the request.
"""

from __future__ import annotations

import atexit
import gc
import random
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, TextIO, cast

from sge_envs.code.sandbox.inside import faults, wire
from sge_envs.code.sandbox.inside.cells import Cells

CHANNEL = 3
"""The descriptor of the channel to whoever asks."""

FILE = "solution.py"
_RECURSION_LIMIT = 1000


def serve() -> None:
    """Say that all is ready, then answer until the channel closes."""
    channel = socket.socket(fileno=CHANNEL)
    random.seed(0)
    sys.setrecursionlimit(_depth() + _RECURSION_LIMIT)
    Driver(channel).run()


class Driver:
    """One channel and the program that was loaded over it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lines = channel.makefile("rb")
        self._module = ModuleType("solution")
        self._cells = Cells(self.ask_host)
        self._nonce = ""
        self._actions: dict[str, Callable[..., Any]] = {
            "load": self._load,
            "program": self._program,
            "call": self._call,
            "methods": self._methods,
            "cell": self._cells.run,
        }

    def run(self) -> None:
        self._send(["ready"])
        for line in self._lines:
            self._nonce, action, *words = wire.read_line(line)
            self._answer(action, words)

    def _answer(self, action: str, words: list[Any]) -> None:
        try:
            message = ["value", wire.encode(self._actions[action](*words))]
        except wire.Foreign as error:
            message = ["foreign", str(error)]
        except MemoryError as error:
            traceback.clear_frames(error.__traceback__)  # what filled the memory hangs there
            gc.collect()
            message = ["memory", ["MemoryError", "", "MemoryError\n", None]]
        except BaseException as error:  # whatever foreign code raises is its answer, SystemExit included
            message = ["exception", faults.describe(error, (FILE,))]
        flush()
        self._send([self._nonce, *message])

    def _load(self, source: str) -> None:
        faults.remember_source(FILE, source)
        self._module.__file__ = FILE
        sys.modules[self._module.__name__] = self._module
        exec(compile(source, FILE, "exec", dont_inherit=True), self._module.__dict__)

    def _program(self, source: str) -> None:
        """The program as Python runs it: to its last thread and its last exit handler."""
        self._module = ModuleType("__main__")
        try:
            self._load(source)
        except SystemExit as error:
            if error.code not in (None, 0):
                raise
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()

    def _call(self, entry: str, args: list[Any], kwargs: list[Any], give_back: bool) -> Any:
        values = [wire.decode(one) for one in args]
        function = eval(entry, self._module.__dict__)
        result = function(*values, **{name: wire.decode(one) for name, one in kwargs})
        return values if give_back else result

    def _methods(self, entry: str, args: list[Any], calls: list[Any]) -> list[Any]:
        thing = eval(entry, self._module.__dict__)(*map(wire.decode, args))
        return [getattr(thing, name)(*map(wire.decode, words)) for name, words in calls]

    def ask_host(self, request: dict[str, Any]) -> Any:
        """Send a request of a running cell out, and wait for its reply."""
        self._send([self._nonce, "host", wire.encode(request)])
        kind, data = wire.read_line(next(self._lines))
        if kind == "failed":
            raise RuntimeError(data)
        return wire.decode(data)

    def _send(self, message: list[Any]) -> None:
        self._channel.sendall(wire.write_line(message))


def flush() -> None:
    """Send out what was printed. A stream that foreign code closed or replaced has nothing more to say."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__):
        try:
            cast(TextIO, stream).flush()
        except Exception:
            continue


def _depth() -> int:
    """How many frames the driver itself takes, so that foreign code has the same room below it in every tier."""
    depth, frame = 0, sys._getframe(1)
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth
