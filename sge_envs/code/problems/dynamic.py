"""Problems for dynamic programming."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise, product
from typing import Any

from sge_envs.code.compare import Checker
from sge_envs.code.problems.draw import distinct, flip, grid, ints, number, word, words
from sge_envs.code.problems.write import LARGE, function

MOD = 10**9 + 7


def _stair_walks(steps: int, broken: list[int]) -> int:
    jumps = (jumps for count in range(steps + 1) for jumps in product((1, 2, 3), repeat=count) if sum(jumps) == steps)
    return sum(not any(sum(walk[: i + 1]) in broken for i in range(len(walk))) for walk in jumps)


def _fewest(coins: list[int], amount: int) -> int:
    hands = product((0, 1, 2), repeat=len(coins))
    return min((sum(h) for h in hands if sum(n * c for n, c in zip(h, coins)) == amount), default=-1)


def _picks(values: list[int], rest: int) -> int:
    groups = (group for size in range(len(values) + 1) for group in combinations(range(len(values)), size))
    return max(sum(values[i] for i in g) for g in groups if all(b - a > rest for a, b in pairwise(g)))


def _rising(values: list[int], step: int) -> int:
    groups = (group for size in range(len(values), 0, -1) for group in combinations(values, size))
    return next((len(g) for g in groups if all(b - a >= step for a, b in pairwise(g))), 0)


def _cost(old: str, new: str, insert: int, delete: int, change: int) -> int:
    """Relax the cheapest costs over the graph of (letters read, letters written) until they rest."""
    cost = {(0, 0): 0}
    for _ in range(len(old) + len(new) + 1):
        for (i, j), so_far in list(cost.items()):
            moves = [((i, j + 1), insert), ((i + 1, j), delete)]
            if i < len(old) and j < len(new):
                moves.append(((i + 1, j + 1), 0 if old[i] == new[j] else change))
            for place, price in moves:
                if place[0] <= len(old) and place[1] <= len(new):
                    cost[place] = min(cost.get(place, so_far + price), so_far + price)
    return cost[len(old), len(new)]


def _merges(piles: tuple[int, ...]) -> int:
    if len(piles) < 2:
        return 0
    joins = ((i, piles[i] + piles[i + 1]) for i in range(len(piles) - 1))
    return min(new + _merges((*piles[:i], new, *piles[i + 2 :])) for i, new in joins)


def _walks(field: list[str]) -> int:
    """The best of all walks, one by one; -1 if there is none."""
    rows, columns = len(field), len(field[0])
    best = -1
    for downs in combinations(range(rows + columns - 2), rows - 1):
        r, c, seen = 0, 0, field[0][0]
        for step in range(rows + columns - 2):
            r, c = (r + 1, c) if step in downs else (r, c + 1)
            seen += field[r][c]
        if "#" not in seen:
            best = max(best, sum(int(cell) for cell in seen))
    return best


def _is_common(arguments: tuple[Any, ...], answer: Any) -> bool:
    a, b = arguments
    within = all(_inside(answer, text) for text in (a, b))
    return within and type(answer) is str and len(answer) == _longest(a, b)


def _inside(piece: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in piece)


def _longest(a: str, b: str) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        corner = 0
        for j, y in enumerate(b):
            corner, row[j + 1] = row[j + 1], corner + 1 if x == y else max(row[j], row[j + 1])
    return row[-1]


def _any_common(a: str, b: str) -> str:
    sizes = range(min(len(a), len(b)), -1, -1)
    return next("".join(p) for size in sizes for p in combinations(a, size) if _inside("".join(p), b))


def _splits(text: str, known: list[str]) -> int:
    cuts = (c for size in range(len(text)) for c in combinations(range(1, len(text)), size))
    return sum(all(text[i:j] in known for i, j in zip((0, *cut), (*cut, len(text)))) for cut in cuts) % MOD


@cache
def _smooth(limit: int) -> int:
    return sum(all(a != b for a, b in zip(str(n), str(n)[1:])) for n in range(1, limit + 1))


def _fill(height: int, width: int) -> int:
    """Lay dominoes and squares cell by cell."""

    def lay(free: frozenset[tuple[int, int]]) -> int:
        if not free:
            return 1
        r, c = min(free)
        rest = free - {(r, c)}
        return lay(rest) + sum(lay(rest - {other}) for other in ((r + 1, c), (r, c + 1)) if other in rest)

    return lay(frozenset(product(range(height), range(width))))


PROBLEMS = (
    function(
        "Stairs with broken steps",
        "easy",
        "dynamic-programming",
        """
        You stand below a stair and want to get to step `steps`, climbing 1, 2 or 3 steps at a time and never standing on
        a broken step. Return in how many ways that is possible (0 if the last step is broken). 1 <= steps <= 60.
        """,
        """
        def stair_ways(steps: int, broken: list[int]) -> int:
            ways = [1] + [0] * steps
            for step in range(1, steps + 1):
                if step not in broken:
                    ways[step] = sum(ways[max(0, step - 3):step])
            return ways[steps]
        """,
        brute=_stair_walks,
        generate=lambda rng, n: (n + 1, distinct(rng, n // 4, 1, n)),
        examples=((4, [2]),),
        edges=((1, []), (1, [1]), (5, [2, 3, 4])),
    ),
    function(
        "Two of each coin",
        "medium",
        "dynamic-programming",
        """
        Of each kind of coin you have exactly two. Return the smallest number of coins that pay `amount` exactly, or -1 if
        it cannot be paid. Up to 30 different kinds worth 1 to 200, 0 <= amount <= 2000.
        """,
        """
        def pay(coins: list[int], amount: int) -> int:
            best = [0] + [10 ** 9] * amount
            for coin in coins + coins:
                for total in range(amount, coin - 1, -1):
                    best[total] = min(best[total], best[total - coin] + 1)
            return best[amount] if best[amount] < 10 ** 9 else -1
        """,
        brute=_fewest,
        generate=lambda rng, n: (
            coins := distinct(rng, min(n, 30), 1, 4 * min(n, 30) + 2),
            number(rng, 1, sum(coins) + 1),
        ),
        examples=(([1, 5, 7], 12), ([4, 6], 5)),
        edges=(([], 0), ([], 3), ([2], 4), ([2], 6), ([1, 2, 3], 12)),
    ),
    function(
        "Rest between picks",
        "medium",
        "dynamic-programming",
        """
        Pick some elements so that between any two picked ones there are at least `rest` elements that are not picked.
        Return the largest possible sum; picking nothing gives 0. Up to 20000 values from -1000 to 1000, 0 <= rest <= 100.
        """,
        """
        def best_picks(values: list[int], rest: int) -> int:
            best = [0]
            for i, value in enumerate(values):
                best.append(max(best[-1], value + best[max(0, i - rest)]))
            return best[-1]
        """,
        brute=_picks,
        generate=lambda rng, n: (ints(rng, n, -300, 1000), number(rng, 0, min(n // 2, 100))),
        examples=(([5, 6, 4, 3], 1),),
        edges=(([], 0), ([-1], 2), ([3, -1, 4], 0), ([1, 2, 3], 9)),
        sizes=LARGE,
        brute_size=10,
    ),
    function(
        "Growing by a step",
        "hard",
        "dynamic-programming binary-search",
        """
        Keep some elements, in their order, so that each kept one is larger than the kept one before by at least `step`.
        Return the largest number of elements that can be kept. Up to 20000 values from -1000000 to 1000000,
        1 <= step <= 1000.
        """,
        """
        from bisect import bisect_right


        def growing(values: list[int], step: int) -> int:
            ends = []
            for value in values:
                place = bisect_right(ends, value - step)
                ends[place:place + 1] = [min([value] + ends[place:place + 1])]
            return len(ends)
        """,
        brute=_rising,
        generate=lambda rng, n: (ints(rng, n, -n, n), number(rng, 1, 3)),
        examples=(([1, 2, 4, 3, 6], 2),),
        edges=(([], 1), ([5], 3), ([3, 3, 3], 1), ([1, 2, 3], 1), (list(range(20_000)), 7)),
        sizes=LARGE,
        brute_size=10,
    ),
    function(
        "Priced corrections",
        "medium",
        "dynamic-programming strings",
        """
        Turn the text `old` into `new` by inserting, deleting and changing single letters; each kind has its own price, and
        any number of them may be used. Return the smallest total price. Up to 100 letters each, prices from 1 to 20.
        """,
        """
        def correct(old: str, new: str, insert: int, delete: int, change: int) -> int:
            row = [j * insert for j in range(len(new) + 1)]
            for a in old:
                before, row = row, [row[0] + delete]
                for j, b in enumerate(new):
                    swap = before[j] + (change if a != b else 0)
                    row.append(min(row[j] + insert, before[j + 1] + delete, swap))
            return row[-1]
        """,
        brute=_cost,
        generate=lambda rng, n: (word(rng, n), word(rng, number(rng, 0, n)), *ints(rng, 3, 1, 9)),
        examples=(("abc", "axc", 2, 2, 5), ("ab", "", 1, 3, 1)),
        edges=(("", "", 1, 1, 1), ("", "ab", 7, 1, 1), ("a", "b", 1, 1, 3), ("a", "b", 5, 5, 9)),
    ),
    function(
        "Join the piles",
        "hard",
        "dynamic-programming intervals",
        """
        Piles of stones stand in a row. Joining two neighbouring piles into one costs as many coins as the new pile has
        stones. Return the smallest total cost of joining all piles into one; 0 for fewer than two piles. Up to 60 piles of
        1 to 100 stones.
        """,
        """
        def join_piles(piles: list[int]) -> int:
            n = len(piles)
            cost = [[0] * (n + 1) for _ in range(n + 1)]
            for size in range(2, n + 1):
                for i in range(n - size + 1):
                    j = i + size
                    cost[i][j] = sum(piles[i:j]) + min(cost[i][k] + cost[k][j] for k in range(i + 1, j))
            return cost[0][n]
        """,
        brute=lambda piles: _merges(tuple(piles)),
        generate=lambda rng, n: (ints(rng, n, 1, 100),),
        examples=(([4, 1, 1, 5],),),
        edges=(([],), ([7],), ([1, 2],)),
        brute_size=7,
    ),
    function(
        "Walk for coins",
        "medium",
        "dynamic-programming matrices",
        """
        The rows of a field are texts of equal length; a digit is the number of coins on a cell, "#" is water. Walk from the
        top left to the bottom right cell, going only right or down and never into water, and take all coins on the way.
        Return the largest number of coins, or -1 if there is no way. 1 to 60 rows and columns.
        """,
        """
        def most_coins(field: list[str]) -> int:
            best = [-1] * len(field[0])
            for r, row in enumerate(field):
                for c, cell in enumerate(row):
                    before = max(best[c], best[c - 1] if c else -1, 0 if r == c == 0 else -1)
                    best[c] = before + int(cell) if cell != "#" and before >= 0 else -1
            return best[-1]
        """,
        brute=_walks,
        generate=lambda rng, n: (grid(rng, n, number(rng, 1, n + 1), "#0123456789" if flip(rng) else "##123456789"),),
        examples=((["13#", "402"],), (["1#", "#1"],)),
        edges=((["0"],), (["#"],), (["123"],), (["1", "#", "3"],)),
        sizes=(2, 2, 3, 3, 4, 4, 5, 6, 8, 10, 20, 60),
        brute_size=6,
    ),
    function(
        "Longest common thread",
        "medium",
        "dynamic-programming strings",
        """
        A thread of a text is what is left when some (perhaps no, perhaps all) letters are deleted. Return any longest text
        that is a thread of both texts. Up to 100 letters each.
        """,
        """
        def common_thread(a: str, b: str) -> str:
            row = [""] * (len(b) + 1)
            for x in a:
                before, row = row, [""]
                for j, y in enumerate(b):
                    row.append(before[j] + x if x == y else max(row[j], before[j + 1], key=len))
            return row[-1]
        """,
        brute=_any_common,
        generate=lambda rng, n: (word(rng, n), word(rng, n)),
        examples=(("abcb", "bcab"), ("ab", "c")),
        edges=(("", ""), ("", "a"), ("aa", "aaa"), ("abc", "abc")),
        comparison=Checker(_is_common),
    ),
    function(
        "Ways to read the ribbon",
        "medium",
        "dynamic-programming strings",
        """
        Return in how many ways the text can be cut into words of the list, modulo 1000000007. Words may be used repeatedly;
        the list has no repeated and no empty words. 1 to 200 letters, at most 50 words.
        """,
        """
        def readings(text: str, words: list[str]) -> int:
            ways = [1] + [0] * len(text)
            for end in range(1, len(text) + 1):
                ways[end] = sum(ways[end - len(word)] for word in words if text[:end].endswith(word)) % 1000000007
            return ways[-1]
        """,
        brute=_splits,
        generate=lambda rng, n: (word(rng, n, "ab"), sorted({*words(rng, n // 3 + 3, 3, "ab")})),
        examples=(("abab", ["ab", "a", "b", "ba"]), ("abc", ["ab", "bc"])),
        edges=(("a", []), ("a", ["a"]), ("aaaa", ["a", "aa"]), ("aab", ["a", "aa"])),
        brute_size=10,
    ),
    function(
        "No echo numbers",
        "hard",
        "dynamic-programming digits",
        """
        Return how many of the numbers 1 to `limit` have no two equal neighbouring decimal digits. 1 <= limit <= 10**15.
        """,
        """
        def no_echo(limit: int) -> int:
            digits = [int(digit) for digit in str(limit)]
            count = sum(9 ** size for size in range(1, len(digits)))
            for i, digit in enumerate(digits):
                free = [d for d in range(i == 0, digit) if i == 0 or d != digits[i - 1]]
                count += len(free) * 9 ** (len(digits) - 1 - i)
                if i and digit == digits[i - 1]:
                    return count
            return count + 1
        """,
        brute=_smooth,
        generate=lambda rng, n: (number(rng, 10 ** (min(n, 15) - 1), 10 ** min(n, 15)),),
        examples=((12,), (100,)),
        edges=((1,), (9,), (11,), (1000,)),
        sizes=(1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 15),
        brute_size=4,
    ),
    function(
        "Squares and dominoes",
        "hard",
        "dynamic-programming combinatorics",
        """
        Return in how many ways a board of `height` times `width` cells can be covered completely, without overlap, by
        squares of one cell and dominoes of two neighbouring cells, modulo 1000000007. Turned or mirrored coverings count
        as different. 1 <= height <= 5, 1 <= width <= 200.
        """,
        """
        def coverings(height: int, width: int) -> int:
            ways = {0: 1}  # by the cells ahead that are covered already, the nearest in the lowest bit
            for cell in range(height * width):
                after = {}
                for ahead, count in ways.items():
                    rest = ahead >> 1
                    moves = [rest]
                    if not ahead & 1:
                        if cell < height * (width - 1):
                            moves.append(rest | 1 << height - 1)
                        if cell % height < height - 1 and not rest & 1:
                            moves.append(rest | 1)
                    for move in moves:
                        after[move] = (after.get(move, 0) + count) % 1000000007
                ways = after
            return ways[0]
        """,
        brute=lambda height, width: _fill(height, width) % MOD,
        sizes=(1, 2, 3, 3, 4, 5, 6, 8, 10, 20, 50, 200),
        generate=lambda rng, n: (number(rng, 1, min(n, 3) if n < 9 else 5), min(n, 200)),
        examples=((1, 3), (2, 2)),
        edges=((1, 1), (1, 2), (2, 1), (3, 2)),
        brute_size=4,
    ),
)
