"""Problems where choices are tried and taken back."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import Any

from sge_envs.code.compare import Checker, Unordered
from sge_envs.code.problems.draw import distinct, grid, ints, number, shuffled, word
from sge_envs.code.problems.write import SMALL, function


def _safe(columns: tuple[int, ...] | list[int], blocked: list[list[int]]) -> bool:
    pairs = combinations(enumerate(columns), 2)
    free = all([row, column] not in blocked for row, column in enumerate(columns))
    return free and len(set(columns)) == len(columns) and all(abs(a - b) != abs(p - q) for (a, p), (b, q) in pairs)


def _queens(size: int, blocked: list[list[int]]) -> list[int] | None:
    return next((list(row) for row in permutations(range(size)) if _safe(row, blocked)), None)


def _can_place(size: int, blocked: list[list[int]], columns: list[int]) -> bool:
    tries = ([*columns, column] for column in range(size))
    return len(columns) == size or any(_safe(row, blocked) and _can_place(size, blocked, row) for row in tries)


def _is_queens(arguments: tuple[Any, ...], answer: Any) -> bool:
    size, blocked = arguments
    if answer is None:
        return not _can_place(size, blocked, [])
    return all(type(c) is int for c in answer) and sorted(answer) == list(range(size)) and _safe(answer, blocked)


def _groups(values: list[int], count: int) -> list[list[int]] | None:
    for homes in product(range(count), repeat=len(values)):
        groups = [[value for value, home in zip(values, homes) if home == group] for group in range(count)]
        if len(set(map(sum, groups))) == 1:
            return groups
    return None


def _is_grouping(arguments: tuple[Any, ...], answer: Any) -> bool:
    values, count = arguments
    if answer is None:
        return not _fills([sum(values) // count] * count, sorted(values)) if sum(values) % count == 0 else True
    sums = {sum(group) for group in answer}
    flat = [value for group in answer for value in group]
    return len(answer) == count and len(sums) == 1 and sorted(flat) == sorted(values) and set(map(type, flat)) <= {int}


def _fills(rooms: list[int], values: list[int]) -> bool:
    """Can the values, the largest first, be put into rooms that are full in the end?"""
    if not values:
        return True
    *rest, value = values
    tries = {room for room in rooms if room >= value}
    return any(_fills([*(rooms[: (i := rooms.index(t))]), t - value, *rooms[i + 1 :]], rest) for t in tries)


def _spells(board: list[str], text: str) -> bool:
    cells = [(r, c) for r in range(len(board)) for c in range(len(board[0]))]
    paths = [[cell] for cell in cells if board[cell[0]][cell[1]] == text[0]]
    for letter in text[1:]:
        paths = [
            [*path, (r, c)]
            for path in paths
            for r, c in cells
            if abs(r - path[-1][0]) + abs(c - path[-1][1]) == 1 and board[r][c] == letter and (r, c) not in path
        ]
    return bool(paths)


def _sign_ways(digits: str, target: int) -> int:
    """Try all signs, and work each term out as a sum of products."""
    count = 0
    for signs in product(" +-*", repeat=len(digits) - 1):
        text = (digits[0] + "".join(map("".join, zip(signs, digits[1:])))).replace(" ", "").replace("-", "+-1*")
        total = 0
        for part in text.split("+"):
            value = 1
            for factor in part.split("*"):
                value *= int(factor)
            total += value
        count += total == target
    return count


PROBLEMS = (
    function(
        "Baskets of a given price",
        "medium",
        "backtracking",
        """
        Return all sets of articles whose prices sum to exactly `money`, each set as the list of its prices in rising order;
        the order of the sets does not count. The prices are different; no article is taken twice. Up to 18 prices from 1 to
        100, 1 <= money <= 1000.
        """,
        """
        def baskets(prices: list[int], money: int) -> list[list[int]]:
            prices, found = sorted(prices), []

            def fill(start, left, basket):
                if left == 0:
                    found.append(basket)
                for i in range(start, len(prices)):
                    if prices[i] > left:
                        break
                    fill(i + 1, left - prices[i], basket + [prices[i]])

            fill(0, money, [])
            return found
        """,
        brute=lambda prices, money: [
            sorted(group)
            for size in range(len(prices) + 1)
            for group in combinations(prices, size)
            if sum(group) == money
        ],
        generate=lambda rng, n: (distinct(rng, min(n + 2, 18), 1, 2 * n + 2), number(rng, n, 4 * n)),
        examples=(([5, 2, 3, 8], 8),),
        edges=(([], 1), ([4], 4), ([4], 3), ([1, 2, 3, 4, 5], 5)),
        sizes=(*SMALL, 10, 12, 15),
        comparison=Unordered(),
    ),
    function(
        "Queens and holes",
        "hard",
        "backtracking",
        """
        Put one queen into every row of a board of size times size cells, so that no two are in the same column or diagonal
        and none is on a blocked cell `[row, column]`. Return any solution as the list of the queens' columns, row by row from
        0, or None if there is none. 1 <= size <= 8.
        """,
        """
        def queens(size: int, blocked: list[list[int]]) -> list[int] | None:
            holes = {(row, column) for row, column in blocked}

            def place(columns):
                row = len(columns)
                if row == size:
                    return columns
                for column in range(size):
                    hit = any(column == c or abs(column - c) == row - r for r, c in enumerate(columns))
                    if not hit and (row, column) not in holes:
                        found = place(columns + [column])
                        if found is not None:
                            return found
                return None

            return place([])
        """,
        brute=_queens,
        generate=lambda rng, n: (n, [list(divmod(i, n)) for i in distinct(rng, n * n // 5, 0, n * n - 1)]),
        examples=((4, [[0, 1]]), (3, [])),
        edges=((1, []), (1, [[0, 0]]), (4, []), (4, [[0, 1], [0, 2]]), (8, [])),
        sizes=(4, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 8),
        brute_size=6,
        comparison=Checker(_is_queens),
    ),
    function(
        "Fair heaps",
        "hard",
        "backtracking",
        """
        Split the values into `count` heaps of equal sum and return the heaps as lists, in any order, or None if that is
        impossible. Each value is in exactly one heap. 2 to 14 values from 1 to 50, 2 <= count <= 5.
        """,
        """
        def fair_heaps(values: list[int], count: int) -> list[list[int]] | None:
            goal, rest = divmod(sum(values), count)
            values = sorted(values, reverse=True)
            heaps = [[] for _ in range(count)]

            def fill(i):
                if i == len(values):
                    return True
                tried = set()
                for heap in heaps:
                    total = sum(heap)
                    if total not in tried and total + values[i] <= goal:
                        tried.add(total)
                        heap.append(values[i])
                        if fill(i + 1):
                            return True
                        heap.pop()
                return False

            return heaps if not rest and fill(0) else None
        """,
        brute=_groups,
        generate=lambda rng, n: (
            (v := ints(rng, min(n, 10) + 1, 1, 9)) + [2 * max(v) + 1 - sum(v) % 2 if sum(v) < 2 * max(v) else max(v)],
            number(rng, 2, 3),
        ),
        examples=(([4, 3, 1, 2], 2), ([3, 3, 5], 2)),
        edges=(([1, 1], 2), ([1, 2], 2), ([5, 5, 5, 5, 5], 5), ([2, 2, 2], 2)),
        sizes=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12),
        brute_size=6,
        comparison=Checker(_is_grouping),
    ),
    function(
        "Snake word",
        "medium",
        "backtracking matrices",
        """
        The rows of a board are texts of equal length. Return whether the word can be spelled along cells that share sides,
        using no cell twice. 1 to 6 rows and columns, 1 to 10 letters, all lower-case.
        """,
        """
        def spells(board: list[str], word: str) -> bool:
            cells = {(r, c): letter for r, row in enumerate(board) for c, letter in enumerate(row)}

            def follow(cell, i):
                if cells.get(cell) != word[i]:
                    return False
                if i + 1 == len(word):
                    return True
                r, c = cell
                letter = cells.pop(cell)
                found = any(follow(step, i + 1) for step in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)))
                cells[cell] = letter
                return found

            return any(follow(cell, 0) for cell in list(cells))
        """,
        brute=_spells,
        generate=lambda rng, n: (grid(rng, min(n, 5), min(n, 4) + 1, "abcd"), word(rng, min(n + 1, 6), "abcd")),
        examples=((["abc", "fed"], "cdea"), (["abc", "fed"], "abed")),
        edges=((["a"], "a"), (["a"], "aa"), (["ab"], "aba"), (["aaa", "aba"], "aaaaa"), (["x"], "y")),
        sizes=(1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8),
    ),
    function(
        "Signs between digits",
        "hard",
        "backtracking parsing",
        """
        Between each two neighbouring digits put nothing, "+", "-" or "*"; digits without a sign between them form one number,
        which may start with zeros. Return in how many ways the term has the value `target` ("*" binds tighter). 1 to 9
        digits, target from -10**9 to 10**9.
        """,
        """
        def sign_ways(digits: str, target: int) -> int:
            def count(start, done, product):
                total = 0
                for end in range(start + 1, len(digits) + 1):
                    value = int(digits[start:end])
                    if end == len(digits):
                        total += done + product * value == target
                    else:
                        total += count(end, done, product * value)
                        total += count(end, done + product * value, 1)
                        total += count(end, done + product * value, -1)
                return total

            return count(0, 0, 1)
        """,
        brute=_sign_ways,
        generate=lambda rng, n: ("".join(shuffled(rng, word(rng, min(n, 9), "0123456789"))), number(rng, 0, 10)),
        examples=(("123", 6), ("105", 5)),
        edges=(("7", 7), ("7", 8), ("00", 0), ("111111111", 1), ("9999", -9)),
        sizes=(1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9),
        brute_size=5,
    ),
)
