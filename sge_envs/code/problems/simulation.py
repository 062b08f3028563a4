"""Problems where rules are to be followed exactly, or their end is to be foreseen."""

from __future__ import annotations

from sge_envs.code.problems.draw import ints, number, shuffled, word
from sge_envs.code.problems.write import LARGE, function


def _robot(program: str) -> list[int]:
    place, step = 0j, 1j
    for letter in program:
        step *= {"L": 1j, "R": -1j}.get(letter, 1)
        place += step * (letter == "F")
    return [int(place.real), int(place.imag), "NESW".index({1j: "N", 1 + 0j: "E", -1j: "S", -1 + 0j: "W"}[step])]


def _rain(bars: list[list[int]]) -> list[int]:
    cells: set[tuple[int, int]] = set()
    tops = []
    for left, width in bars:
        level = 1 + max((y for x, y in cells if left <= x < left + width), default=0)
        cells |= {(x, level) for x in range(left, left + width)}
        tops.append(max(y for _, y in cells))
    return tops


def _shuffle(cards: list[int], order: list[int], times: int) -> list[int]:
    for _ in range(times):
        cards = [cards[place] for place in order]
    return cards


def _ring(cells: str, steps: int) -> str:
    for _ in range(steps):
        cells = "".join("01"[cells[i - 1] != cells[(i + 1) % len(cells)]] for i in range(len(cells)))
    return cells


PROBLEMS = (
    function(
        "Robot on a grid",
        "easy",
        "simulation",
        """
        A robot stands at [0, 0] and looks north (towards larger y). It follows the program letter by letter: "F" one step
        ahead, "L" and "R" a quarter turn to the left or right. Return `[x, y, direction]` at the end; east is larger x, and
        directions are 0 north, 1 east, 2 south, 3 west. At most 200 letters.
        """,
        """
        def robot(program: str) -> list[int]:
            x = y = direction = 0
            for letter in program:
                if letter == "F":
                    x += (0, 1, 0, -1)[direction]
                    y += (1, 0, -1, 0)[direction]
                else:
                    direction = (direction + (1 if letter == "R" else 3)) % 4
            return [x, y, direction]
        """,
        brute=_robot,
        generate=lambda rng, n: (word(rng, n, "FFLR"),),
        examples=(("FRFFL",),),
        edges=(("",), ("L",), ("RR",), ("FLFLFLFL",)),
    ),
    function(
        "Falling bars",
        "medium",
        "simulation",
        """
        Bars of height 1 fall one after the other onto the ground, straight down: bar `[left, width]` covers the cells left to
        left + width - 1 and rests as soon as it lies on the ground or on any part of another bar. Return after each bar the
        height of the highest bar (on the ground: 1). Up to 300 bars, 0 <= left <= 1000, 1 <= width <= 100.
        """,
        """
        def bar_heights(bars: list[list[int]]) -> list[int]:
            heights, tops = [0] * 1101, []
            for left, width in bars:
                level = 1 + max(heights[left:left + width])
                heights[left:left + width] = [level] * width
                tops.append(max(level, tops[-1] if tops else 0))
            return tops
        """,
        brute=_rain,
        generate=lambda rng, n: ([[number(rng, 0, 2 * n), number(rng, 1, 5)] for _ in range(n)],),
        examples=(([[0, 3], [2, 2], [5, 1]],),),
        edges=(([],), ([[0, 1]],), ([[0, 1], [1, 1]],), ([[0, 2], [0, 2], [1, 5]],)),
    ),
    function(
        "Shuffling machine",
        "hard",
        "simulation math permutations",
        """
        A machine shuffles cards always in the same way: after a pass, place i holds the card that was at place order[i].
        Return the cards after `times` passes. Up to 20000 cards from 0 to 1000000; order has each place once;
        0 <= times <= 10**15.
        """,
        """
        def shuffle(cards: list[int], order: list[int], times: int) -> list[int]:
            result = list(cards)
            seen = [False] * len(cards)
            for start in range(len(cards)):
                if seen[start]:
                    continue
                ring = [start]
                while order[ring[-1]] != start:
                    ring.append(order[ring[-1]])
                for i, place in enumerate(ring):
                    seen[place] = True
                    result[place] = cards[ring[(i + times) % len(ring)]]
            return result
        """,
        brute=_shuffle,
        generate=lambda rng, n: (
            ints(rng, n, 0, 999),
            shuffled(rng, range(n)),
            number(rng, 0, 3 * n if n < 9 else 10**15),
        ),
        examples=(([7, 8, 9], [1, 2, 0], 2),),
        edges=(([], [], 5), ([4], [0], 9), ([4, 5], [1, 0], 3), ([1, 2, 3], [0, 2, 1], 0)),
        sizes=(*LARGE[:-2], 10_000),
    ),
    function(
        "Ring of cells",
        "hard",
        "simulation cycles",
        """
        Cells "0" and "1" stand in a ring. In each step all cells change at once: a cell becomes "1" if its two neighbours
        differ, else "0". Return the ring after `steps` steps. 2 to 12 cells, 0 <= steps <= 10**15.
        """,
        """
        def ring_after(cells: str, steps: int) -> str:
            seen, rings = {}, []
            while cells not in seen and len(rings) < steps:
                seen[cells] = len(rings)
                rings.append(cells)
                n = len(cells)
                cells = "".join("01"[cells[i - 1] != cells[(i + 1) % n]] for i in range(n))
            if len(rings) == steps:
                return cells
            start = seen[cells]
            return rings[start + (steps - start) % (len(rings) - start)]
        """,
        brute=_ring,
        generate=lambda rng, n: (
            word(rng, n % 12 + 2 if n > 9 else n + 2, "01"),
            number(rng, 0, n if n < 9 else 10**15),
        ),
        examples=(("00100", 2),),
        edges=(("01", 1), ("010", 0), ("1111", 3), ("0000001", 10)),
        sizes=(3, 5, 6, 8, 9, 9, 9, 19, 33, 43, 45, 57),
    ),
)
