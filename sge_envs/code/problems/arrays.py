"""Problems about plain lists of numbers."""

from __future__ import annotations

from sge_envs.code.problems.draw import ints, number
from sge_envs.code.problems.write import LARGE, function


def _sums(values: list[int]) -> set[int]:
    sums = {0}
    for value in values:
        sums |= {value + old for old in sums}
    return sums


def _rotate(values: list[int], block: int, shift: int) -> list[int]:
    whole = len(values) // block * block
    moved = [values[i // block * block + (i - shift) % block] for i in range(whole)]
    return moved + [values[len(values) - 1 - i] for i in range(len(values) - whole)]


PROBLEMS = (
    function(
        "Widest plateau",
        "easy",
        "arrays",
        """
        A plateau is a stretch of neighbouring equal heights. Return the length of the longest plateau, 0 if there are
        no heights. At most 100 heights from 0 to 9.
        """,
        """
        def widest_plateau(heights: list[int]) -> int:
            best = run = 0
            for i, height in enumerate(heights):
                run = run + 1 if i and heights[i - 1] == height else 1
                best = max(best, run)
            return best
        """,
        brute=lambda h: max(
            (j - i for j in range(len(h) + 1) for i in range(j) if len(set(h[i:j])) == 1),
            default=0,
        ),
        generate=lambda rng, n: (ints(rng, n, 0, number(rng, 1, 3)),),
        examples=(([2, 2, 1, 1, 1, 2],), ([4],)),
        edges=(([],), ([7, 7, 7],), ([1, 2, 3, 3],)),
    ),
    function(
        "Record days",
        "easy",
        "arrays",
        """
        A day is a record if its temperature is strictly higher than on all earlier days; the first day is a record.
        Return the numbers of the record days, counted from 1. At most 100 days, temperatures from -50 to 50.
        """,
        """
        def record_days(temperatures: list[int]) -> list[int]:
            days, top = [], None
            for day, value in enumerate(temperatures, 1):
                if top is None or value > top:
                    days.append(day)
                    top = value
            return days
        """,
        brute=lambda t: [i + 1 for i in range(len(t)) if all(t[j] < t[i] for j in range(i))],
        generate=lambda rng, n: (ints(rng, n, -20, 50),),
        examples=(([3, 1, 4, 4, 5],),),
        edges=(([],), ([-5],), ([-5, -5, -4],), ([9, 8, 7],)),
    ),
    function(
        "Runner-up value",
        "easy",
        "arrays sorting",
        """
        Return the second largest of the different values, or None if there are fewer than two different values.
        At most 100 values from -1000 to 1000.
        """,
        """
        def runner_up(values: list[int]) -> int | None:
            ranked = sorted(set(values))
            return ranked[-2] if len(ranked) > 1 else None
        """,
        brute=lambda v: next((x for x in range(1000, -1001, -1) if x in v and sum(y > x for y in set(v)) == 1), None),
        generate=lambda rng, n: (ints(rng, n, -n, n),),
        examples=(([5, 1, 5, 3],), ([2, 2],)),
        edges=(([],), ([-1],), ([-1, -2],), ([1000, -1000],)),
    ),
    function(
        "Weave halves",
        "easy",
        "arrays",
        """
        Cut the list into a front and a back half; with an odd number of elements the front half has one more. Return
        the list that takes turns between the halves, front half first, each in its own order. At most 100 elements.
        """,
        """
        def weave_halves(values: list[int]) -> list[int]:
            middle = (len(values) + 1) // 2
            woven = [0] * len(values)
            woven[::2] = values[:middle]
            woven[1::2] = values[middle:]
            return woven
        """,
        brute=lambda v: [v[i // 2 + (i % 2) * ((len(v) + 1) // 2)] for i in range(len(v))],
        generate=lambda rng, n: (ints(rng, n, 0, 99),),
        examples=(([1, 2, 3, 4, 5],),),
        edges=(([],), ([8],), ([8, 9],), ([1, 2, 3, 4],)),
    ),
    function(
        "Balance points",
        "medium",
        "arrays prefix-sums",
        """
        Return, in rising order, all indices at which the sum of the elements before equals the sum of the elements
        after; the element itself counts to neither side. Up to 20000 values from -1000 to 1000.
        """,
        """
        def balance_points(values: list[int]) -> list[int]:
            total, before, found = sum(values), 0, []
            for i, value in enumerate(values):
                if 2 * before + value == total:
                    found.append(i)
                before += value
            return found
        """,
        brute=lambda v: [i for i in range(len(v)) if sum(v[:i]) == sum(v[i + 1 :])],
        generate=lambda rng, n: (ints(rng, n, -1, 1),),
        examples=(([1, 2, 0, 3],), ([1, 2],)),
        edges=(([],), ([5],), ([0, 0],), ([1000, -1000, 0],)),
        sizes=LARGE,
    ),
    function(
        "Rotate the blocks",
        "medium",
        "arrays",
        """
        Cut the list from the left into blocks of `block` elements. Rotate every full block to the right by `shift`
        places (what falls off the end of a block comes in at its front), and reverse what is left over at the end.
        At most 100 elements, 1 <= block <= 20, 0 <= shift <= 1000.
        """,
        """
        def rotate_blocks(values: list[int], block: int, shift: int) -> list[int]:
            result = []
            for start in range(0, len(values), block):
                part = values[start:start + block]
                cut = block - shift % block
                result += part[cut:] + part[:cut] if len(part) == block else part[::-1]
            return result
        """,
        brute=_rotate,
        generate=lambda rng, n: (ints(rng, n, 0, 99), number(rng, 1, min(n + 1, 20)), number(rng, 0, 30)),
        examples=(([1, 2, 3, 4, 5, 6, 7, 8], 3, 1),),
        edges=(([], 2, 1), ([1, 2, 3], 3, 1000), ([1, 2, 3], 4, 1), ([1, 2], 1, 5)),
    ),
    function(
        "Patient trader",
        "medium",
        "arrays greedy",
        """
        You buy on some day and sell on a later day, at least `wait` days after. Return the largest possible gain
        (selling price minus buying price), or 0 if no trade gains. Up to 20000 prices from 0 to 100000,
        1 <= wait <= 20000.
        """,
        """
        def patient_trader(prices: list[int], wait: int) -> int:
            best, low = 0, float("inf")
            for buy, price in zip(prices, prices[wait:]):
                low = min(low, buy)
                best = max(best, price - low)
            return int(best)
        """,
        brute=lambda p, w: max([0] + [p[j] - p[i] for i in range(len(p)) for j in range(i + w, len(p))]),
        generate=lambda rng, n: (ints(rng, n, 0, 100_000), number(rng, 1, max(n // 2, 1))),
        examples=(([5, 1, 9, 4, 6], 2),),
        edges=(([], 1), ([3, 9], 2), ([9, 5, 1], 1), ([1, 2], 1)),
        sizes=LARGE,
    ),
    function(
        "Unpayable amount",
        "medium",
        "arrays greedy sorting",
        """
        Each coin can be used once. Return the smallest positive amount that cannot be paid exactly with some of the
        coins. Up to 20000 coins worth 1 to 1000000.
        """,
        """
        def unpayable(coins: list[int]) -> int:
            reach = 0
            for coin in sorted(coins):
                if coin > reach + 1:
                    break
                reach += coin
            return reach + 1
        """,
        brute=lambda c: min(set(range(1, sum(c) + 2)) - _sums(c)),
        generate=lambda rng, n: ([int(2 ** (6 * rng.random() * min(n, 20) / 15)) for _ in range(n)],),
        examples=(([4, 1, 2, 12],),),
        edges=(([],), ([1],), ([2],), ([1, 1, 1],), ([1, 2, 4, 8, 17],)),
        sizes=LARGE,
    ),
    function(
        "Clear defeats",
        "hard",
        "arrays sorting divide-and-conquer",
        """
        Players are listed in the order in which they arrived. A player suffers a clear defeat from each player who
        arrived later and has more than twice the points. Return the number of clear defeats of all players together.
        Up to 20000 players with 0 to 1000000 points.
        """,
        """
        def clear_defeats(points: list[int]) -> int:
            def sort(values):
                if len(values) < 2:
                    return values, 0
                left, first = sort(values[:len(values) // 2])
                right, second = sort(values[len(values) // 2:])
                count, i = first + second, 0
                for value in right:
                    while i < len(left) and 2 * left[i] < value:
                        i += 1
                    count += i
                return sorted(left + right), count

            return sort(points)[1]
        """,
        brute=lambda p: sum(2 * p[i] < p[j] for j in range(len(p)) for i in range(j)),
        generate=lambda rng, n: (ints(rng, n, 0, 3 * n),),
        examples=(([1, 3, 2, 7],),),
        edges=(([],), ([5],), ([0, 0, 1],), ([4, 8, 9],)),
        sizes=LARGE,
    ),
)
