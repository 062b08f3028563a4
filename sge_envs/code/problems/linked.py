"""Problems about chains: node i is followed by node links[i], and -1 ends a chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from sge_envs.code.problems.draw import distinct, flip, ints, number, shuffled
from sge_envs.code.problems.write import function


def _chain(rng: np.random.Generator, nodes: int) -> list[int]:
    """One chain through all nodes in random order, as links."""
    order = shuffled(rng, range(nodes))
    after = dict(zip(order, [*order[1:], -1]))
    return [after[node] for node in range(nodes)]


def _meeting(rng: np.random.Generator, nodes: int) -> tuple[list[int], int, int]:
    """Two chains that may meet: forests whose links lead to smaller numbers, renamed."""
    names = shuffled(rng, range(nodes))
    links = [-1] * nodes
    for i in range(1, nodes):
        links[names[i]] = -1 if flip(rng, 0.2) else names[number(rng, max(0, i - 3), i - 1)]
    return links, number(rng, 0, nodes - 1), number(rng, 0, nodes - 1)


def _walk(links: list[int], node: int) -> list[int]:
    return [] if node < 0 else [node, *_walk(links, links[node])]


def _loop(links: list[int]) -> list[int]:
    walk = [0]
    for _ in links:
        walk.append(links[walk[-1]])
    tail = next(i for i, node in enumerate(walk) if walk.count(node) > 1)
    return [tail, walk.index(walk[tail], tail + 1) - tail]


def _neighbours(count: int, removals: list[int]) -> list[list[int]]:
    row, seen = list(range(count)), []
    for box in removals:
        i = row.index(box)
        seen.append([row[i - 1] if i else -1, row[i + 1] if i + 1 < len(row) else -1])
        row.remove(box)
    return seen


def _removals(rng: np.random.Generator, size: int) -> tuple[int, list[int]]:
    return size, distinct(rng, number(rng, size // 2, size) if size < 100 else size, 0, size - 1)


def _swap_pairs(values: list[int], links: list[int], head: int) -> list[Any]:
    line = [values[node] for node in _walk(links, head)]
    return [line[i ^ 1] if i ^ 1 < len(line) else line[i] for i in range(len(line))]


def _turned(line: list[int], size: int, number: int) -> list[int]:
    if not line:
        return []
    group = list(reversed(line[:size])) if number % 2 else line[:size]
    return group + _turned(line[size:], size, number + 1)


PROBLEMS = (
    function(
        "Read the chain",
        "easy",
        "linked-lists",
        """
        Node i of a chain holds values[i] and is followed by node links[i]; -1 means that the chain ends. Start at node
        `head` (-1: the chain is empty) and return the values that stand on the chain in an order in which every two
        neighbours are swapped: second, first, fourth, third, and so on; a last single one stays. The chain has no loop.
        At most 100 nodes, values from 0 to 99.
        """,
        """
        def swapped_chain(values: list[int], links: list[int], head: int) -> list[int]:
            line = []
            while head >= 0:
                line.append(values[head])
                head = links[head]
            for i in range(0, len(line) - 1, 2):
                line[i], line[i + 1] = line[i + 1], line[i]
            return line
        """,
        brute=_swap_pairs,
        generate=lambda rng, n: (ints(rng, n, 0, 99), _chain(rng, n), number(rng, 0, n - 1)),
        examples=(([10, 20, 30], [2, -1, 1], 0),),
        edges=(([], [], -1), ([5], [-1], 0), ([5, 6], [-1, 0], 1), ([1, 2, 3, 4], [1, 2, 3, -1], 0)),
    ),
    function(
        "Tail and loop",
        "medium",
        "linked-lists two-pointers",
        """
        Every node has a follower: node i is followed by node links[i] (no link is -1). Start at node 0 and go on from
        follower to follower. Return `[tail, loop]`: how many different nodes are met before the first one that is met
        again and again, and how many nodes are in the loop. 1 to 20000 nodes.
        """,
        """
        def tail_and_loop(links: list[int]) -> list[int]:
            met, node = {}, 0
            while node not in met:
                met[node] = len(met)
                node = links[node]
            return [met[node], len(met) - met[node]]
        """,
        brute=_loop,
        generate=lambda rng, n: (
            [i + 1 for i in range(n - 1)] + [number(rng, 0, n - 1)] if flip(rng, 0.3) else ints(rng, n, 0, n - 1),
        ),
        examples=(([1, 2, 3, 1],),),
        edges=(([0],), ([1, 0],), ([1, 1],), ([*range(1, 20_000), 9999],)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100, 500),
        brute_size=20,
    ),
    function(
        "Where chains meet",
        "medium",
        "linked-lists hashing",
        """
        Node i is followed by node links[i], or ends its chain where the link is -1; there are no loops. Two chains start
        at the nodes `a` and `b`. Return the first node of the chain of `a` that is also on the chain of `b`, or -1. 1 to
        20000 nodes.
        """,
        """
        def meeting_node(links: list[int], a: int, b: int) -> int:
            met = set()
            while b >= 0:
                met.add(b)
                b = links[b]
            while a >= 0 and a not in met:
                a = links[a]
            return a
        """,
        brute=lambda links, a, b: next((x for x in _walk(links, a) for y in _walk(links, b) if x == y), -1),
        generate=_meeting,
        examples=(([2, 2, 3, -1], 0, 1), ([-1, -1], 0, 1)),
        edges=(([-1], 0, 0), ([1, -1], 0, 1), ([1, -1], 1, 0), ([*range(1, 20_000), -1], 0, 15_000)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100, 500),
        brute_size=20,
    ),
    function(
        "Turn every second group",
        "medium",
        "linked-lists arrays",
        """
        Node i of a chain holds values[i] and is followed by node links[i], or by nothing where the link is -1; the chain
        starts at node 0 and has no loop. Cut it into groups of `size` nodes (the last may be smaller) and turn the
        second, fourth, ... group around. Return the values in their new order. 1 to 100 nodes, 1 <= size <= 100.
        """,
        """
        def turn_groups(values: list[int], links: list[int], size: int) -> list[int]:
            node, line = 0, []
            while node >= 0:
                line.append(values[node])
                node = links[node]
            result = []
            for number, start in enumerate(range(0, len(line), size)):
                group = line[start:start + size]
                result += group[::-1] if number % 2 else group
            return result
        """,
        brute=lambda v, links, k: _turned([v[node] for node in _walk(links, 0)], k, 0),
        generate=lambda rng, n: (ints(rng, n, 0, 99), _chain(rng, n), number(rng, 1, n // 2 + 1)),
        examples=(([1, 2, 3, 4, 5], [1, 2, 3, 4, -1], 2),),
        edges=(([7], [-1], 3), ([1, 2], [1, -1], 1), ([1, 2, 3], [1, 2, -1], 2), ([1, 2], [-1, 0], 1)),
    ),
    function(
        "Gaps in the shelf",
        "medium",
        "linked-lists simulation",
        """
        Boxes 0 to count - 1 stand in a row in this order. They are taken out one after the other, in the order of
        `removals` (all different). For each, return `[left, right]`: the boxes that stand directly beside it when it is
        taken out, -1 where there is none. 1 <= count <= 20000.
        """,
        """
        def gaps(count: int, removals: list[int]) -> list[list[int]]:
            left = list(range(-1, count - 1))
            right = [*range(1, count), -1]
            seen = []
            for box in removals:
                a, b = left[box], right[box]
                seen.append([a, b])
                if a >= 0:
                    right[a] = b
                if b >= 0:
                    left[b] = a
            return seen
        """,
        brute=_neighbours,
        generate=_removals,
        examples=((4, [1, 2, 0]),),
        edges=((1, [0]), (2, []), (3, [1, 0, 2]), (3, [2, 1])),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 100, 20_000),
    ),
)
