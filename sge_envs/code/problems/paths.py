"""Problems about shortest and best ways."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import numpy as np

from sge_envs.code.compare import Checker
from sge_envs.code.problems.draw import flip, number, pairs, parents, shuffled, word
from sge_envs.code.problems.write import function

Roads = list[list[int]]
SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 2000)
FAR = 10**9


def _map(rng: np.random.Generator, towns: int, low: int = 1) -> tuple[int, Roads]:
    """One-way roads ``[from, to, cost]``, with a way between most towns."""
    ways = [[up, town] for town, up in enumerate(parents(rng, towns)) if town]
    ways += pairs(rng, towns, 2 * towns)
    return towns, [[*(way if flip(rng, 0.8) else way[::-1]), number(rng, low, 20)] for way in shuffled(rng, ways)]


def _relax(count: int, roads: Roads, rounds: int) -> list[int]:
    """Cheapest costs from 0 over at most ``rounds`` roads (Bellman and Ford)."""
    cost = [0] + [FAR] * (count - 1)
    for _ in range(rounds):
        cost = [min([cost[t]] + [cost[a] + c for a, b, c in roads if b == t and cost[a] < FAR]) for t in range(count)]
    return cost


def _last(count: int, roads: Roads, rounds: int) -> int:
    cost = _relax(count, roads, rounds)[-1]
    return cost if cost < FAR else -1


def _free_ticket(count: int, roads: Roads) -> int:
    tries = [[*roads[:i], [*road[:2], 0], *roads[i + 1 :]] for i, road in enumerate(roads)]
    found = [_last(count, one, count) for one in [roads, *tries]]
    return min((cost for cost in found if cost >= 0), default=-1)


def _all_costs(count: int, roads: Roads, town: int, most: int) -> list[int]:
    """The costs of all trips over at most ``most`` roads from ``town`` to the last town."""
    here = [0] if town == count - 1 else []
    if most:
        for a, b, cost in roads:
            if a == town:
                here += [cost + rest for rest in _all_costs(count, roads, b, most - 1)]
    return here


def _is_way(arguments: tuple[Any, ...], answer: Any) -> bool:
    count, roads = arguments
    best = _settle(count, roads)
    if best is None or answer == []:
        return bool(best is None and type(answer) is list and answer == [])
    if any(type(town) is not int for town in answer) or answer[0] != 0 or answer[-1] != count - 1:
        return False
    costs = [[c for x, y, c in roads if (x, y) == step] for step in pairwise(answer)]
    return all(costs) and sum(map(min, costs)) == best


def _settle(count: int, roads: Roads) -> int | None:
    """The cheapest cost from 0 to the last town: relax until nothing changes."""
    cost, changed = [0] + [FAR] * (count - 1), True
    while changed:
        changed = False
        for a, b, c in roads:
            if cost[a] + c < cost[b]:
                cost[b], changed = cost[a] + c, True
    return cost[-1] if cost[-1] < FAR else None


def _any_way(count: int, roads: Roads) -> list[int]:
    if count == 1:
        return [0]
    known = {(a, b): min(c for x, y, c in roads if (x, y) == (a, b)) for a, b, _ in roads}
    ways = [[0, *stops, count - 1] for size in range(count - 1) for stops in permutations(range(1, count - 1), size)]
    good = [way for way in ways if all(step in known for step in pairwise(way))]
    return min(good, key=lambda way: sum(known[step] for step in pairwise(way)), default=[])


def _maze(rng: np.random.Generator, size: int) -> list[str]:
    width = number(rng, 2, size + 1)
    cells = list(word(rng, size * width, "...#" if flip(rng) else "..##"))
    start, goal = shuffled(rng, range(size * width))[:2]
    cells[start], cells[goal] = "S", "E"
    return ["".join(cells[i * width : (i + 1) * width]) for i in range(size)]


def _through(maze: list[str], breaks: int) -> int:
    """Layer by layer: what can be reached after each number of steps, with how many walls broken."""
    cells = {(r, c): cell for r, row in enumerate(maze) for c, cell in enumerate(row)}
    now = {(cell, 0) for cell, kind in cells.items() if kind == "S"}
    for steps in range(len(cells)):
        if any(cells[cell] == "E" for cell, _ in now):
            return steps
        near = {((r + y, c + x), k) for (r, c), k in now for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        now |= {(cell, k + (cells[cell] == "#")) for cell, k in near if cell in cells}
        now = {(cell, k) for cell, k in now if k <= breaks}
    return -1


MAP = "Towns are numbered 0 to count - 1; a one-way road `[a, b, cost]` leads from a to b."

PROBLEMS = (
    function(
        "Steps out of the maze",
        "medium",
        "shortest-paths breadth-first-search matrices",
        """
        The rows of the maze are texts of equal length: "S" the start, "E" the end (one of each), "." free, "#" a wall. A
        step leads to a cell that shares a side and is no wall. Return the smallest number of steps from S to E, or -1 if
        there is no way. Up to 50 rows and columns.
        """,
        """
        def maze_steps(maze: list[str]) -> int:
            cells = {(r, c): cell for r, row in enumerate(maze) for c, cell in enumerate(row) if cell != "#"}
            start = next(cell for cell, kind in cells.items() if kind == "S")
            queue, seen = [(start, 0)], {start}
            for (r, c), steps in queue:
                if cells[r, c] == "E":
                    return steps
                for cell in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                    if cell in cells and cell not in seen:
                        seen.add(cell)
                        queue.append((cell, steps + 1))
            return -1
        """,
        brute=lambda maze: _through(maze, 0),
        generate=lambda rng, n: (_maze(rng, n),),
        examples=((["S.#", "..E"],), (["S#E"],)),
        edges=((["SE"],), (["S", ".", "E"],), (["S.#E", ".###", "...."],)),
        sizes=(2, 3, 3, 4, 4, 5, 5, 6, 8, 10, 20, 50),
        brute_size=6,
    ),
    function(
        "Break through the maze",
        "hard",
        "shortest-paths breadth-first-search matrices",
        """
        The rows of the maze are texts of equal length: "S" the start, "E" the end (one of each), "." free, "#" a wall. A
        step leads to a cell that shares a side; at most `breaks` times on the way you may step on a wall. Return the
        smallest number of steps from S to E, or -1 if there is no way. Up to 40 rows and columns, 0 <= breaks <= 10.
        """,
        """
        def break_through(maze: list[str], breaks: int) -> int:
            cells = {(r, c): cell for r, row in enumerate(maze) for c, cell in enumerate(row)}
            start = next(cell for cell, kind in cells.items() if kind == "S")
            queue, best = [(start, 0, 0)], {start: 0}
            for (r, c), used, steps in queue:
                if cells[r, c] == "E":
                    return steps
                for cell in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                    if cell in cells:
                        broken = used + (cells[cell] == "#")
                        if broken <= min(breaks, best.get(cell, 99) - 1):
                            best[cell] = broken
                            queue.append((cell, broken, steps + 1))
            return -1
        """,
        brute=_through,
        generate=lambda rng, n: (_maze(rng, n), number(rng, 0, n // 3)),
        examples=((["S#.", "##E"], 1), (["S##E"], 1)),
        edges=((["SE"], 0), (["S#E"], 1), (["S#E"], 0), (["S#...", ".#.#.", "...#E"], 1)),
        sizes=(2, 3, 3, 4, 4, 5, 5, 6, 8, 10, 20, 40),
        brute_size=6,
    ),
    function(
        "Cheapest trip",
        "medium",
        "shortest-paths heaps",
        f"""
        {MAP} Return the smallest total cost of a trip from town 0 to town count - 1, or -1 if there is none. 1 <= count <=
        2000, at most 6000 roads, costs from 1 to 20.
        """,
        """
        import heapq


        def cheapest_trip(count: int, roads: list[list[int]]) -> int:
            out = [[] for _ in range(count)]
            for a, b, cost in roads:
                out[a].append((b, cost))
            heap, done = [(0, 0)], set()
            while heap:
                total, town = heapq.heappop(heap)
                if town == count - 1:
                    return total
                if town not in done:
                    done.add(town)
                    for other, cost in out[town]:
                        heapq.heappush(heap, (total + cost, other))
            return -1
        """,
        brute=lambda count, roads: _last(count, roads, count),
        generate=_map,
        examples=((3, [[0, 1, 4], [1, 2, 3], [0, 2, 9]]), (2, [[1, 0, 5]])),
        edges=((1, []), (2, []), (2, [[0, 1, 7], [0, 1, 3]])),
        sizes=SIZES,
    ),
    function(
        "Show me the way",
        "hard",
        "shortest-paths heaps",
        f"""
        {MAP} Return the towns of any trip of the smallest total cost from town 0 to town count - 1, both included, or an
        empty list if there is no trip. 1 <= count <= 500, at most 1500 roads, costs from 1 to 20.
        """,
        """
        import heapq


        def show_way(count: int, roads: list[list[int]]) -> list[int]:
            out = [[] for _ in range(count)]
            for a, b, cost in roads:
                out[a].append((b, cost))
            heap, source = [(0, 0, -1)], {}
            while heap:
                total, town, before = heapq.heappop(heap)
                if town in source:
                    continue
                source[town] = before
                for other, cost in out[town]:
                    heapq.heappush(heap, (total + cost, other, town))
            if count - 1 not in source:
                return []
            way = [count - 1]
            while way[-1]:
                way.append(source[way[-1]])
            return way[::-1]
        """,
        brute=_any_way,
        generate=_map,
        examples=((3, [[0, 1, 4], [1, 2, 3], [0, 2, 9]]), (2, [[1, 0, 5]])),
        edges=((1, []), (2, []), (3, [[0, 1, 1], [1, 2, 1], [0, 2, 2]])),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200, 500),
        brute_size=6,
        comparison=Checker(_is_way),
    ),
    function(
        "One free ticket",
        "hard",
        "shortest-paths heaps",
        f"""
        {MAP} On one road of your trip, of your choice, you pay nothing. Return the smallest total cost of a trip from town
        0 to town count - 1, or -1 if there is none. 1 <= count <= 2000, at most 6000 roads, costs from 1 to 20.
        """,
        """
        import heapq


        def free_ticket(count: int, roads: list[list[int]]) -> int:
            out = [[] for _ in range(count)]
            for a, b, cost in roads:
                out[a].append((b, cost))
            heap, done = [(0, 0, 1)], set()
            while heap:
                total, town, tickets = heapq.heappop(heap)
                if town == count - 1:
                    return total
                if (town, tickets) not in done:
                    done.add((town, tickets))
                    for other, cost in out[town]:
                        heapq.heappush(heap, (total + cost, other, tickets))
                        if tickets:
                            heapq.heappush(heap, (total, other, 0))
            return -1
        """,
        brute=_free_ticket,
        generate=_map,
        examples=((3, [[0, 1, 4], [1, 2, 3], [0, 2, 9]]), (3, [[0, 1, 2], [1, 2, 5]])),
        edges=((1, []), (2, []), (2, [[0, 1, 7]]), (4, [[0, 1, 5], [1, 2, 6], [2, 3, 5]])),
        sizes=SIZES,
        brute_size=7,
    ),
    function(
        "Few changes",
        "hard",
        "shortest-paths dynamic-programming",
        f"""
        {MAP} Return the smallest total cost of a trip from town 0 to town count - 1 over at most `most` roads, or None
        if there is none. Costs may be negative (from -5 to 20); roads and towns may be used repeatedly. 1 <= count <= 200, at
        most 600 roads, 0 <= most <= 50.
        """,
        """
        def few_changes(count: int, roads: list[list[int]], most: int) -> int | None:
            far = 10 ** 9
            cost = [0] + [far] * (count - 1)
            for _ in range(most):
                after = list(cost)
                for a, b, price in roads:
                    if cost[a] < far:
                        after[b] = min(after[b], cost[a] + price)
                cost = after
            return cost[-1] if cost[-1] < far else None
        """,
        brute=lambda count, roads, most: min(_all_costs(count, roads, 0, most), default=None),
        generate=lambda rng, n: (*_map(rng, n, -2), number(rng, 0, min(n, 5) if n < 10 else 50)),
        examples=((3, [[0, 1, 4], [1, 2, 3], [0, 2, 9]], 1), (3, [[0, 1, 1], [1, 2, 1]], 1)),
        edges=((1, [], 3), (2, [[0, 1, 5], [1, 0, -5]], 0), (2, [[0, 1, -3], [1, 0, 1]], 5), (2, [[0, 1, 2]], 1)),
        sizes=(1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200),
        brute_size=5,
    ),
)
