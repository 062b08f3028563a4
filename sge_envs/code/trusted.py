"""Running source that we trust (reference solutions, test code of data sets) in this process, with streams of its own."""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import random
import sys
from collections.abc import Mapping
from types import CodeType, ModuleType
from typing import Any

Namespace = dict[str, Any]


def run_trusted(*sources: str | CodeType, modules: Mapping[str, ModuleType] | None = None) -> Namespace:
    """Run the sources one after another in one fresh namespace, which is returned; what they print goes nowhere.

    ``modules`` are what their imports find under these names, in place of the true ones.
    """
    namespace: Namespace = {"__name__": "trusted", "__builtins__": _builtins_with(modules or {})}
    namespace["__builtins__"]["print"] = _print_nothing
    for source in sources:
        exec(_compile(source) if isinstance(source, str) else source, namespace)
    return namespace


def run_program(source: str, text: str) -> str:
    """The standard output of the program ``source`` when it reads ``text``.

    The process's own streams stay as they are: the program's ``sys``, ``print`` and ``input`` are its own.
    """
    stdin, stdout = io.StringIO(text), io.StringIO()
    fake = ModuleType("sys")
    fake.__dict__.update({**vars(sys), "stdin": stdin, "stdout": stdout})
    namespace: Namespace = {"__name__": "__main__", "__builtins__": _builtins_with({"sys": fake})}
    namespace["__builtins__"]["print"] = functools.partial(print, file=stdout)
    namespace["__builtins__"]["input"] = functools.partial(_read_line, stdin)
    with contextlib.suppress(SystemExit):  # a program may end itself
        exec(_compile(source), namespace)
    return stdout.getvalue()


def seeded_random() -> ModuleType:
    """A module like ``random`` whose stream begins at the same place each time, and is nobody else's."""
    module = ModuleType("random")
    generator = random.Random(0)
    module.__dict__.update(vars(random))
    module.__dict__.update({name: getattr(generator, name) for name in random.__all__ if name.islower()})
    return module


def _builtins_with(modules: Mapping[str, ModuleType]) -> Namespace:
    def find(
        name: str,
        names_globals: Mapping[str, Any] | None = None,
        names_locals: Mapping[str, Any] | None = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and name in modules:
            return modules[name]
        return __import__(name, names_globals, names_locals, fromlist or (), level)

    return {**vars(builtins), "__import__": find}


@functools.lru_cache(maxsize=256)
def _compile(source: str) -> CodeType:
    return compile(source, "<trusted>", "exec")


def _read_line(stdin: io.StringIO, prompt: object = "") -> str:
    line = stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    return line.rstrip("\n")


def _print_nothing(*values: object, sep: str = " ", end: str = "\n", file: object = None, flush: bool = False) -> None:
    pass
