"""Problems about trees: nested lists, parents, or lists of edges."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from sge_envs.code.problems.draw import flip, ints, nested, number, parents, shuffled
from sge_envs.code.problems.write import LARGE, function

Tree = list[Any] | None
SHAPE = "A node of the tree is a list `[value, left, right]` whose children are nodes, or None where there is no child."


def _paths(tree: Tree) -> list[list[int]]:
    """All ways from the root to a leaf, left to right."""
    if tree is None:
        return []
    value, left, right = tree
    if left is None and right is None:
        return [[value]]
    return [[value, *path] for path in _paths(left) + _paths(right)]


def _nodes(tree: Tree, depth: int = 0) -> list[tuple[int, int]]:
    """(value, depth), each node before its children, left before right."""
    return [] if tree is None else [(tree[0], depth), *_nodes(tree[1], depth + 1), *_nodes(tree[2], depth + 1)]


def _from_bottom(heap: list[int | None]) -> Tree:
    trees: list[Tree] = [None] * (2 * len(heap) + 1)
    for i in reversed(range(len(heap))):
        trees[i] = None if heap[i] is None else [heap[i], trees[2 * i + 1], trees[2 * i + 2]]
    return trees[0]


def _sorted_slowly(tree: Tree) -> bool:
    if tree is None:
        return True
    value, left, right = tree
    here = all(v < value for v, _ in _nodes(left)) and all(v >= value for v, _ in _nodes(right))
    return here and _sorted_slowly(left) and _sorted_slowly(right)


def _search_tree(rng: np.random.Generator, low: int, high: int, broken: bool) -> Tree:
    if low > high:
        return None
    middle = number(rng, low, high)
    value = middle + (number(rng, -2, 2) if broken else 0)
    return [value, _search_tree(rng, low, middle - 1, broken), _search_tree(rng, middle + 1, high, broken)]


def _chiefs(boss: list[int], person: int) -> list[int]:
    return [] if person < 0 else [person, *_chiefs(boss, boss[person])]


def _edges(rng: np.random.Generator, nodes: int) -> list[list[int]]:
    up = parents(rng, nodes, 3)
    names = shuffled(rng, range(nodes))
    return shuffled(rng, [[names[node], names[up[node]]] for node in range(1, nodes)])


def _distances(count: int, edges: list[list[int]]) -> list[list[int]]:
    """All distances of the tree with edges ``[a, b, length]``, or of length 1, by Floyd and Warshall."""
    far = [[0 if i == j else 10**9 for j in range(count)] for i in range(count)]
    for a, b, *length in edges:
        far[a][b] = far[b][a] = length[0] if length else 1
    for k in range(count):
        far = [[min(far[i][j], far[i][k] + far[k][j]) for j in range(count)] for i in range(count)]
    return far


def _best_party(fun: list[int], boss: list[int]) -> int:
    groups = (set(group) for size in range(len(fun) + 1) for group in combinations(range(len(fun)), size))
    return max(sum(fun[i] for i in group) for group in groups if not any(boss[i] in group for i in group))


PROBLEMS = (
    function(
        "Sum of the leaves",
        "easy",
        "trees recursion",
        f"""
        {SHAPE} A leaf is a node without children. Return the sum of the values of all leaves; the tree None has the sum 0.
        At most 50 nodes, values from -100 to 100.
        """,
        """
        def leaf_sum(tree: list | None) -> int:
            if tree is None:
                return 0
            value, left, right = tree
            return value if left is None and right is None else leaf_sum(left) + leaf_sum(right)
        """,
        brute=lambda tree: sum(path[-1] for path in _paths(tree)),
        generate=lambda rng, n: (nested(rng, n, -100, 100),),
        examples=(([1, [2, None, None], [3, [4, None, None], None]],),),
        edges=((None,), ([-7, None, None],), ([1, [2, None, None], None],)),
    ),
    function(
        "Tree from a heap list",
        "easy",
        "trees arrays",
        """
        In the list, the children of the value at index i are at the indices 2i + 1 and 2i + 2; an index beyond the end, or
        a None there, means that there is no child. What would hang below a missing node is left out. Return the tree as
        nested nodes `[value, left, right]` with None for missing children, and None for an empty tree. At most 60 entries,
        values from 0 to 99.
        """,
        """
        def build_tree(heap: list) -> list | None:
            def node(i):
                if i >= len(heap) or heap[i] is None:
                    return None
                return [heap[i], node(2 * i + 1), node(2 * i + 2)]

            return node(0)
        """,
        brute=_from_bottom,
        generate=lambda rng, n: ([None if flip(rng, 0.2) and i else number(rng, 0, 99) for i in range(n)],),
        examples=(([1, 2, 3, None, 4],),),
        edges=(([],), ([None],), ([None, 1, 2],), ([5],), ([1, None, 2, 3, 4, 5],)),
    ),
    function(
        "Paths of a given sum",
        "medium",
        "trees depth-first-search",
        f"""
        {SHAPE} Return all ways from the root to a leaf (a node without children) whose values sum to `target`, each as
        the list of its values, the leftmost first. At most 50 nodes, values from -10 to 10; the tree may be None.
        """,
        """
        def paths_with_sum(tree: list | None, target: int) -> list[list[int]]:
            found, stack = [], [(tree, [])] if tree else []
            while stack:
                (value, left, right), before = stack.pop()
                path = before + [value]
                if not left and not right and sum(path) == target:
                    found.append(path)
                stack += [(child, path) for child in (right, left) if child]
            return found
        """,
        brute=lambda tree, target: [path for path in _paths(tree) if sum(path) == target],
        generate=lambda rng, n: (nested(rng, n, 0, 2 if n > 5 else 1), number(rng, 1, n // 3 + 2)),
        examples=(([1, [2, None, None], [0, [2, None, None], [3, None, None]]], 3),),
        edges=((None, 0), ([4, None, None], 4), ([4, [0, None, None], None], 4), ([1, [-1, None, None], None], 1)),
    ),
    function(
        "Nearest common boss",
        "medium",
        "trees lowest-common-ancestor",
        """
        Person 0 is the head of a firm; the boss of every other person i is boss[i], and boss[0] is -1. Everybody counts
        as above themselves. For each pair `[a, b]` of `pairs`, return the lowest person who is above both a and b. 1 to
        1000 people, up to 1000 pairs.
        """,
        """
        def common_bosses(boss: list[int], pairs: list[list[int]]) -> list[int]:
            def chain(person):
                while person >= 0:
                    yield person
                    person = boss[person]

            result = []
            for a, b in pairs:
                above = set(chain(a))
                result.append(next(person for person in chain(b) if person in above))
            return result
        """,
        brute=lambda boss, pairs: [
            max(set(_chiefs(boss, a)) & set(_chiefs(boss, b)), key=lambda p: len(_chiefs(boss, p))) for a, b in pairs
        ],
        generate=lambda rng, n: (parents(rng, n, 4), [ints(rng, 2, 0, n - 1) for _ in range(n)]),
        examples=(([-1, 0, 0, 1, 1], [[3, 4], [3, 2], [1, 4]]),),
        edges=(([-1], [[0, 0]]), ([-1, 0], []), ([-1, 2, 0], [[1, 2], [2, 0]])),
    ),
    function(
        "Strict search tree",
        "medium",
        "trees recursion",
        f"""
        {SHAPE} The tree is sorted if, for every node, all values in its left part are smaller than its value, and all
        values in its right part are greater or equal. Return whether the tree is sorted; None is. At most 50 nodes.
        """,
        """
        def is_sorted(tree: list | None) -> bool:
            def check(node, low, high):
                if node is None:
                    return True
                value = node[0]
                if (low is not None and value < low) or (high is not None and value >= high):
                    return False
                return check(node[1], low, value) and check(node[2], value, high)

            return check(tree, None, None)
        """,
        brute=_sorted_slowly,
        generate=lambda rng, n: (_search_tree(rng, 1, n, broken=flip(rng)),),
        examples=(([2, [1, None, None], [2, None, None]],), ([2, [2, None, None], None],)),
        edges=(
            (None,),
            ([1, None, None],),
            ([5, [3, None, [6, None, None]], None],),
            ([5, None, [7, [5, None, None], None]],),
            ([5, None, [7, [4, None, None], None]],),
        ),
        sizes=(3, 4, 4, 5, 5, 6, 8, 10, 15, 20, 30, 50),
    ),
    function(
        "Longest cable",
        "hard",
        "trees depth-first-search",
        """
        Houses 0 to count - 1 are joined by count - 1 cables `[a, b, length]` so that each can be reached from each.
        Return the largest distance between two houses along the cables. 1 <= count <= 10000, lengths from 1 to 1000. The
        houses may form a long line: mind the depth of recursion.
        """,
        """
        def longest_cable(count: int, cables: list[list[int]]) -> int:
            near = [[] for _ in range(count)]
            for a, b, length in cables:
                near[a].append((b, length))
                near[b].append((a, length))

            def farthest(start):
                far, stack = {start: 0}, [start]
                while stack:
                    house = stack.pop()
                    for other, length in near[house]:
                        if other not in far:
                            far[other] = far[house] + length
                            stack.append(other)
                return max(far.items(), key=lambda item: item[1])

            return farthest(farthest(0)[0])[1]
        """,
        brute=lambda count, cables: max(map(max, _distances(count, cables))),
        generate=lambda rng, n: (n, [[*edge, number(rng, 1, 1000)] for edge in _edges(rng, n)]),
        examples=((4, [[0, 1, 5], [2, 1, 3], [1, 3, 4]]),),
        edges=((1, []), (2, [[1, 0, 7]]), (10_000, [[i, i + 1, 1] for i in range(9_999)])),
        sizes=(*LARGE[:-2], 5000),
    ),
    function(
        "Office party",
        "hard",
        "trees dynamic-programming",
        """
        Person 0 is the head; the boss of every other person i is boss[i] < i, and boss[0] is -1. Guest i brings fun[i].
        Nobody may be invited together with their direct boss. Return the largest total fun of a party; an empty party has
        fun 0. 1 to 20000 people, fun from -1000 to 1000.
        """,
        """
        def best_party(fun: list[int], boss: list[int]) -> int:
            come, stay = list(fun), [0] * len(fun)
            for person in range(len(fun) - 1, 0, -1):
                chief = boss[person]
                come[chief] += stay[person]
                stay[chief] += max(come[person], stay[person])
            return max(come[0], stay[0])
        """,
        brute=_best_party,
        generate=lambda rng, n: (ints(rng, n, -300, 1000), parents(rng, n)),
        examples=(([5, 4, 3, 1], [-1, 0, 0, 1]),),
        edges=(([-5], [-1]), ([5], [-1]), ([1, 1], [-1, 0]), ([1] * 10_000, [*range(-1, 9_999)])),
        sizes=LARGE,
        brute_size=10,
    ),
    function(
        "Sum of ways to everybody",
        "hard",
        "trees dynamic-programming",
        """
        Villages 0 to count - 1 are joined by count - 1 roads `[a, b]` so that each can be reached from each. Return a list:
        for each village, the sum of its distances, in roads, to all other villages. 1 <= count <= 10000.
        """,
        """
        def distance_sums(count: int, roads: list[list[int]]) -> list[int]:
            near = [[] for _ in range(count)]
            for a, b in roads:
                near[a].append(b)
                near[b].append(a)
            order, parent = [0], [-1] * count
            for village in order:
                for other in near[village]:
                    if other != parent[village]:
                        parent[other] = village
                        order.append(other)
            size, sums = [1] * count, [0] * count
            for village in reversed(order[1:]):
                size[parent[village]] += size[village]
                sums[0] += size[village]
            for village in order[1:]:
                sums[village] = sums[parent[village]] + count - 2 * size[village]
            return sums
        """,
        brute=lambda count, roads: [sum(row) for row in _distances(count, roads)],
        generate=lambda rng, n: (n, _edges(rng, n)),
        examples=((4, [[0, 1], [1, 2], [1, 3]]),),
        edges=((1, []), (2, [[1, 0]]), (10_000, [[i, i + 1] for i in range(9_999)])),
        sizes=(*LARGE[:-2], 10_000),
    ),
)
