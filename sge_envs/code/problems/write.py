"""Short ways to write a problem down: what its reference or its title already says is not said twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc
from typing import Any

import numpy as np

from sge_envs.code.compare import Comparison, Exact
from sge_envs.code.problem import Arguments, Difficulty, Kind, OwnProblem

Generate = Callable[[np.random.Generator, int], Arguments]
SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
SMALL = (1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8)
"""Where the answer itself takes exponential time or room."""
LARGE = (2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 20_000, 20_000)
"""Where a solution of quadratic time is to fail the time limit."""


def function(
    title: str,
    difficulty: Difficulty,
    topics: str,
    statement: str,
    reference: str,
    *,
    brute: Callable[..., Any],
    generate: Generate,
    examples: tuple[Arguments, ...],
    edges: tuple[Arguments, ...] = (),
    sizes: tuple[int, ...] = SIZES,
    brute_size: int = 8,
    comparison: Comparison = Exact(),  # noqa: B008  # frozen
    kind: Kind = "function",
) -> OwnProblem:
    """A problem whose id is its title, and whose signature is that of the last ``def`` or ``class`` of ``reference``.

    ``topics`` are words; texts may be indented as the code around them.
    """
    source = cleandoc(reference) + "\n"
    return OwnProblem(
        id=re.sub("[^a-z0-9]+", "-", title.lower()).strip("-"),
        title=title,
        statement=_flow(cleandoc(statement)),
        entry="" if kind == "stdin" else re.findall(r"^(?:def|class) (\w+)", source, re.MULTILINE)[-1],
        signature="" if kind == "stdin" else _signature(source),
        difficulty=difficulty,
        topics=tuple(topics.split()),
        reference=source,
        brute=brute,
        generate=generate,
        examples=examples,
        edge_cases=edges,
        kind=kind,
        sizes=sizes,
        brute_size=brute_size,
        comparison=comparison,
    )


def design(
    title: str,
    difficulty: Difficulty,
    topics: str,
    statement: str,
    reference: str,
    *,
    brute: Callable[..., Any],
    generate: Generate,
    examples: tuple[Arguments, ...],
    edges: tuple[Arguments, ...] = (),
    sizes: tuple[int, ...] = SIZES,
    brute_size: int = 30,
    comparison: Comparison = Exact(),  # noqa: B008  # frozen
) -> OwnProblem:
    """A problem whose answer is a class; ``brute`` is a simple class with the same methods."""
    return function(
        title,
        difficulty,
        f"design {topics}",
        statement,
        reference,
        brute=lambda *calls: replay(brute, *calls),
        generate=generate,
        examples=examples,
        edges=edges,
        sizes=sizes,
        brute_size=brute_size,
        comparison=comparison,
        kind="class",
    )


def program(
    title: str,
    difficulty: Difficulty,
    topics: str,
    statement: str,
    reference: str,
    *,
    brute: Callable[[str], str],
    generate: Callable[[np.random.Generator, int], str],
    examples: tuple[str, ...],
    edges: tuple[str, ...] = (),
    sizes: tuple[int, ...] = SIZES,
    brute_size: int = 30,
    comparison: Comparison = Exact(),  # noqa: B008  # frozen
) -> OwnProblem:
    """A problem whose answer is a program from standard input to standard output."""
    return function(
        title,
        difficulty,
        f"input-output {topics}",
        statement,
        reference,
        brute=brute,
        generate=lambda rng, size: (generate(rng, size),),
        examples=tuple((text,) for text in examples),
        edges=tuple((text,) for text in edges),
        sizes=sizes,
        brute_size=brute_size,
        comparison=comparison,
        kind="stdin",
    )


def replay(make: Callable[..., Any], *calls: tuple[str, tuple[Any, ...]]) -> list[Any]:
    """The results of ``calls`` on a fresh object, without the constructor's."""
    (_, arguments), *rest = calls
    thing = make(*arguments)
    return [getattr(thing, method)(*values) for method, values in rest]


def _flow(text: str) -> str:
    """``text`` with one line per paragraph; the lines of lists, and of "Input:" and "Output:", stay apart."""
    paragraphs = [
        block if re.match(r"- |1\. ", block) else re.sub(r"\n(?!Output:)", " ", block) for block in text.split("\n\n")
    ]
    return "\n\n".join(paragraphs)


def _signature(source: str) -> str:
    """The header of the last function; or of the last class and its public methods, each on one line."""
    start = [match.start() for match in re.finditer(r"^(?:def|class) ", source, re.MULTILINE)][-1]
    lines = source[start:].splitlines()
    if lines[0].startswith("def"):
        return lines[0]
    return "\n".join(line for line in lines if re.match(r"class |    def (?:__init__|[a-z])", line))
