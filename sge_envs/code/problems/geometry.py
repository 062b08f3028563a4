"""Problems of geometry in the plane."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import acos, dist, pi, sqrt

import numpy as np

from sge_envs.code.compare import Tolerance, Unordered
from sge_envs.code.problems.draw import distinct, flip, number, some, table
from sge_envs.code.problems.write import LARGE, SIZES, function

Points = list[list[int]]


def _points(rng: np.random.Generator, count: int, top: int) -> Points:
    """Different points from 0 to ``top`` in both directions."""
    return [list(divmod(place, top + 1)) for place in distinct(rng, count, 0, (top + 1) ** 2 - 1)]


def _fan(rng: np.random.Generator, corners: int, top: int) -> Points:
    """A polygon with one corner for each of some rising x, there along the bottom, back over the top."""
    xs = sorted(distinct(rng, corners, 0, 3 * corners))
    below = some(rng, xs[1:-1], corners // 2)
    low = [[x, number(rng, -top, -1)] for x in xs if x in below]
    high = [[x, number(rng, 1, top)] for x in reversed(xs[1:-1]) if x not in below]
    return [[xs[0], 0], *low, [xs[-1], 0], *high]


def _strips(corners: Points) -> float:
    """The area as the sum of trapezoids between the x of all corners, by the lengths of vertical cuts."""
    xs = sorted({x for x, _ in corners})
    edges = list(pairwise([*corners, corners[0]]))
    total = Fraction(0)
    for a, b in pairwise(xs):
        middle = Fraction(a + b, 2)
        cuts = sorted(
            p[1] + (middle - p[0]) * (q[1] - p[1]) / (q[0] - p[0])
            for p, q in edges
            if min(p[0], q[0]) < middle < max(p[0], q[0])
        )
        total += (b - a) * sum(high - low for low, high in zip(cuts[::2], cuts[1::2]))
    return float(total)


def _turn(a: list[int], b: list[int], c: list[int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(p: list[int], others: Points) -> bool:
    """Is ``p`` in a triangle, or on a segment, of other points?"""
    segments = any(_turn(a, b, p) == 0 and min(a, b) < p < max(a, b) for a, b in combinations(others, 2))
    triangles = any(
        abs(_turn(a, b, c)) == abs(_turn(a, b, p)) + abs(_turn(b, c, p)) + abs(_turn(c, a, p)) and _turn(a, b, c) != 0
        for a, b, c in combinations(others, 3)
    )
    return segments or triangles


def _cells(boxes: Points) -> int:
    return len({cell for x1, y1, x2, y2 in boxes for cell in product(range(x1, x2), range(y1, y2))})


def _boxes(rng: np.random.Generator, count: int, top: int) -> Points:
    corners = [sorted(distinct(rng, 2, 0, top)) + sorted(distinct(rng, 2, 0, top)) for _ in range(count)]
    return [[x1, y1, x2, y2] for x1, x2, y1, y2 in corners]


def _where(corners: Points, point: list[int]) -> str:
    """Add the angles under which the sides are seen: a full turn inside, none outside."""
    if any(_turn(p, q, point) == 0 and min(p, q) <= point <= max(p, q) for p, q in pairwise([*corners, corners[0]])):
        return "edge"
    angle = 0.0
    for p, q in pairwise([*corners, corners[0]]):
        a, b = dist(p, point), dist(q, point)
        cosine = (a * a + b * b - dist(p, q) ** 2) / (2 * a * b)
        angle += acos(max(-1.0, min(1.0, cosine))) * (1 if _turn(p, q, point) > 0 else -1)
    return "inside" if abs(angle) > pi else "outside"


PROBLEMS = (
    function(
        "Length of a round trip",
        "easy",
        "geometry",
        """
        Return the length of the trip in straight lines through the points in their order and back to the first, as a float;
        0.0 for fewer than two points. At most 50 points `[x, y]` with coordinates from -1000 to 1000.
        """,
        """
        from math import dist


        def round_trip(points: list[list[int]]) -> float:
            return float(sum(dist(points[i - 1], points[i]) for i in range(len(points))))
        """,
        brute=lambda points: (
            sum(sqrt((a - c) ** 2 + (b - d) ** 2) for (a, b), (c, d) in pairwise(points + points[:1])) + 0.0
        ),
        generate=lambda rng, n: (table(rng, n, 2, -99, 99),),
        examples=(([[0, 0], [3, 0], [3, 4]],),),
        edges=(([],), ([[5, 5]],), ([[0, 0], [1, 1]],), ([[2, 2], [2, 2]],)),
        comparison=Tolerance(),
    ),
    function(
        "Area of a field",
        "easy",
        "geometry",
        """
        The corners of a polygon without crossing sides are given in order, in one direction or the other. Return its area as
        a float. 3 to 60 corners `[x, y]` with coordinates from -1000 to 1000.
        """,
        """
        def field_area(corners: list[list[int]]) -> float:
            total = 0
            for i, (x, y) in enumerate(corners):
                total += corners[i - 1][0] * y - x * corners[i - 1][1]
            return abs(total) / 2
        """,
        brute=_strips,
        generate=lambda rng, n: (_fan(rng, n + 3, 20)[:: 1 if flip(rng) else -1],),
        examples=(([[0, 0], [4, 0], [4, 3]],),),
        edges=(([[0, 0], [0, 2], [2, 2], [2, 0]],), ([[0, 0], [1, 1], [2, 0], [1, 5]],)),
        comparison=Tolerance(),
    ),
    function(
        "In the garden",
        "medium",
        "geometry",
        """
        The corners of a polygon without crossing sides are given in order, in one direction or the other. Return "inside",
        "outside" or, if the point lies on a side or corner, "edge". 3 to 60 corners, coordinates from -1000 to 1000.
        """,
        """
        def where(corners: list[list[int]], point: list[int]) -> str:
            x, y = point
            inside = False
            for i, (x2, y2) in enumerate(corners):
                x1, y1 = corners[i - 1]
                turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
                if turn == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
                    return "edge"
                if (y1 > y) != (y2 > y) and (turn > 0) == (y2 > y1):
                    inside = not inside
            return "inside" if inside else "outside"
        """,
        brute=_where,
        generate=lambda rng, n: (
            f := _fan(rng, n + 3, 4),
            f[0] if n % 5 == 4 else [number(rng, 0, 3 * n + 9), number(rng, -3, 3)],
        ),
        examples=(([[0, 0], [4, 0], [4, 4]], [3, 1]), ([[0, 0], [4, 0], [4, 4]], [2, 2])),
        edges=(
            ([[0, 0], [4, 0], [4, 4]], [0, 4]),
            ([[0, 0], [4, 0], [2, 1], [4, 4]], [3, 1]),
            ([[0, 0], [2, 2], [4, 0], [2, 4]], [1, 2]),
            ([[0, 0], [0, 2], [2, 2], [2, 0]], [1, 1]),
        ),
    ),
    function(
        "Most in a line",
        "medium",
        "geometry hashing math",
        """
        Return the largest number of points that lie on one straight line. At most 200 different points, coordinates from
        0 to 1000.
        """,
        """
        from math import gcd


        def most_in_line(points: list[list[int]]) -> int:
            best = min(len(points), 1)
            for i, (x, y) in enumerate(points):
                counts = {}
                for a, b in points[:i]:
                    right, up = a - x, b - y
                    scale = gcd(right, up) * (1 if (right, up) > (0, 0) else -1)
                    slope = right // scale, up // scale
                    counts[slope] = counts.get(slope, 1) + 1
                best = max([best, *counts.values()])
            return best
        """,
        brute=lambda points: max(
            [min(len(points), 1)] + [sum(_turn(a, b, c) == 0 for c in points) for a, b in combinations(points, 2)]
        ),
        generate=lambda rng, n: (_points(rng, n, n // 2 + 2),),
        examples=(([[0, 0], [1, 1], [3, 3], [1, 0]],),),
        edges=(([],), ([[1, 1]],), ([[1, 1], [5, 9]],), ([[2, 1], [2, 8], [2, 5], [0, 0]],)),
        sizes=(*SIZES, 200),
        brute_size=20,
    ),
    function(
        "Fence posts",
        "hard",
        "geometry sorting",
        """
        A rope is put tightly around all posts. Return the posts at which it bends, in any order; posts along a straight
        piece do not count. If all posts are in one line, the two ends count; a single post counts alone. 1 to 20000
        different points `[x, y]`, coordinates from 0 to 10000.
        """,
        """
        def fence(posts: list[list[int]]) -> list[list[int]]:
            posts = sorted(posts)

            def half(posts):
                hull = []
                for x, y in posts:
                    while len(hull) > 1:
                        (a, b), (c, d) = hull[-2:]
                        if (c - a) * (y - b) - (d - b) * (x - a) > 0:
                            break
                        hull.pop()
                    hull.append([x, y])
                return hull[:-1]

            return half(posts) + half(posts[::-1]) if len(posts) > 1 else posts
        """,
        brute=lambda posts: [p for p in posts if not _within(p, [q for q in posts if q != p])],
        generate=lambda rng, n: (_points(rng, n, min(n + 1, 10_000)),),
        examples=(([[0, 0], [2, 0], [1, 1], [0, 2], [1, 0]],),),
        edges=(([[3, 3]],), ([[0, 0], [1, 1]],), ([[2, 2], [0, 0], [1, 1]],)),
        sizes=(*LARGE[:-2], 1000, 10_000),
        comparison=Unordered(),
    ),
    function(
        "Covered ground",
        "hard",
        "geometry intervals",
        """
        Carpets are rectangles `[left, bottom, right, top]` with sides along the axes; they may overlap. Return the area that
        is covered by at least one. Up to 100 carpets, 0 <= left < right <= 1000000, 0 <= bottom < top <= 1000000.
        """,
        """
        def covered(carpets: list[list[int]]) -> int:
            edges = sorted({x for left, _, right, _ in carpets for x in (left, right)})
            total = 0
            for x1, x2 in zip(edges, edges[1:]):
                reach = height = 0
                for bottom, top in sorted((b, t) for left, b, right, t in carpets if left <= x1 and right >= x2):
                    height += max(0, top - max(bottom, reach))
                    reach = max(reach, top)
                total += height * (x2 - x1)
            return total
        """,
        brute=_cells,
        generate=lambda rng, n: (_boxes(rng, n, 3 * n if n < 9 else 10**6),),
        examples=(([[0, 0, 2, 2], [1, 1, 3, 3]],),),
        edges=(([],), ([[0, 0, 1, 1]],), ([[0, 0, 5, 5], [1, 1, 2, 2]],), ([[0, 0, 1, 1], [1, 0, 2, 1]],)),
        sizes=(1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 50, 100),
    ),
)
