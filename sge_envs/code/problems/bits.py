"""Problems about bits."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np

from sge_envs.code.compare import Checker
from sge_envs.code.problems.draw import distinct, ints, number, shuffled
from sge_envs.code.problems.write import LARGE, SMALL, function


def _is_gray(arguments: tuple[Any, ...], answer: Any) -> bool:
    bits, start = arguments
    whole = sorted(answer) == list(range(2**bits)) and all(type(value) is int for value in answer)
    return whole and answer[0] == start and all((a ^ b).bit_count() == 1 for a, b in pairwise(answer))


def _walk(bits: int, start: int) -> list[int]:
    """Depth-first search for a walk through all numbers."""

    def go(walk: list[int]) -> list[int] | None:
        if len(walk) == 2**bits:
            return walk
        steps = (walk[-1] ^ 1 << bit for bit in range(bits))
        return next((found for step in steps if step not in walk and (found := go([*walk, step]))), None)

    return go([start]) or []


def _twins(rng: np.random.Generator, size: int) -> tuple[list[int]]:
    values = distinct(rng, size + 1, 0, 4 * size + 4)
    return (shuffled(rng, values + values[2:]),)


def _xors(values: list[int]) -> int:
    found = {0}
    for value in values:
        found |= {value ^ old for old in found}
    return len(found)


PROBLEMS = (
    function(
        "Swap neighbouring bits",
        "easy",
        "bits",
        """
        Swap bit 0 with bit 1, bit 2 with bit 3, and so on up to bits 30 and 31. 0 <= value < 2**32.
        """,
        """
        def swap_bits(value: int) -> int:
            return (value & 0x55555555) << 1 | (value & 0xAAAAAAAA) >> 1
        """,
        brute=lambda v: int("".join((t := f"{v:032b}")[i + 1] + t[i] for i in range(0, 32, 2)), 2),
        generate=lambda rng, n: (number(rng, 0, 2 ** min(n, 32) - 1),),
        examples=((6,), (1,)),
        edges=((0,), (2,), (2**32 - 1,), (2**31,)),
    ),
    function(
        "Ones up to a number",
        "medium",
        "bits counting",
        """
        Return how many ones stand in the binary forms of all numbers from 0 to `limit` together. 0 <= limit <= 10**15.
        """,
        """
        def ones_up_to(limit: int) -> int:
            total, block = 0, 1
            while block <= limit:
                full, rest = divmod(limit + 1, 2 * block)
                total += full * block + max(0, rest - block)
                block *= 2
            return total
        """,
        brute=lambda limit: sum(value.bit_count() for value in range(limit + 1)),
        generate=lambda rng, n: (number(rng, 0, min(4**n, 10**15)),),
        examples=((5,), (8,)),
        edges=((0,), (1,), (2,), (7,)),
        brute_size=5,
    ),
    function(
        "Two without a twin",
        "medium",
        "bits hashing",
        """
        Exactly two of the values occur once, all others exactly twice. Return the two values, the smaller first. Up to
        20000 values from 0 to 1000000.
        """,
        """
        def without_twin(values: list[int]) -> list[int]:
            both = 0
            for value in values:
                both ^= value
            bit, one = both & -both, 0
            for value in values:
                if value & bit:
                    one ^= value
            return sorted([one, both ^ one])
        """,
        brute=lambda values: sorted(value for value in values if values.count(value) == 1),
        generate=_twins,
        examples=(([4, 1, 9, 4],),),
        edges=(([0, 1],), ([7, 0],), ([2, 2, 3, 5],)),
        sizes=(*LARGE[:-2], 9_000, 9_000),
    ),
    function(
        "One switch at a time",
        "medium",
        "bits backtracking",
        """
        Return any list of all numbers from 0 to 2**bits - 1, each once, that begins with `start` and in which neighbours
        differ in exactly one bit. 1 <= bits <= 10, 0 <= start < 2**bits.
        """,
        """
        def switches(bits: int, start: int) -> list[int]:
            return [start ^ i ^ i >> 1 for i in range(1 << bits)]
        """,
        brute=_walk,
        generate=lambda rng, n: (b := min(n, 10), number(rng, 0, 2**b - 1)),
        examples=((2, 3),),
        edges=((1, 0), (1, 1), (3, 5)),
        sizes=(*SMALL, 10),
        brute_size=3,
        comparison=Checker(_is_gray),
    ),
    function(
        "Strongest contrast",
        "hard",
        "bits tries",
        """
        Return the largest value of a ^ b (bitwise exclusive or) over two elements a, b of the list at different indices.
        2 to 20000 values from 0 to 2**20 - 1.
        """,
        """
        def contrast(values: list[int]) -> int:
            best = 0
            for bit in range(19, -1, -1):
                best <<= 1
                heads = {value >> bit for value in values}
                if any(best ^ 1 ^ head in heads for head in heads):
                    best ^= 1
            return best
        """,
        brute=lambda values: max(a ^ b for a, b in combinations(values, 2)),
        generate=lambda rng, n: (ints(rng, n + 1, 0, min(2 ** (n // 2 + 3), 2**20) - 1 if n < 99 else 2**19 - 1),),
        examples=(([3, 10, 5],),),
        edges=(([0, 0],), ([7, 7, 7],), ([0, 2**20 - 1],), ([8, 1],)),
        sizes=(*LARGE[:-2], 19_999, 19_999),
    ),
    function(
        "Reachable lights",
        "hard",
        "bits linear-algebra",
        """
        Each switch is a number whose bits say which of 60 lights it toggles; all lights are off at first. Return how many
        different patterns of lights (all off included) can be reached. Up to 500 switches, 0 <= switch < 2**60.
        """,
        """
        def patterns(switches: list[int]) -> int:
            basis = []
            for switch in switches:
                for base in basis:
                    switch = min(switch, switch ^ base)
                if switch:
                    basis.append(switch)
            return 2 ** len(basis)
        """,
        brute=_xors,
        generate=lambda rng, n: (ints(rng, n, 0, 2 ** min(n // 2 + 2, 59)),),
        examples=(([1, 2, 3],),),
        edges=(([],), ([0],), ([5, 5],), ([1, 2, 4, 7],)),
    ),
    function(
        "Sum of all differences in bits",
        "medium",
        "bits counting",
        """
        Two numbers differ in as many bits as their binary forms have different digits. Return the sum of these counts over
        all pairs of indices i < j. Up to 20000 values from 0 to 2**20 - 1.
        """,
        """
        def bit_differences(values: list[int]) -> int:
            total = 0
            for bit in range(20):
                ones = sum(value >> bit & 1 for value in values)
                total += ones * (len(values) - ones)
            return total
        """,
        brute=lambda values: sum((a ^ b).bit_count() for a, b in combinations(values, 2)),
        generate=lambda rng, n: (ints(rng, n, 0, 2 ** min(n, 20) - 1),),
        examples=(([1, 2, 7],),),
        edges=(([],), ([9],), ([0, 2**20 - 1],), ([3, 3],)),
        sizes=LARGE,
    ),
)
