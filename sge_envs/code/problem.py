"""What a programming problem is: the text a player sees, the hidden cases, and how problems of our own are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sge_envs.code.compare import EXACT, Comparison

Kind = Literal["function", "class", "stdin"]
"""What the player writes: a function, a class, or a program that reads standard input."""

Difficulty = Literal["easy", "medium", "hard"]
KINDS: tuple[Kind, ...] = ("function", "class", "stdin")
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")
TIME_LIMIT = 2.0
"""Seconds, the paper's limit."""

Arguments = tuple[Any, ...]
"""What goes into one case, by kind.

* function: the positional arguments.
* class: one ``(method, arguments)`` pair for each call, the first of which is ``("__init__", arguments)``.
* stdin: one text, the whole standard input.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One test. ``expected``: the result; of a class, the results of all calls but the constructor, as a list; of a
    program, its standard output."""

    arguments: Arguments
    expected: Any


@dataclass(frozen=True, slots=True)
class Asserts:
    """Tests written as code, as in HumanEval: trusted source that runs outside the sandbox, never inside.

    ``source`` defines the function ``check(candidate)``, each assert statement of which is one test. ``context`` is
    trusted source that runs before it and may define what the tests use. ``wrap`` names a function of the context
    that makes the candidate out of what sends calls into the sandbox ("": that itself).
    """

    source: str
    context: str = ""
    wrap: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that can be played. Equal ids mean equal problems.

    ``statement`` is the whole text shown, with examples and starter code; ``reference`` the source of a solution ("":
    none is known). Hidden tests are ``cases``, or ``asserts``. ``setup`` is source that runs before the player's
    (imports, helpers that the statement gives). ``time_limit`` bounds one test, ``time_budget`` all tests of a
    submission, in seconds.
    """

    id: str
    title: str
    statement: str
    kind: Kind
    entry: str
    difficulty: Difficulty | Literal[""]
    topics: tuple[str, ...]
    reference: str
    examples: tuple[Case, ...] = ()
    cases: tuple[Case, ...] = ()
    asserts: Asserts | None = None
    setup: str = ""
    comparison: Comparison = EXACT
    time_limit: float = TIME_LIMIT
    time_budget: float = TIME_LIMIT

    def __post_init__(self) -> None:
        if not self.cases and self.asserts is None:
            raise ValueError(f"the problem {self.id!r} has no tests, so that any program would pass")


@dataclass(frozen=True, slots=True, eq=False)
class OwnProblem:
    """A problem as we write it; ``build.build_problem`` makes its hidden cases and its whole text.

    Two of them are equal only if they are the same object: most of a problem is functions.

    Args:
        id: lower-case words joined by ``-``, never changed once released.
        statement: the task in prose, with input limits. Signature and examples are put after it by the builder.
        entry: name of the function or class; "" for stdin.
        signature: for a function its ``def`` line, for a class the ``class`` line and the ``def`` lines of its methods,
            without bodies (the builder writes ``...``); "" for stdin.
        reference: source of a solution, alone in its module (with its own imports); for stdin a whole program.
        brute: the same result worked out in another, obviously right way: called as ``brute(*arguments)``, so a class
            gets its calls as pairs ``(method, arguments)`` and returns the list of results after the constructor's, a
            program gets the input text and returns the output text. It may return any right answer where many are.
        generate: random arguments of about ``size``: a pure function of the generator. Only exact builtin values: None,
            bool, int, float, str, list, tuple, dict, set.
        examples: arguments of the cases that the statement shows.
        edge_cases: arguments of hidden cases that are always there (empty, one element, extremes).
        sizes: one hidden case is generated for each.
        brute_size: the largest size at which ``brute`` is quick.
        comparison: ``Exact()``, ``Tolerance(...)``, ``Unordered(...)`` or ``Checker(check)``.
        time_limit: seconds for all hidden cases together.
    """

    id: str
    title: str
    statement: str
    entry: str
    signature: str
    difficulty: Difficulty
    topics: tuple[str, ...]
    reference: str
    brute: Callable[..., Any]
    generate: Callable[[np.random.Generator, int], Arguments]
    examples: tuple[Arguments, ...]
    edge_cases: tuple[Arguments, ...] = ()
    kind: Kind = "function"
    sizes: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)
    brute_size: int = 8
    comparison: Comparison = EXACT
    time_limit: float = TIME_LIMIT


@dataclass(frozen=True, slots=True)
class Family:
    """Endless problems of one form: ``make(rng)`` draws the parameters and returns a problem with them in its text.

    ``make`` is a pure function of the generator; id, difficulty and topics of what it returns are replaced by the
    family's. ``index`` tells instances apart: task ids are ``family-name/split/index``.
    """

    name: str
    title: str
    difficulty: Difficulty
    topics: tuple[str, ...]
    make: Callable[[np.random.Generator], OwnProblem]
