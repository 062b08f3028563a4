"""Cells of a live session: state that persists, the value of a last expression, and calls out to the host."""

from __future__ import annotations

import ast
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from sge_envs.code.sandbox.inside import faults

AskHost = Callable[[dict[str, Any]], Any]


class Cells:
    """The namespace of a session and the cells that ran in it, numbered from 1."""

    def __init__(self, ask_host: AskHost) -> None:
        self._module = ModuleType("__main__")
        self._module.__dict__["apis"] = Path(ask_host, threading.Lock(), ())
        self._names: tuple[str, ...] = ()

    def run(self, code: str, seconds: float) -> list[str | None]:
        """Run one cell; the ``repr`` of its value and the error, each None if there is none.

        After ``seconds`` ``TimeoutError`` is raised in it, so that the session outlives an endless loop.
        """
        sys.modules["__main__"] = self._module
        self._names += (f"cell {len(self._names) + 1}",)
        faults.remember_source(self._names[-1], code)
        signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            value = self._run(code)
            return [None if value is None else faults.shorten(repr(value)), None]
        except MemoryError:
            raise
        except BaseException as error:  # the session outlives whatever a cell raises, SystemExit included
            return [None, faults.describe(error, self._names)[2]]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _run(self, code: str) -> Any:
        name, namespace = self._names[-1], self._module.__dict__
        tree = ast.parse(code, name)
        match tree.body:
            case [*first, ast.Expr(value=last)]:
                tree.body = first
                exec(compile(tree, name, "exec", dont_inherit=True), namespace)
                return eval(compile(ast.Expression(last), name, "eval", dont_inherit=True), namespace)
        exec(compile(tree, name, "exec", dont_inherit=True), namespace)
        return None


class Path:
    """``apis.a.b(...)``: names after the dots are gathered, the call goes to the host."""

    def __init__(self, ask_host: AskHost, lock: threading.Lock, names: tuple[str, ...]) -> None:
        self._ask_host = ask_host
        self._lock = lock
        self._names = names

    def __getattr__(self, name: str) -> Path:
        if name.startswith("_"):  # Python's own protocols ask for such names
            raise AttributeError(name)
        return Path(self._ask_host, self._lock, (*self._names, name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = {"path": list(self._names), "args": list(args), "kwargs": kwargs}
        with self._lock:
            left, _ = signal.setitimer(signal.ITIMER_REAL, 0)  # the host's time is not the cell's
            try:
                return self._ask_host(request)
            finally:
                signal.setitimer(signal.ITIMER_REAL, left)

    def __repr__(self) -> str:
        return ".".join(("apis", *self._names))


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("the cell took too long")
