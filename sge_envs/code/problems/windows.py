"""Problems for two pointers and sliding windows."""

from __future__ import annotations

from statistics import median_low

from sge_envs.code.problems.draw import ints, number, word
from sge_envs.code.problems.write import LARGE, function


def _ranges(count: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(count + 1) for i in range(j)]


def _strip(colours: list[int]) -> list[int]:
    full = ((i, j) for i, j in _ranges(len(colours)) if set(colours[i:j]) == set(colours))
    _, start, end = min((j - i, i, j) for i, j in full)
    return [start, end]


PROBLEMS = (
    function(
        "Warmest spell",
        "easy",
        "sliding-window arrays",
        """
        Return the index at which the stretch of `days` neighbouring days with the largest sum of temperatures begins;
        among equal sums the first. 1 <= days <= number of temperatures <= 20000, temperatures from -50 to 50.
        """,
        """
        def warmest_spell(temperatures: list[int], days: int) -> int:
            total = best = sum(temperatures[:days])
            start = 0
            for i in range(days, len(temperatures)):
                total += temperatures[i] - temperatures[i - days]
                if total > best:
                    best, start = total, i - days + 1
            return start
        """,
        brute=lambda t, d: max(range(len(t) - d + 1), key=lambda i: (sum(t[i : i + d]), -i)),
        generate=lambda rng, n: (ints(rng, n, -50, 50), number(rng, (n + 3) // 4, (n + 1) // 2)),
        examples=(([1, 5, 2, 4, 0], 2), ([3, 3, 3], 1)),
        edges=(([-7], 1), ([-1, -2, -1], 1), ([4, 5, 6], 3), ([1, 2, 3], 2)),
        sizes=LARGE,
    ),
    function(
        "Union of two rows",
        "easy",
        "two-pointers arrays",
        """
        Both rows are in rising order and may repeat values. Return, in rising order, the values that stand in exactly
        one of the two rows, each once. At most 100 values per row, from -1000 to 1000.
        """,
        """
        def one_row_only(left: list[int], right: list[int]) -> list[int]:
            i = j = 0
            result = []
            while i < len(left) or j < len(right):
                value = min(left[i:i + 1] + right[j:j + 1])
                in_left = in_right = False
                while i < len(left) and left[i] == value:
                    i, in_left = i + 1, True
                while j < len(right) and right[j] == value:
                    j, in_right = j + 1, True
                if in_left != in_right:
                    result.append(value)
            return result
        """,
        brute=lambda a, b: sorted(set(a) ^ set(b)),
        generate=lambda rng, n: (sorted(ints(rng, n, 0, n)), sorted(ints(rng, number(rng, 0, n), 0, n))),
        examples=(([1, 2, 2, 4], [2, 3]),),
        edges=(([], []), ([1, 1], []), ([], [5]), ([3], [3, 3])),
    ),
    function(
        "Longest lit street",
        "medium",
        "sliding-window strings",
        """
        In the text, "1" is a lamp that shines and "0" one that is dark. You may repair at most `repairs` dark lamps.
        Return the largest number of neighbouring lamps that can shine then. Up to 20000 lamps, 0 <= repairs <= 20000.
        """,
        """
        def lit_street(lamps: str, repairs: int) -> int:
            start = dark = best = 0
            for end, lamp in enumerate(lamps, 1):
                dark += lamp == "0"
                while dark > repairs:
                    dark -= lamps[start] == "0"
                    start += 1
                best = max(best, end - start)
            return best
        """,
        brute=lambda s, k: max([0] + [j - i for i, j in _ranges(len(s)) if s[i:j].count("0") <= k]),
        generate=lambda rng, n: (word(rng, n, "01"), number(rng, 0, n // 3)),
        examples=(("1100101", 1),),
        edges=(("", 3), ("0", 0), ("000", 2), ("0110", 9)),
        sizes=LARGE,
    ),
    function(
        "Full colour strip",
        "medium",
        "sliding-window hashing",
        """
        Return the shortest contiguous piece of the list in which every value of the whole list occurs, as `[start, end]`
        with `end` one past its last index; among equally short ones the leftmost. 1 to 20000 values from 0 to 1000.
        """,
        """
        from collections import Counter


        def colour_strip(colours: list[int]) -> list[int]:
            missing, seen = len(set(colours)), Counter()
            start, best = 0, [0, len(colours)]
            for end, colour in enumerate(colours, 1):
                seen[colour] += 1
                missing -= seen[colour] == 1
                while not missing:
                    if end - start < best[1] - best[0]:
                        best = [start, end]
                    seen[colours[start]] -= 1
                    missing += seen[colours[start]] == 0
                    start += 1
            return best
        """,
        brute=_strip,
        generate=lambda rng, n: (ints(rng, n, 0, min(n // 2, 500)),),
        examples=(([1, 2, 1, 3, 1, 2],),),
        edges=(([5],), ([5, 5],), ([1, 2, 3],), ([1, 2, 1],)),
        sizes=LARGE,
    ),
    function(
        "Closest meeting of prices",
        "medium",
        "two-pointers sorting",
        """
        Take one price from each of the two lists. Return the smallest possible distance between their sum and `budget`.
        Each list has 1 to 20000 prices from 0 to 1000000, in any order; 0 <= budget <= 2000000.
        """,
        """
        def closest_sum(first: list[int], second: list[int], budget: int) -> int:
            first, second = sorted(first), sorted(second, reverse=True)
            i = j = 0
            best = abs(first[0] + second[0] - budget)
            while i < len(first) and j < len(second):
                gap = first[i] + second[j] - budget
                best = min(best, abs(gap))
                if gap < 0:
                    i += 1
                else:
                    j += 1
            return best
        """,
        brute=lambda a, b, t: min(abs(x + y - t) for x in a for y in b),
        generate=lambda rng, n: (ints(rng, n, 0, 10**6), ints(rng, n, 0, 10**6), number(rng, 0, 2_000_000)),
        examples=(([10, 40], [25, 5, 30], 50),),
        edges=(([0], [0], 7), ([1, 2], [3], 4), ([0] * 20_000, [1] * 20_000, 100)),
        sizes=LARGE,
    ),
    function(
        "Calm stretches",
        "hard",
        "sliding-window queues",
        """
        Return the number of contiguous, non-empty pieces of the list whose largest and smallest value differ by at most
        `limit`. Up to 20000 values from 0 to 1000000, 0 <= limit <= 1000000.
        """,
        """
        from collections import deque


        def calm_stretches(values: list[int], limit: int) -> int:
            highs, lows, start, count = deque(), deque(), 0, 0
            for end, value in enumerate(values):
                while highs and values[highs[-1]] <= value:
                    highs.pop()
                while lows and values[lows[-1]] >= value:
                    lows.pop()
                highs.append(end)
                lows.append(end)
                while values[highs[0]] - values[lows[0]] > limit:
                    start += 1
                    if highs[0] < start:
                        highs.popleft()
                    if lows[0] < start:
                        lows.popleft()
                count += end - start + 1
            return count
        """,
        brute=lambda v, limit: sum(max(v[i:j]) - min(v[i:j]) <= limit for i, j in _ranges(len(v))),
        generate=lambda rng, n: (ints(rng, n, 0, n), number(rng, 0, n)),
        examples=(([4, 6, 3, 4], 2),),
        edges=(([], 1), ([5], 0), ([1, 1, 2], 0), ([3] * 20_000, 0)),
        sizes=LARGE,
    ),
    function(
        "Moving median",
        "hard",
        "sliding-window sorting",
        """
        Return the median of each stretch of `width` neighbouring values, from left to right; for an even width, the
        lower of the two middle values. 1 <= width <= number of values <= 20000, values from 0 to 1000000.
        """,
        """
        from bisect import bisect_left, insort


        def moving_median(values: list[int], width: int) -> list[int]:
            window, medians = [], []
            for i, value in enumerate(values):
                insort(window, value)
                if i >= width:
                    del window[bisect_left(window, values[i - width])]
                if i >= width - 1:
                    medians.append(window[(width - 1) // 2])
            return medians
        """,
        brute=lambda v, w: [median_low(v[i : i + w]) for i in range(len(v) - w + 1)],
        generate=lambda rng, n: (ints(rng, n, 0, 50 * n), number(rng, n // 3 + 1, n // 2 + 1)),
        examples=(([5, 1, 4, 2, 3], 3), ([9, 1, 5], 2)),
        edges=(([3], 1), ([2, 1], 2), ([2, 1], 1), ([4, 4, 4, 1], 4)),
        sizes=LARGE,
    ),
)
