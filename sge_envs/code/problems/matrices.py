"""Problems about tables of numbers."""

from __future__ import annotations

from sge_envs.code.problems.draw import flip, number, table
from sge_envs.code.problems.write import function

Table = list[list[int]]


def _peel(rows: Table) -> list[int]:
    """Take the left column off from top to bottom, turn the rest clockwise, again and again."""
    if not rows or not rows[0]:
        return []
    rest = [row[1:] for row in rows]
    return [row[0] for row in rows] + _peel([list(row) for row in zip(*rest[::-1])])


def _walks(links: Table, start: int, end: int, steps: int) -> int:
    if not steps:
        return int(start == end)
    return sum(_walks(links, other, end, steps - 1) for other, joined in enumerate(links[start]) if joined)


PROBLEMS = (
    function(
        "Saddle cells",
        "easy",
        "matrices",
        """
        Return all cells `[row, column]` (counted from 0) whose value is the smallest of its row and the largest of its
        column, shared or not, sorted by row, then column. 1 to 30 rows and columns, values from 0 to 99.
        """,
        """
        def saddles(table: list[list[int]]) -> list[list[int]]:
            low = [min(row) for row in table]
            high = [max(column) for column in zip(*table)]
            return [
                [r, c] for r, row in enumerate(table) for c, value in enumerate(row) if value == low[r] == high[c]
            ]
        """,
        brute=lambda t: [
            [r, c]
            for r in range(len(t))
            for c in range(len(t[0]))
            if all(t[r][c] <= x for x in t[r]) and all(t[r][c] >= row[c] for row in t)
        ],
        generate=lambda rng, n: (table(rng, min(n, 30), number(rng, 1, min(n, 4)), 0, 2 if flip(rng) else 9),),
        examples=(([[3, 1], [5, 4]],),),
        edges=(([[7]],), ([[1, 1], [1, 1]],), ([[1, 2], [2, 1]],)),
    ),
    function(
        "Spiral down the side",
        "medium",
        "matrices simulation",
        """
        Read all values of the table in a spiral against the clock: start at the top left, go down the left side, then right
        along the bottom, up, left along the top, and so on inwards. Up to 30 rows and columns; the table may be empty.
        """,
        """
        def spiral(table: list[list[int]]) -> list[int]:
            if not table:
                return []
            left = {(r, c) for r in range(len(table)) for c in range(len(table[0]))}
            r, c, down, right, line = 0, 0, 1, 0, []
            while left:
                left.remove((r, c))
                line.append(table[r][c])
                if (r + down, c + right) not in left:
                    down, right = -right, down
                r, c = r + down, c + right
            return line
        """,
        brute=_peel,
        generate=lambda rng, n: (table(rng, min(n, 30), number(rng, 1, min(n + 1, 30)), 0, 99),),
        examples=(([[1, 2, 3], [4, 5, 6], [7, 8, 9]],),),
        edges=(([],), ([[5]],), ([[1, 2, 3]],), ([[1], [2], [3]],)),
    ),
    function(
        "Long walks",
        "hard",
        "matrices graphs modular-arithmetic",
        """
        Places are numbered from 0; links[a][b] is 1 if there is a one-way path from a to b (also from a place to itself),
        else 0. Return the number of walks of exactly `steps` paths from `start` to `end`, modulo 1000000007. 1 to 12
        places, 0 <= steps <= 10**15.
        """,
        """
        def long_walks(links: list[list[int]], start: int, end: int, steps: int) -> int:
            def times(a, b):
                columns = list(zip(*b))
                return [[sum(map(int.__mul__, row, column)) % 1000000007 for column in columns] for row in a]

            row = [[int(place == start) for place in range(len(links))]]
            while steps:
                if steps & 1:
                    row = times(row, links)
                links = times(links, links)
                steps >>= 1
            return row[0][end]
        """,
        brute=lambda links, start, end, steps: _walks(links, start, end, steps),
        generate=lambda rng, n: (
            table(rng, k := min(n // 2 + 2, 12), k, 0, 1),
            number(rng, 0, k - 1),
            number(rng, 0, k - 1),
            number(rng, 0, n) if n < 9 else number(rng, 0, 10**15),
        ),
        examples=(([[0, 1], [1, 1]], 0, 1, 3),),
        edges=(([[0]], 0, 0, 0), ([[1]], 0, 0, 5), ([[0, 1], [0, 0]], 0, 1, 2), ([[0, 1], [0, 0]], 0, 1, 1)),
        brute_size=7,
    ),
    function(
        "Sums of windows",
        "medium",
        "matrices prefix-sums",
        """
        For each query `[top, left, bottom, right]` return the sum of the cells in the rows top to bottom and the columns
        left to right, all counted from 0 and included. 1 to 200 rows and columns, values from -99 to 99, up to 2000 queries.
        """,
        """
        def window_sums(table: list[list[int]], queries: list[list[int]]) -> list[int]:
            sums = [[0] * (len(table[0]) + 1)]
            for row in table:
                total, line = 0, [0]
                for c, value in enumerate(row):
                    total += value
                    line.append(sums[-1][c + 1] + total)
                sums.append(line)
            return [
                sums[bottom + 1][right + 1] - sums[top][right + 1] - sums[bottom + 1][left] + sums[top][left]
                for top, left, bottom, right in queries
            ]
        """,
        brute=lambda rows, queries: [
            sum(sum(row[c1 : c2 + 1]) for row in rows[r1 : r2 + 1]) for r1, c1, r2, c2 in queries
        ],
        generate=lambda rng, n: (
            table(rng, n, n + 1, -99, 99),
            [
                [number(rng, 0, n // 3), number(rng, 0, n // 3), number(rng, n // 3, n - 1), number(rng, n // 3, n)]
                for _ in range(10 * n)
            ],
        ),
        examples=(([[1, 2, 3], [4, 5, 6]], [[0, 1, 1, 2], [1, 0, 1, 0]]),),
        edges=(([[7]], [[0, 0, 0, 0]]), ([[1, 2]], []), ([[1], [2]], [[0, 0, 1, 0]])),
        sizes=(1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200),
    ),
)
