"""Problems for binary search, heaps and sorting."""

from __future__ import annotations

from itertools import product
from statistics import median
from typing import Any

import numpy as np

from sge_envs.code.compare import Checker, Tolerance
from sge_envs.code.problems.draw import ints, number, shuffled
from sge_envs.code.problems.write import LARGE, function


def _is_peak(arguments: tuple[Any, ...], answer: Any) -> bool:
    (heights,) = arguments
    around = [heights[i] for i in (answer - 1, answer + 1) if 0 <= i < len(heights)]
    return type(answer) is int and 0 <= answer < len(heights) and all(heights[answer] > other for other in around)


def _hills(rng: np.random.Generator, size: int) -> tuple[list[int]]:
    """Neighbours differ: steps of -2, -1, 1 or 2."""
    heights = [0]
    for _ in range(size - 1):
        heights.append(heights[-1] + (-2, -1, 1, 2)[number(rng, 0, 3)])
    return (heights,)


def _serve(jobs: list[list[int]]) -> list[int]:
    """Look at the whole list whenever the machine is free."""
    time, order = 0, list[int]()
    while len(order) < len(jobs):
        waiting = [(jobs[i][1], i) for i in range(len(jobs)) if i not in order and jobs[i][0] <= time]
        if waiting:
            length, job = min(waiting)
            order.append(job)
            time += length
        else:
            time += 1
    return order


def _crush(stones: list[int]) -> int:
    while len(stones) > 1:
        *rest, a, b = sorted(stones)
        stones = rest + [b - a] * (b > a)
    return sum(stones)


PROBLEMS = (
    function(
        "Readings in range",
        "easy",
        "binary-search",
        """
        The readings are in rising order. Return, for each query `[low, high]`, the number of readings from low to high,
        both included; low may exceed high. Up to 10000 readings and 10000 queries, all values from 0 to 1000000.
        """,
        """
        from bisect import bisect_left, bisect_right


        def in_range(readings: list[int], queries: list[list[int]]) -> list[int]:
            return [max(0, bisect_right(readings, high) - bisect_left(readings, low)) for low, high in queries]
        """,
        brute=lambda readings, queries: [sum(low <= x <= high for x in readings) for low, high in queries],
        generate=lambda rng, n: (sorted(ints(rng, n, 0, 2 * n)), [ints(rng, 2, 0, 2 * n) for _ in range(n)]),
        examples=(([1, 3, 3, 7], [[2, 6], [3, 3], [5, 4]]),),
        edges=(([], [[0, 9]]), ([5], []), ([5, 5, 5], [[5, 5], [6, 9], [0, 4]])),
        sizes=(*LARGE[:-2], 10_000),
    ),
    function(
        "Any summit",
        "easy",
        "binary-search arrays",
        """
        Neighbouring heights differ. Return any index whose height is greater than that of its neighbours (the first and
        the last have only one). 1 to 20000 heights from -100000 to 100000.
        """,
        """
        def any_summit(heights: list[int]) -> int:
            low, high = 0, len(heights) - 1
            while low < high:
                middle = (low + high) // 2
                if heights[middle] < heights[middle + 1]:
                    low = middle + 1
                else:
                    high = middle
            return low
        """,
        brute=lambda heights: heights.index(max(heights)),
        generate=_hills,
        examples=(([1, 3, 2, 5],),),
        edges=(([7],), ([1, 2],), ([2, 1],), ([1, 2, 3, 2],), ([9, 8, 7],)),
        comparison=Checker(_is_peak),
    ),
    function(
        "Smallest sums",
        "hard",
        "heaps sorting",
        """
        Every pair of an element of `first` and an element of `second` (by index) has a sum. Return the `count` smallest of
        these sums in rising order, equal sums repeated. Each list has 1 to 5000 values from -1000000 to 1000000,
        1 <= count <= 5000 and at most the number of pairs.
        """,
        """
        import heapq


        def smallest_sums(first: list[int], second: list[int], count: int) -> list[int]:
            first, second = sorted(first)[:count], sorted(second)
            heap, sums = [(value + second[0], value, 0) for value in first], []
            while len(sums) < count:
                total, value, j = heap[0]
                sums.append(total)
                if j + 1 < len(second):
                    heapq.heapreplace(heap, (value + second[j + 1], value, j + 1))
                else:
                    heapq.heappop(heap)
            return sums
        """,
        brute=lambda first, second, count: sorted(a + b for a, b in product(first, second))[:count],
        generate=lambda rng, n: (
            ints(rng, n, -4 * n, 4 * n),
            ints(rng, n, -4 * n, 4 * n),
            number(rng, (n + 1) // 2, n),
        ),
        examples=(([1, 7], [2, 4, 3], 4),),
        edges=(([5], [-5], 1), ([1, 1], [1, 1], 4), ([0, 9], [0, 1], 3)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 5000, 5000),
    ),
    function(
        "Cracking stones",
        "easy",
        "heaps simulation",
        """
        As long as there are at least two stones, the two heaviest are knocked together: equal ones both vanish, else the
        lighter vanishes and the heavier keeps the difference as its weight. Return the weight of the last stone, 0 if none
        is left. Up to 20000 stones of weight 1 to 1000000.
        """,
        """
        import heapq


        def last_stone(stones: list[int]) -> int:
            heap = [-stone for stone in stones]
            heapq.heapify(heap)
            while len(heap) > 1:
                heavy = heapq.heappop(heap)
                light = heapq.heappop(heap)
                if heavy != light:
                    heapq.heappush(heap, heavy - light)
            return -sum(heap)
        """,
        brute=_crush,
        generate=lambda rng, n: (ints(rng, n, 1, min(50 * n, 10**6)),),
        examples=(([2, 7, 4, 1],),),
        edges=(([],), ([9],), ([4, 4],), ([1, 2, 3],), ([1] * 19_999,)),
        sizes=LARGE,
    ),
    function(
        "Median so far",
        "hard",
        "heaps sorting",
        """
        Return, after each value of the list, the median of all values so far: the middle one, or the mean of the two middle
        ones, as a float. 1 to 20000 values from -1000000 to 1000000.
        """,
        """
        import heapq


        def medians(values: list[int]) -> list[float]:
            low, high, result = [], [], []
            for value in values:
                heapq.heappush(high, -heapq.heappushpop(low, -value))
                if len(high) > len(low):
                    heapq.heappush(low, -heapq.heappop(high))
                result.append(float(-low[0]) if len(low) > len(high) else (high[0] - low[0]) / 2)
            return result
        """,
        brute=lambda values: [float(median(values[: i + 1])) for i in range(len(values))],
        generate=lambda rng, n: (ints(rng, n, -9 * n, 9 * n),),
        examples=(([5, 2, 8, 1],),),
        edges=(([3],), ([3, 3],), ([-1, 0],), ([1, 2, 3, 4, 5],)),
        sizes=LARGE,
        comparison=Tolerance(),
    ),
    function(
        "Shortest job first",
        "medium",
        "heaps simulation",
        """
        Job i is `[arrival, length]`. Whenever the machine is free it takes, of the jobs that have arrived by then, the
        shortest, among equally short ones that with the smallest number; if none is there it waits. Return the numbers of
        the jobs in the order in which they are done. Up to 5000 jobs, arrivals from 0 to 100000, lengths from 1 to 1000.
        """,
        """
        import heapq


        def job_order(jobs: list[list[int]]) -> list[int]:
            coming = sorted(range(len(jobs)), key=lambda job: jobs[job][0], reverse=True)
            heap, order, time = [], [], 0
            while coming or heap:
                if not heap:
                    time = max(time, jobs[coming[-1]][0])
                while coming and jobs[coming[-1]][0] <= time:
                    job = coming.pop()
                    heapq.heappush(heap, (jobs[job][1], job))
                length, job = heapq.heappop(heap)
                order.append(job)
                time += length
            return order
        """,
        brute=_serve,
        generate=lambda rng, n: (shuffled(rng, [[number(rng, 0, 3 * n), number(rng, 1, 5)] for _ in range(n)]),),
        examples=(([[0, 5], [1, 3], [2, 2], [9, 1]],),),
        edges=(([],), ([[7, 2]],), ([[4, 1], [4, 1]],), ([[0, 1], [9, 4], [8, 2]],)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 5000),
        brute_size=12,
    ),
)
