"""One-line programs: two steps of arithmetic on two numbers, small enough for a tiny model to learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sge_envs.code.problem import Family, OwnProblem
from sge_envs.code.problems.draw import Rng, flip, ints, number, pick, shuffled
from sge_envs.code.problems.families.lively import lively
from sge_envs.code.problems.write import function


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: how it is asked for, how it is written, what it does; ``{}`` is the operand, ``{it}`` the value."""

    words: str
    code: str
    apply: Callable[[int, int], int]
    binds: bool = False
    """Does it bind tighter than a sum to its left?"""


ANY = (
    Step("Add {}.", "{it} + {}", lambda a, b: sum((a, b))),
    Step("Subtract {}.", "{it} - {}", lambda a, b: a.__sub__(b)),
    Step("Multiply by {}.", "{it} * {}", lambda a, b: a.__mul__(b), binds=True),
    Step("Take the smaller of it and {}.", "min({it}, {})", lambda a, b: a if a <= b else b),
    Step("Take the larger of it and {}.", "max({it}, {})", lambda a, b: a if a >= b else b),
)
"""Steps whose operand may be a variable."""
BY_NUMBER = (
    *ANY,
    Step("Divide by {}, rounding down.", "{it} // {}", lambda a, b: divmod(a, b)[0], binds=True),
    Step("Take the remainder of division by {}.", "{it} % {}", lambda a, b: divmod(a, b)[1], binds=True),
)
NAMES = (("x", "y"), ("a", "b"), ("n", "k"), ("p", "q"))


@lively
def _make(rng: Rng) -> OwnProblem:
    names = pick(rng, NAMES)
    first, second = shuffled(rng, names)
    steps = shuffled(rng, [(pick(rng, ANY), second), (pick(rng, BY_NUMBER), str(number(rng, 2, 9)))])
    code, words, is_sum = first, [f"Start with {first}."], False
    for step, operand in steps:
        it = f"({code})" if step.binds and is_sum else code
        code, is_sum = step.code.format(operand, it=it), " + " in step.code or " - " in step.code
        words.append(step.words.format(operand))

    def brute(left: int, right: int) -> int:
        values = dict(zip(names, (left, right)))
        result = values[first]
        for step, operand in steps:
            result = step.apply(result, values[operand] if operand in values else int(operand))
        return result

    x, y = names
    cases = tuple((number(rng, -20, 20), number(rng, -20, 20)) for _ in range(9))
    return function(
        "One-liner",
        "easy",
        "one-liners",
        " ".join([*words, "Return the result."]),
        f"\ndef f({x}: int, {y}: int) -> int:\n    return {code}",
        brute=brute,
        generate=lambda rng, n: (n * (1 if flip(rng) else -1), *ints(rng, 1, -20, 20)),
        examples=cases[:3],
        edges=((0, 0), (-1, 1), (15, -15), *cases[3:]),
        sizes=(1, 2, 3, 4, 6, 8, 12, 20),
        brute_size=20,
    )


ONE_LINER = Family("one_liner", "One-liner", "easy", ("one-liners",), _make)
