"""Tests written as assert statements, run outside the sandbox against a program inside it.

The function under test is replaced by a proxy that sends one call at a time into the sandbox. What comes back is built
of exact builtin values, so no ``==`` of the player's ever runs here.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType

from sge_envs.code.compare import is_plain
from sge_envs.code.problem import Asserts
from sge_envs.code.sandbox import Answer, Value
from sge_envs.code.show import show_value
from sge_envs.code.trusted import run_trusted, seeded_random
from sge_envs.errors import DataCorrupt

Ask = Callable[[tuple[Value, ...], tuple[tuple[str, Value], ...]], Answer]
"""Sends positional and keyword arguments into the sandbox."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """How one test went. ``answer`` is the last one that the program gave in it (None: it was not asked).

    ``call`` are the arguments of that call, as text.
    """

    text: str
    passed: bool
    answer: Answer | None
    call: str = ""


class _Stopped(BaseException):
    """The program did not answer with a value: no ``except Exception`` of a test may swallow that."""


@dataclass(frozen=True, slots=True)
class _Split:
    code: CodeType
    texts: tuple[str, ...]


def count_asserts(tests: Asserts) -> int:
    """How many tests there are."""
    return len(_split(tests.source).texts)


def run_asserts(tests: Asserts, ask: Ask) -> list[Asserted]:
    """Run all tests, each from the start of ``check``; when ``ask`` gives up, all further calls have to answer at once.

    Raises:
        DataCorrupt: the tests fail by themselves, or hand over what is no builtin value and cannot enter a sandbox.
    """
    split = _split(tests.source)
    namespace = run_trusted(tests.context, split.code, modules={"random": seeded_random()})
    results = []
    for number, text in enumerate(split.texts):
        proxy = _Proxy(ask)
        candidate = namespace[tests.wrap](proxy) if tests.wrap else proxy
        try:
            namespace[_name(number)](candidate)
            passed = proxy.asked and not proxy.stopped
        except DataCorrupt:
            raise
        except _Stopped:
            passed = False
        except Exception as error:  # an assert that does not hold, or one that stumbles over an absurd answer
            if not proxy.asked:
                raise DataCorrupt(
                    f"A test fails before it asks the program ({type(error).__name__}: {error}): mend it, or leave the "
                    "problem out."
                ) from error
            passed = False
        results.append(Asserted(text, passed, proxy.answer, proxy.call))
    return results


class _Proxy:
    """Stands for the function under test."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.asked = False
        self.stopped = False
        self.answer: Answer | None = None
        self.call = ""

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        for value in (*args, *kwargs.values()):
            if not is_plain(value):
                raise DataCorrupt(
                    f"The tests hand over a {type(value).__name__}, and only builtin values can enter the sandbox: "
                    "leave the problem out."
                )
        self.asked = True
        self.call = ", ".join(
            [*map(show_value, args), *(f"{name}={show_value(value)}" for name, value in kwargs.items())]
        )
        self.answer = self._ask(args, tuple(kwargs.items()))
        if self.answer.status != "value" or not is_plain(self.answer.value):
            self.stopped = True
            raise _Stopped
        return self.answer.value


@functools.lru_cache(maxsize=256)
def _split(source: str) -> _Split:
    """The source with one function for each test in place of ``check``.

    Every statement of ``check`` that holds an assert, or a loop or bare call with the candidate, is a test; the other
    statements before it are run first. Asserts of a constant, as in HumanEval, are no tests.
    """
    tree = ast.parse(source)
    checks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if len(checks) != 1 or len(checks[0].args.args) != 1:
        raise DataCorrupt(
            "Expected tests that define one function check(candidate): read the file with its own format."
        )
    check = checks[0]
    candidate = check.args.args[0].arg
    before: list[ast.stmt] = []
    texts: list[str] = []
    tree.body.remove(check)
    for statement in check.body:
        if not _is_test(statement, candidate):
            before.append(statement)
            continue
        tree.body.append(
            ast.FunctionDef(_name(len(texts)), check.args, [*before, statement], [], lineno=1, col_offset=0)
        )
        texts.append(ast.unparse(statement))
    if not texts:
        raise DataCorrupt("The function check(candidate) asserts nothing: mend the tests, or leave the problem out.")
    return _Split(compile(ast.fix_missing_locations(tree), "<tests>", "exec"), tuple(texts))


def _is_test(statement: ast.stmt, candidate: str) -> bool:
    if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Constant):
        return False
    nodes = list(ast.walk(statement))
    if any(isinstance(node, ast.Assert) for node in nodes):
        return True
    asks = any(isinstance(node, ast.Name) and node.id == candidate for node in nodes)
    return asks and isinstance(statement, (ast.For, ast.While, ast.Expr))


def _name(number: int) -> str:
    return f"check_{number}"
