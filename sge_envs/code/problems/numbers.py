"""Problems about numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, count
from math import factorial, floor, gcd

import numpy as np

from sge_envs.code.problems.draw import ints, number
from sge_envs.code.problems.write import SIZES, function


def _in_base(value: int, base: int) -> list[int]:
    """The digits of ``value``, the highest first."""
    return [value] if value < base else [*_in_base(value // base, base), value % base]


def _root(value: int, base: int) -> int:
    return value if value < base else _root(sum(_in_base(value, base)), base)


def _fraction(top: int, bottom: int) -> list[int]:
    value, terms = Fraction(top, bottom), []
    while True:
        terms.append(floor(value))
        if value == terms[-1]:
            return terms
        value = 1 / (value - terms[-1])


def _zeros(value: int, base: int) -> int:
    product, zeros = factorial(value), 0
    while product % base == 0:
        product, zeros = product // base, zeros + 1
    return zeros


def _bells(periods: list[int], offsets: list[int]) -> int:
    tries = range(max(offsets), max(offsets) + _lcm(periods))
    return next((t for t in tries if all((t - o) % p == 0 for p, o in zip(periods, offsets))), -1)


def _some_bells(rng: np.random.Generator, size: int) -> tuple[list[int], list[int]]:
    """Mostly bells that ring together at some time."""
    periods = ints(rng, min(2 + size // 4, 6), 1, min(5 + size, 600))
    time = number(rng, 20, 99)
    if number(rng, 0, 3):
        return periods, [time % period + period * number(rng, 0, 2) for period in periods]
    return periods, ints(rng, len(periods), 0, 20)


def _lcm(values: list[int]) -> int:
    return next(m for m in count(max(values), max(values)) if all(m % value == 0 for value in values))


PROBLEMS = (
    function(
        "Digit root in any base",
        "easy",
        "math",
        """
        Write the number in the given base and add its digits; repeat with the sum until a single digit is left. Return that
        digit. 0 <= value <= 10**18, 2 <= base <= 36.
        """,
        """
        def digit_root(value: int, base: int) -> int:
            return value and (value - 1) % (base - 1) + 1
        """,
        brute=_root,
        generate=lambda rng, n: (number(rng, 0, 10 ** min(n, 18)), number(rng, 2, 36)),
        examples=((493, 10), (7, 2)),
        edges=((0, 2), (1, 2), (35, 36), (36, 36), (10**18, 3)),
    ),
    function(
        "Continued fraction",
        "easy",
        "math",
        """
        Write top / bottom as a + 1 / (b + 1 / (c + ...)) with whole a >= 0 and whole b, c, ... >= 1, the last of them, if
        any, at least 2. Return [a, b, c, ...]. 0 <= top <= 10**9, 1 <= bottom <= 10**9.
        """,
        """
        def continued_fraction(top: int, bottom: int) -> list[int]:
            terms = []
            while bottom:
                terms.append(top // bottom)
                top, bottom = bottom, top % bottom
            return terms
        """,
        brute=_fraction,
        generate=lambda rng, n: (number(rng, 0, 10 ** min(n, 9)), number(rng, 1, 10 ** min(n, 9))),
        examples=((10, 7),),
        edges=((0, 5), (5, 1), (1, 2), (4, 2), (10**9, 999_999_999)),
    ),
    function(
        "Perfect power",
        "easy",
        "math",
        """
        Return the smallest base >= 2 such that some power of it with exponent at least 2 is `value`, or -1 if there is
        none. 1 <= value <= 10**9.
        """,
        """
        def power_base(value: int) -> int:
            base = 2
            while base * base <= value:
                power = base * base
                while power < value:
                    power *= base
                if power == value:
                    return base
                base += 1
            return -1
        """,
        brute=lambda v: next((b for b in range(2, 1 + int(v**0.5) + 1) if v in {b**k for k in range(2, 31)}), -1),
        generate=lambda rng, n: (number(rng, 2, n + 2) ** number(rng, 2, 4) + number(rng, 0, 1),),
        examples=((64,), (12,)),
        edges=((1,), (4,), (8,), (2,), (1000**2,)),
    ),
    function(
        "Primes between",
        "medium",
        "math primes",
        """
        Return the number of primes from low to high, both included. 0 <= low <= high <= 10**9 and high - low <= 100000.
        """,
        """
        from math import isqrt


        def primes_between(low: int, high: int) -> int:
            root = isqrt(high)
            small = bytearray([1]) * (root + 1)
            here = bytearray([1]) * (high - low + 1)
            for value in range(max(0, low), min(2, high + 1)):
                here[value - low] = 0
            for p in range(2, root + 1):
                if small[p]:
                    small[p * p::p] = bytes(len(range(p * p, root + 1, p)))
                    start = max(p * p, -(-low // p) * p) - low
                    if start < len(here):
                        here[start::p] = bytes(len(range(start, len(here), p)))
            return sum(here)
        """,
        brute=lambda low, high: sum(v > 1 and all(v % d for d in range(2, v)) for v in range(low, high + 1)),
        generate=lambda rng, n: ((a := number(rng, 0, min(n**5, 10**9 - 10**5))), a + min(10**5, number(rng, 0, n**3))),
        examples=((10, 20), (0, 3)),
        edges=((0, 0), (0, 1), (2, 2), (4, 4), (24, 28)),
        brute_size=4,
    ),
    function(
        "Long geometric sum",
        "hard",
        "math modular-arithmetic",
        """
        Return (1 + base + base**2 + ... + base**terms) modulo `modulus`. 0 <= base <= 10**9, 0 <= terms <= 10**18,
        1 <= modulus <= 10**9.
        """,
        """
        def geometric_sum(base: int, terms: int, modulus: int) -> int:
            total, power = 0, 1
            for bit in bin(terms + 1)[2:]:
                total, power = total * (1 + power), power * power
                if bit == "1":
                    total, power = total * base + 1, power * base
                total, power = total % modulus, power % modulus
            return total
        """,
        brute=lambda base, terms, modulus: sum(base**k for k in range(terms + 1)) % modulus,
        generate=lambda rng, n: (
            number(rng, 0, 10 ** min(n, 9)),
            number(rng, 0, 5 * n if n < 9 else 10**18),
            number(rng, 1, 10 ** min(n, 9)),
        ),
        examples=((3, 3, 7), (10, 4, 1000)),
        edges=((0, 0, 5), (1, 4, 3), (5, 9, 1), (0, 7, 2)),
    ),
    function(
        "Ones and zeros multiple",
        "medium",
        "math breadth-first-search",
        """
        Return, as text, the smallest positive multiple of `value` whose decimal digits are all 0 or 1. 1 <= value <= 2000.
        """,
        """
        def ones_and_zeros(value: int) -> str:
            queue, seen = [("1", 1 % value)], {1 % value}
            for text, rest in queue:
                if rest == 0:
                    return text
                for digit in (0, 1):
                    new = (10 * rest + digit) % value
                    if new not in seen:
                        seen.add(new)
                        queue.append((text + str(digit), new))
        """,
        brute=lambda value: next(bin(k)[2:] for k in count(1) if int(bin(k)[2:]) % value == 0),
        generate=lambda rng, n: (number(rng, 1, 3 * n if n < 9 else 2000),),
        examples=((6,), (4,)),
        edges=((1,), (2,), (3,), (11,), (25,)),
    ),
    function(
        "Bells in step",
        "hard",
        "math modular-arithmetic",
        """
        Bell i rings first at second offsets[i] and then every periods[i] seconds. Return the first second at which all bells
        ring together, or -1 if there is none. 1 to 10 bells, periods from 1 to 1000, offsets from 0 to 10000; the answer is
        below 10**18.
        """,
        """
        from math import gcd, lcm


        def bells(periods: list[int], offsets: list[int]) -> int:
            time, step = 0, 1
            for period, offset in zip(periods, offsets):
                common = gcd(step, period)
                if (offset - time) % common:
                    return -1
                turns = (offset - time) // common * pow(step // common, -1, period // common)
                time += turns % (period // common) * step
                step = lcm(step, period)
            late = max(offsets) - time
            return time + max(0, -(-late // step)) * step
        """,
        brute=_bells,
        generate=_some_bells,
        examples=(([4, 6], [1, 3]), ([2, 4], [0, 1])),
        edges=(([1], [0]), ([7], [3]), ([3, 5], [9, 0]), ([6, 6], [0, 12])),
    ),
    function(
        "Zeros of a factorial",
        "medium",
        "math primes",
        """
        Return with how many zeros the factorial of `value` ends when it is written in the given base.
        0 <= value <= 10**15, 2 <= base <= 1000000.
        """,
        """
        def factorial_zeros(value: int, base: int) -> int:
            best, prime = None, 2
            while base > 1:
                if prime * prime > base:
                    prime = base
                power = 0
                while base % prime == 0:
                    base //= prime
                    power += 1
                if power:
                    count, rest = 0, value
                    while rest:
                        rest //= prime
                        count += rest
                    best = count // power if best is None else min(best, count // power)
                prime += 1
            return best
        """,
        brute=_zeros,
        generate=lambda rng, n: (number(rng, 0, n * n if n < 9 else 10**15), number(rng, 2, min(n**3 + 3, 10**6))),
        examples=((10, 10), (6, 12)),
        edges=((0, 2), (1, 7), (4, 8), (20, 16), (30, 997)),
    ),
    function(
        "Coprime pairs",
        "hard",
        "math number-theory counting",
        """
        Return the number of pairs of indices i < j whose values have no common divisor above 1. Up to 20000 values from 1
        to 2000.
        """,
        """
        def coprime_pairs(values: list[int]) -> int:
            counts = [0] * 2001
            for value in values:
                counts[value] += 1
            exact = [0] * 2001
            for divisor in range(2000, 0, -1):
                n = sum(counts[divisor::divisor])
                exact[divisor] = n * (n - 1) // 2 - sum(exact[2 * divisor::divisor])
            return exact[1]
        """,
        brute=lambda values: sum(gcd(a, b) == 1 for a, b in combinations(values, 2)),
        generate=lambda rng, n: (ints(rng, n, 1, min(4 * n, 2000)),),
        examples=(([2, 3, 4, 9],),),
        edges=(([],), ([1],), ([1, 1, 1],), ([2000, 1999],)),
        sizes=(*SIZES, 1000, 20_000, 20_000),
    ),
)
