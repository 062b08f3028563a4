"""Problems about graphs without lengths: patches, order, teams, tours."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations, product
from typing import Any

import numpy as np

from sge_envs.code.compare import Checker
from sge_envs.code.problems.draw import flip, grid, ints, number, pairs, shuffled, some
from sge_envs.code.problems.write import function

Edges = list[list[int]]
GRAPH_SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 2000)


def some_graph(rng: np.random.Generator, nodes: int) -> tuple[int, Edges]:
    return nodes, [edge[:: 1 if flip(rng) else -1] for edge in pairs(rng, nodes, number(rng, nodes // 2, 2 * nodes))]


def some_arrows(rng: np.random.Generator, nodes: int) -> tuple[int, Edges]:
    """A directed graph, half of them without cycles."""
    count, edges = nodes, pairs(rng, nodes, number(rng, nodes // 2, 2 * nodes))
    names = shuffled(rng, range(nodes))
    free = flip(rng)
    return count, [[names[a], names[b]] if free or flip(rng, 0.8) else [names[b], names[a]] for a, b in edges]


def reachable(count: int, edges: Edges, both_ways: bool) -> list[set[int]]:
    """For each node what can be reached from it, by closing the relation."""
    reach = [{node} for node in range(count)]
    for _ in range(count):
        for a, b in edges:
            for node in range(count):
                if a in reach[node]:
                    reach[node].add(b)
                if both_ways and b in reach[node]:
                    reach[node].add(a)
    return reach


def count_groups(count: int, edges: Edges) -> int:
    return len({frozenset(nodes) for nodes in reachable(count, edges, both_ways=True)})


def _is_order(arguments: tuple[Any, ...], answer: Any) -> bool:
    count, edges = arguments
    if _has_cycle(count, edges):
        return bool(answer == [] and type(answer) is list and count > 0)
    place = {task: i for i, task in enumerate(answer)}
    whole = all(type(task) is int for task in answer) and sorted(answer) == list(range(count))
    return whole and all(place[a] < place[b] for a, b in edges)


def _has_cycle(count: int, edges: Edges) -> bool:
    left = set(range(count))
    while free := left - {b for a, b in edges if a in left}:
        left -= free
    return bool(left)


def _any_order(count: int, edges: Edges) -> list[int]:
    orders = permutations(range(count))
    return next((list(o) for o in orders if all(o.index(a) < o.index(b) for a, b in edges)), [])


def _is_split(arguments: tuple[Any, ...], answer: Any) -> bool:
    count, edges = arguments
    if answer is None:
        return not _any_split(count, edges) if count < 9 else _odd_loop(count, edges)
    return (
        len(answer) == count
        and all(type(team) is int and team in (0, 1) for team in answer)
        and all(answer[a] != answer[b] for a, b in edges)
    )


def _odd_loop(count: int, edges: Edges) -> bool:
    """Node n in team 0 is n, in team 1 n + count; a node joined with its own other self closes an odd loop."""
    reach = list(range(2 * count))

    def root(node: int) -> int:
        while reach[node] != node:
            node = reach[node]
        return node

    for a, b in edges:
        reach[root(a)] = root(b + count)
        reach[root(a + count)] = root(b)
    return any(root(node) == root(node + count) for node in range(count))


def _any_split(count: int, edges: Edges) -> list[int] | None:
    splits = product((0, 1), repeat=count)
    return next((list(s) for s in splits if all(s[a] != s[b] for a, b in edges)), None)


def _region(picture: list[str]) -> int:
    """Spread the largest label of a region until nothing changes, and count labels."""
    cells = {(r, c): letter for r, row in enumerate(picture) for c, letter in enumerate(row)}
    label = {cell: i for i, cell in enumerate(cells)}
    for _ in cells:
        for r, c in cells:
            near = [n for n in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)) if cells.get(n) == cells[r, c]]
            label[r, c] = max([label[r, c], *(label[n] for n in near)])
    return max((list(label.values()).count(mark) for mark in label.values()), default=0)


def _tour(rng: np.random.Generator, size: int) -> tuple[Edges]:
    """Roads along a walk, in random order; sometimes one road is missing."""
    stops = ints(rng, size + 1, 0, size // 2 + 1)
    roads = [list(road) for road in pairwise(stops)]
    return (shuffled(rng, roads if size == 1 or flip(rng, 0.7) else roads[: size // 2] + roads[size // 2 + 1 :]),)


def _is_tour(arguments: tuple[Any, ...], answer: Any) -> bool:
    (roads,) = arguments
    if answer == [] and type(answer) is list:
        return not _can_tour(roads)
    return sorted(pairwise(answer)) == sorted(map(tuple, roads)) and all(type(stop) is int for stop in answer)


def _can_tour(roads: Edges) -> bool:
    """Euler: all roads hang together, and at most one place has one more road out, one other one more in."""
    balance: dict[int, int] = {}
    for a, b in roads:
        balance[a] = balance.get(a, 0) + 1
        balance[b] = balance.get(b, 0) - 1
    seen = set(roads[0])
    for _ in roads:
        seen |= {place for road in roads if not seen.isdisjoint(road) for place in road}
    joined = seen == balance.keys()
    return joined and sorted(map(abs, balance.values()))[-3:] in ([], [0], [0, 0], [0, 0, 0], [1, 1], [0, 1, 1])


def _any_tour(roads: Edges) -> list[int]:
    for order in permutations(roads):
        if all(a[1] == b[0] for a, b in pairwise(order)):
            return [order[0][0], *(road[1] for road in order)]
    return []


PROBLEMS = (
    function(
        "Mutual admirers",
        "easy",
        "graphs hashing",
        """
        Each pair `[a, b]` says that a admires b; pairs may be repeated, and people may admire themselves. Return the
        number of unordered pairs of two different people who admire each other. At most 200 pairs.
        """,
        """
        def mutual(admires: list[list[int]]) -> int:
            known = {(a, b) for a, b in admires}
            return sum((b, a) in known for a, b in known if a < b)
        """,
        brute=lambda admires: len(
            {tuple(sorted(x)) for x, y in combinations(admires, 2) if x == y[::-1] and x[0] != x[1]}
        ),
        generate=lambda rng, n: ([ints(rng, 2, 0, n // 3 + 1) for _ in range(n)],),
        examples=(([[1, 2], [2, 1], [3, 3], [1, 3]],),),
        edges=(([],), ([[1, 1], [1, 1]],), ([[0, 1], [1, 0], [0, 1]],)),
    ),
    function(
        "Largest patch",
        "medium",
        "graphs matrices depth-first-search",
        """
        The rows of a picture are texts of equal length; each letter is the colour of a cell. Cells of equal colour that
        share a side belong to the same patch. Return the number of cells of the largest patch. Up to 60 rows and columns,
        perhaps none.
        """,
        """
        def largest_patch(picture: list[str]) -> int:
            left = {(r, c) for r, row in enumerate(picture) for c in range(len(row))}
            best = 0
            while left:
                stack = [left.pop()]
                size = 0
                while stack:
                    r, c = stack.pop()
                    size += 1
                    for y, x in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                        if (y, x) in left and picture[y][x] == picture[r][c]:
                            left.remove((y, x))
                            stack.append((y, x))
                best = max(best, size)
            return best
        """,
        brute=_region,
        generate=lambda rng, n: (grid(rng, n, number(rng, 1, n + 1), "ab"),),
        examples=((["aab", "bab"],),),
        edges=(([],), (["a"],), (["abab"],), (["aaa", "aba", "aaa"],)),
        brute_size=5,
    ),
    function(
        "Order of work",
        "medium",
        "graphs topological-sort",
        """
        Tasks are numbered 0 to count - 1; a rule `[a, b]` says that a must be done before b. Return any order of all tasks
        that keeps all rules, or an empty list if there is none. 1 <= count <= 2000.
        """,
        """
        def work_order(count: int, rules: list[list[int]]) -> list[int]:
            later = [[] for _ in range(count)]
            open_rules = [0] * count
            for a, b in rules:
                later[a].append(b)
                open_rules[b] += 1
            order = [task for task in range(count) if not open_rules[task]]
            for task in order:
                for other in later[task]:
                    open_rules[other] -= 1
                    if not open_rules[other]:
                        order.append(other)
            return order if len(order) == count else []
        """,
        brute=_any_order,
        generate=some_arrows,
        examples=((4, [[2, 0], [0, 1], [3, 1]]), (2, [[0, 1], [1, 0]])),
        edges=((1, []), (3, [[2, 1], [1, 0]]), (3, [[0, 1], [1, 2], [2, 0]])),
        sizes=GRAPH_SIZES,
        brute_size=6,
        comparison=Checker(_is_order),
    ),
    function(
        "Two quarrelling teams",
        "medium",
        "graphs breadth-first-search",
        """
        Split the people 0 to count - 1 into the teams 0 and 1 so that the two people of each pair in `quarrels` are in
        different teams. Return any such split as the list of everybody's team, or None if there is none. At most 2000
        people; a team may be empty.
        """,
        """
        def split_teams(count: int, quarrels: list[list[int]]) -> list[int] | None:
            near = [[] for _ in range(count)]
            for a, b in quarrels:
                near[a].append(b)
                near[b].append(a)
            team = [-1] * count
            for start in range(count):
                if team[start] >= 0:
                    continue
                team[start] = 0
                stack = [start]
                while stack:
                    person = stack.pop()
                    for other in near[person]:
                        if team[other] == team[person]:
                            return None
                        if team[other] < 0:
                            team[other] = 1 - team[person]
                            stack.append(other)
            return team
        """,
        brute=_any_split,
        generate=lambda rng, n: (n, some(rng, some_graph(rng, n)[1], n * 2 // 3)),
        examples=((4, [[0, 1], [1, 2], [2, 3]]), (3, [[0, 1], [1, 2], [2, 0]])),
        edges=((1, []), (2, [[1, 0]]), (5, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]])),
        sizes=GRAPH_SIZES,
        comparison=Checker(_is_split),
    ),
    function(
        "Drive every road once",
        "hard",
        "graphs eulerian-path",
        """
        A one-way road `[a, b]` leads from a to b; roads may be repeated and may lead back to where they start. Return any
        list of stops in which each two neighbours are a road and every road is driven exactly once (as often as it is
        listed), or an empty list if there is none. 1 to 300 roads.
        """,
        """
        def drive(roads: list[list[int]]) -> list[int]:
            ways, balance = {}, {}
            for a, b in roads:
                ways.setdefault(a, []).append(b)
                balance[a] = balance.get(a, 0) + 1
                balance[b] = balance.get(b, 0) - 1
            start = max([roads[0][0], *balance], key=lambda place: balance[place])
            stack, tour = [start if balance[start] else roads[0][0]], []
            while stack:
                if ways.get(stack[-1]):
                    stack.append(ways[stack[-1]].pop())
                else:
                    tour.append(stack.pop())
            tour.reverse()
            driven = sorted(zip(tour, tour[1:]))
            return tour if driven == sorted(map(tuple, roads)) else []
        """,
        brute=_any_tour,
        generate=_tour,
        examples=(([[2, 3], [1, 2], [3, 1], [1, 3]],), ([[0, 1], [2, 3]],)),
        edges=(([[5, 5]],), ([[0, 1], [0, 1]],), ([[0, 1], [1, 0], [0, 1]],), ([[0, 0], [1, 1]],)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100, 300),
        brute_size=6,
        comparison=Checker(_is_tour),
    ),
)
