"""Problems for greedy choices, many of them about intervals."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise, permutations
from typing import Any

import numpy as np

from sge_envs.code.compare import Checker
from sge_envs.code.problems.draw import ints, number, some, word
from sge_envs.code.problems.write import LARGE, function

Spans = list[list[int]]


def _spans(rng: np.random.Generator, count: int, end: int) -> Spans:
    """``[start, stop]`` with ``0 <= start < stop <= end``."""
    starts, lengths = ints(rng, count, 0, end - 1), ints(rng, count, 1, 1 + end // 3)
    return [[start, min(end, start + length)] for start, length in zip(starts, lengths)]


def _boats(weights: list[int], limit: int) -> int:
    """All ways to give the first person a partner or none."""
    if not weights:
        return 0
    first, *rest = weights
    pairs = [i for i, other in enumerate(rest) if first + other <= limit]
    return 1 + min([_boats(rest, limit)] + [_boats(rest[:i] + rest[i + 1 :], limit) for i in pairs])


def _subsets(items: Spans) -> list[tuple[list[int], ...]]:
    return [group for size in range(len(items) + 1) for group in combinations(items, size)]


def _apart(spans: tuple[list[int], ...], gap: int) -> bool:
    return all(a[1] + gap <= b[0] or b[1] + gap <= a[0] for a, b in combinations(spans, 2))


def _merged(spans: Spans) -> Spans:
    """Mark half steps of the line, and read the marked stretches off."""
    marked = sorted({half for start, stop in spans for half in range(2 * start, 2 * stop + 1)})
    starts = [half for half in marked if half - 1 not in marked]
    stops = [half for half in marked if half + 1 not in marked]
    return [[a // 2, b // 2] for a, b in zip(starts, stops)]


def _free(spans: Spans, end: int, need: int) -> Spans:
    hours = [all(not a <= hour < b for a, b in spans) for hour in range(end)] + [False]
    found = []
    for start in range(end):
        if hours[start] and (start == 0 or not hours[start - 1]):
            stop = hours.index(False, start)
            if stop - start >= need:
                found.append([start, stop])
    return found


def _is_mix(arguments: tuple[Any, ...], answer: Any) -> bool:
    (text,) = arguments
    top = max(Counter(text).values(), default=0)
    if 2 * top > len(text) + 1:
        return answer is None
    return Counter(answer) == Counter(text) and type(answer) is str and all(a != b for a, b in pairwise(answer))


def _any_mix(text: str) -> str | None:
    orders = map("".join, permutations(text))
    return next((order for order in orders if all(a != b for a, b in pairwise(order))), None)


def _profit(jobs: Spans) -> int:
    """Every choice of jobs that can be ordered in time."""
    fits = [group for group in _subsets(jobs) if all(i < job[0] for i, job in enumerate(sorted(group)))]
    return max(sum(job[1] for job in group) for group in fits)


PROBLEMS = (
    function(
        "Two in a boat",
        "easy",
        "greedy two-pointers sorting",
        """
        A boat carries one or two people of together at most `limit`. Return the smallest number of boats for everybody. Up
        to 20000 people; nobody weighs more than limit; 1 <= limit <= 100000.
        """,
        """
        def boats(weights: list[int], limit: int) -> int:
            weights = sorted(weights)
            low, high, count = 0, len(weights) - 1, 0
            while low <= high:
                if weights[low] + weights[high] <= limit:
                    low += 1
                high -= 1
                count += 1
            return count
        """,
        brute=_boats,
        generate=lambda rng, n: (ints(rng, n, 1, 10 + n), number(rng, 10 + n, 15 + 2 * n)),
        examples=(([3, 1, 2, 2], 3),),
        edges=(([], 5), ([5], 5), ([5, 5], 10), ([1] * 7, 2)),
        sizes=LARGE,
    ),
    function(
        "Talks with breaks",
        "medium",
        "greedy intervals sorting",
        """
        A talk is `[start, stop]`. You want to hear as many whole talks as possible; after the end of one you need at least
        `pause` minutes before the next starts. Return the largest number of talks. Up to 20000 talks with 0 <= start < stop
        <= 1000000, 0 <= pause <= 1000.
        """,
        """
        def most_talks(talks: list[list[int]], pause: int) -> int:
            count, free = 0, 0
            for start, stop in sorted(talks, key=lambda talk: talk[1]):
                if start >= free:
                    count += 1
                    free = stop + pause
            return count
        """,
        brute=lambda talks, pause: max(len(group) for group in _subsets(talks) if _apart(group, pause)),
        generate=lambda rng, n: (_spans(rng, n, 4 * n + 8), number(rng, 0, 3)),
        examples=(([[0, 3], [3, 5], [4, 6]], 1), ([[0, 3], [3, 5]], 0)),
        edges=(([], 0), ([[2, 9]], 5), ([[0, 9], [1, 2], [2, 3]], 0)),
        sizes=LARGE,
    ),
    function(
        "Painted fence",
        "easy",
        "intervals sorting",
        """
        Each pair `[start, stop]` paints the fence from start to stop, both ends included. Return the painted stretches as
        pairs from left to right; stretches that overlap or touch are one. Up to 1000 pairs, 0 <= start < stop <= 100000.
        """,
        """
        def painted(pairs: list[list[int]]) -> list[list[int]]:
            result = []
            for start, stop in sorted(pairs):
                if result and start <= result[-1][1]:
                    result[-1][1] = max(result[-1][1], stop)
                else:
                    result.append([start, stop])
            return result
        """,
        brute=_merged,
        generate=lambda rng, n: (_spans(rng, n, 9 * n),),
        examples=(([[5, 7], [1, 3], [3, 4]],),),
        edges=(([],), ([[0, 1]],), ([[0, 9], [2, 3]],), ([[0, 1], [2, 3]],)),
    ),
    function(
        "Free hours",
        "medium",
        "intervals sorting",
        """
        The day has the hours 0 to end; an appointment `[start, stop]` takes the time from start to stop. Return, from early
        to late, all stretches `[start, stop]` without an appointment that are as long as possible (they cannot be extended)
        and last at least `need` hours. Appointments may overlap and be in any order; 0 <= start < stop <= end <= 1000000,
        need >= 1.
        """,
        """
        def free_hours(appointments: list[list[int]], end: int, need: int) -> list[list[int]]:
            free, now = [], 0
            for start, stop in sorted(appointments) + [[end, end]]:
                if start - now >= need:
                    free.append([now, start])
                now = max(now, stop)
            return free
        """,
        brute=_free,
        generate=lambda rng, n: (_spans(rng, n, 5 * n), 5 * n, number(rng, 1, 3)),
        examples=(([[6, 8], [2, 4], [3, 5]], 10, 1), ([[1, 9]], 10, 2)),
        edges=(([], 5, 5), ([], 5, 6), ([[0, 5]], 5, 1), ([[0, 1], [2, 5]], 5, 1)),
    ),
    function(
        "No twins side by side",
        "medium",
        "greedy strings heaps",
        """
        Return the letters of the text in any order in which no two neighbouring letters are equal, or None if there is no
        such order. Up to 1000 lower-case letters.
        """,
        """
        from collections import Counter


        def no_twins(text: str) -> str | None:
            ranked = [letter for letter, count in Counter(text).most_common() for _ in range(count)]
            result = [""] * len(text)
            result[::2] = ranked[:(len(text) + 1) // 2]
            result[1::2] = ranked[(len(text) + 1) // 2:]
            fine = all(a != b for a, b in zip(result, result[1:]))
            return "".join(result) if fine else None
        """,
        brute=_any_mix,
        generate=lambda rng, n: (word(rng, n, "aabc" if number(rng, 0, 1) else "aaab"),),
        examples=(("aabb",), ("aaab",)),
        edges=(("",), ("z",), ("zz",), ("zzy",), ("aabbcc",)),
        brute_size=7,
        comparison=Checker(_is_mix),
    ),
    function(
        "Jobs before the deadline",
        "hard",
        "greedy heaps",
        """
        A job `[deadline, reward]` takes one day; days are numbered 1, 2, 3, ..., one job fits into a day, and a job brings
        its reward if it is done on day deadline or before. Return the largest total reward. Up to 20000 jobs, deadlines
        from 1 to 20000, rewards from 1 to 10000.
        """,
        """
        import heapq


        def best_reward(jobs: list[list[int]]) -> int:
            chosen = []
            for deadline, reward in sorted(jobs):
                heapq.heappush(chosen, reward)
                if len(chosen) > deadline:
                    heapq.heappop(chosen)
            return sum(chosen)
        """,
        brute=_profit,
        generate=lambda rng, n: (
            [list(job) for job in zip(ints(rng, n, 1, n // 2 + 1), ints(rng, n, 1, 9 * n if n < 99 else 10_000))],
        ),
        examples=(([[1, 5], [1, 8], [2, 3]],),),
        edges=(([],), ([[1, 7]],), ([[2, 4], [2, 4], [2, 9]],)),
        sizes=LARGE,
    ),
    function(
        "Drop the digits",
        "medium",
        "greedy stacks",
        """
        Delete exactly `drop` digits of the number and keep the others in their order, so that the number that is left is as
        small as possible. Return it as text without leading zeros; "0" if nothing or only zeros are left. Up to 20000
        digits, 0 <= drop <= number of digits.
        """,
        """
        def drop_digits(digits: str, drop: int) -> str:
            keep, kept = len(digits) - drop, []
            for digit in digits:
                while drop and kept and kept[-1] > digit:
                    kept.pop()
                    drop -= 1
                kept.append(digit)
            return "".join(kept[:keep]).lstrip("0") or "0"
        """,
        brute=lambda digits, drop: str(
            min((int("".join(kept) or "0") for kept in combinations(digits, len(digits) - drop)), default=0)
        ),
        generate=lambda rng, n: ("".join(some(rng, word(rng, n, "0123456789"), n)), number(rng, 0, n // 2 + 1 - n % 2)),
        examples=(("2305", 2), ("10", 1)),
        edges=(("7", 1), ("7", 0), ("007", 0), ("123", 1), ("9" * 10_000 + "1" * 10_000, 10_000)),
        sizes=LARGE,
        brute_size=10,
    ),
)
