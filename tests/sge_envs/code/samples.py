"""A handful of problems of every kind and comparison, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from sge_envs.code.compare import Checker, Tolerance, Unordered
from sge_envs.code.problem import Family, OwnProblem


def _integers(rng: np.random.Generator, size: int) -> list[int]:
    return [int(number) for number in rng.integers(-20, 20, size)]


ADD = OwnProblem(
    id="sample-add",
    title="Add",
    statement="Add two whole numbers.",
    entry="add",
    signature="def add(a: int, b: int) -> int:",
    difficulty="easy",
    topics=("math",),
    reference="def add(a, b):\n    return a + b\n",
    brute=lambda a, b: sum([a, b]),
    generate=lambda rng, size: (int(rng.integers(-size, size)), int(rng.integers(-size, size))),
    examples=((1, 2),),
    edge_cases=((0, 0), (-1, 1), (10**30, 1)),
    sizes=(5, 50, 500),
)
MEAN = OwnProblem(
    id="sample-mean",
    title="Mean",
    statement="The mean of a list of numbers that is not empty.",
    entry="mean",
    signature="def mean(values: list[int]) -> float:",
    difficulty="easy",
    topics=("math", "arrays"),
    reference="def mean(values):\n    return sum(values) / len(values)\n",
    brute=lambda values: float(np.mean(values)),
    generate=lambda rng, size: (_integers(rng, size),),
    examples=(([1, 2],),),
    sizes=(1, 2, 5, 20),
    comparison=Tolerance(),
)
DISTINCT = OwnProblem(
    id="sample-distinct",
    title="Distinct",
    statement="The distinct elements of a list, in any order.",
    entry="distinct",
    signature="def distinct(values: list[int]) -> list[int]:",
    difficulty="medium",
    topics=("hashing",),
    reference="def distinct(values):\n    return list(dict.fromkeys(values))\n",
    brute=lambda values: sorted(set(values)),
    generate=lambda rng, size: (_integers(rng, size) * 2,),
    examples=(([3, 1, 3],),),
    sizes=(1, 2, 5, 20),
    comparison=Unordered(),
)


def _is_split(arguments: tuple[Any, ...], answer: Any) -> bool:
    total, parts = arguments
    return len(answer) == parts and all(type(one) is int and one > 0 for one in answer) and sum(answer) == total


SPLIT = OwnProblem(
    id="sample-split",
    title="Split",
    statement="Any `parts` positive whole numbers whose sum is `total`.",
    entry="split",
    signature="def split(total: int, parts: int) -> list[int]:",
    difficulty="hard",
    topics=("math",),
    reference="def split(total, parts):\n    return [1] * (parts - 1) + [total - parts + 1]\n",
    brute=lambda total, parts: [total - parts + 1] + [1] * (parts - 1),
    generate=lambda rng, size: (size + int(rng.integers(1, 5)), size),
    examples=((7, 3),),
    sizes=(1, 2, 5, 20),
    comparison=Checker(_is_split),
)


def _count_calls(*calls: tuple[str, tuple[Any, ...]]) -> list[Any]:
    value, results = calls[0][1][0], []
    for name, arguments in calls[1:]:
        value += arguments[0] if name == "add" else 0
        results.append(value if name == "get" else None)
    return results


def _make_calls(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    calls = [("add", (number,)) if number % 2 else ("get", ()) for number in _integers(rng, size)]
    return (("__init__", (size,)), *calls, ("get", ()))


COUNTER = OwnProblem(
    id="sample-counter",
    title="Counter",
    statement="A counter that starts at a number.",
    kind="class",
    entry="Counter",
    signature="class Counter:\n    def __init__(self, start: int):\n    def add(self, n: int) -> None:\n    def get(self) -> int:",
    difficulty="easy",
    topics=("design",),
    reference=(
        "class Counter:\n    def __init__(self, start):\n        self.n = start\n"
        "    def add(self, n):\n        self.n += n\n    def get(self):\n        return self.n\n"
    ),
    brute=_count_calls,
    generate=_make_calls,
    examples=((("__init__", (1,)), ("add", (2,)), ("get", ())),),
    sizes=(1, 2, 5, 20),
)
TOTAL = OwnProblem(
    id="sample-total",
    title="Total",
    statement="The first line holds n, the second n numbers. Print their sum.",
    kind="stdin",
    entry="",
    signature="",
    difficulty="easy",
    topics=("math",),
    reference="import sys\nsys.stdin.readline()\nprint(sum(map(int, input().split())))\n",
    brute=lambda text: f"{sum(int(word) for word in text.split()[1:])}\n",
    generate=lambda rng, size: (f"{size}\n{' '.join(map(str, _integers(rng, size)))}\n",),
    examples=(("2\n1 2\n",),),
    sizes=(1, 2, 5),
)
SAMPLES = (ADD, MEAN, DISTINCT, SPLIT, COUNTER, TOTAL)


def _make_multiple(rng: np.random.Generator) -> OwnProblem:
    factor = int(rng.integers(2, 5000))
    return OwnProblem(
        id="",
        title="Times",
        statement=f"Multiply by {factor}.",
        entry="times",
        signature="def times(n: int) -> int:",
        difficulty="easy",
        topics=(),
        reference=f"def times(n):\n    return n * {factor}\n",
        brute=lambda n: sum([n] * factor),
        generate=lambda rng, size: (int(rng.integers(size)),),
        examples=((1,),),
        sizes=(5, 50),
    )


TIMES = Family("sample-times", "Times", "easy", ("math",), _make_multiple)
