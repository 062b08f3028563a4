"""Problems about what hangs together: circles, clubs, bridges."""

from __future__ import annotations

from sge_envs.code.compare import Unordered
from sge_envs.code.problems.draw import number, pairs
from sge_envs.code.problems.graphs import GRAPH_SIZES, Edges, count_groups, reachable, some_arrows, some_graph
from sge_envs.code.problems.write import function


def _clubs(count: int, tells: Edges) -> list[int]:
    reach = reachable(count, tells, both_ways=False)
    clubs = {frozenset(b for b in reach[a] if a in reach[b]) for a in range(count)}
    return sorted(map(len, clubs), reverse=True)


PROBLEMS = (
    function(
        "Circles of friends",
        "easy",
        "graphs union-find",
        """
        People are numbered 0 to count - 1. Each pair `[a, b]` makes a and b friends. Friends, friends of friends and so on
        form a circle; who has no friends is a circle alone. Return the number of circles. Up to 2000 people.
        """,
        """
        def circles(count: int, friends: list[list[int]]) -> int:
            leader = list(range(count))

            def find(person):
                while leader[person] != person:
                    leader[person] = leader[leader[person]]
                    person = leader[person]
                return person

            for a, b in friends:
                leader[find(a)] = find(b)
            return sum(find(person) == person for person in range(count))
        """,
        brute=count_groups,
        generate=some_graph,
        examples=((5, [[0, 1], [3, 1]]),),
        edges=((0, []), (1, []), (3, [[0, 1], [1, 2], [2, 0]])),
        sizes=GRAPH_SIZES,
    ),
    function(
        "First day all are joined",
        "medium",
        "graphs union-find",
        """
        A road `[a, b, day]` between the towns a and b opens on a day. Return the first day on which every town can be
        reached from every other, or -1 if that never happens; with one town it is day 0. Towns are numbered 0 to
        count - 1, 1 <= count <= 2000, days from 1 to 1000000.
        """,
        """
        def first_day(count: int, roads: list[list[int]]) -> int:
            leader, groups = list(range(count)), count

            def find(town):
                while leader[town] != town:
                    leader[town] = leader[leader[town]]
                    town = leader[town]
                return town

            if groups == 1:
                return 0
            for a, b, day in sorted(roads, key=lambda road: road[2]):
                a, b = find(a), find(b)
                if a != b:
                    leader[a] = b
                    groups -= 1
                    if groups == 1:
                        return day
            return -1
        """,
        brute=lambda count, roads: next(
            (
                d
                for d in sorted({0, *(r[2] for r in roads)})
                if count_groups(count, [r[:2] for r in roads if r[2] <= d]) == 1
            ),
            -1,
        ),
        generate=lambda rng, n: (n, [[a, b, number(rng, 1, 9 * n)] for a, b in pairs(rng, n, 2 * n + 3 * (n > 9) * n)]),
        examples=((3, [[0, 1, 4], [1, 2, 7], [0, 2, 5]]), (2, [])),
        edges=((1, []), (2, [[0, 1, 9]]), (4, [[0, 1, 1], [2, 3, 1]])),
        sizes=GRAPH_SIZES,
    ),
    function(
        "Roads that matter",
        "hard",
        "graphs depth-first-search bridges",
        """
        Towns 0 to count - 1 are joined by roads `[a, b]`; no two roads join the same towns. A road matters if, without it,
        its two ends could no longer reach each other. Return the roads that matter, as they are given, in any order. Up to
        2000 towns.
        """,
        """
        def roads_that_matter(count: int, roads: list[list[int]]) -> list[list[int]]:
            near = [[] for _ in range(count)]
            for i, (a, b) in enumerate(roads):
                near[a].append((b, i))
                near[b].append((a, i))
            seen, low, result = [0] * count, [0] * count, []
            clock = 0
            for start in range(count):
                if seen[start]:
                    continue
                clock += 1
                seen[start] = low[start] = clock
                stack = [(start, -1, iter(near[start]))]
                while stack:
                    town, used, others = stack[-1]
                    for other, road in others:
                        if road == used:
                            continue
                        if seen[other]:
                            low[town] = min(low[town], seen[other])
                        else:
                            clock += 1
                            seen[other] = low[other] = clock
                            stack.append((other, road, iter(near[other])))
                            break
                    else:
                        stack.pop()
                        if stack:
                            above = stack[-1][0]
                            low[above] = min(low[above], low[town])
                            if low[town] > seen[above]:
                                result.append(roads[used])
            return result
        """,
        brute=lambda n, roads: [
            r for r in roads if count_groups(n, [x for x in roads if x != r]) > count_groups(n, roads)
        ],
        generate=some_graph,
        examples=((4, [[0, 1], [1, 2], [2, 0], [2, 3]]),),
        edges=((1, []), (2, [[1, 0]]), (3, [[0, 1], [1, 2], [2, 0]]), (2000, [[i, i + 1] for i in range(1999)])),
        sizes=GRAPH_SIZES,
        comparison=Unordered(),
    ),
    function(
        "Rumour clubs",
        "hard",
        "graphs strongly-connected-components",
        """
        An arrow `[a, b]` says that person a tells rumours to b. Two people are in the same club if a rumour can get from
        each to the other; everybody is in a club at least with themselves. Return the sizes of all clubs, the largest
        first. People are numbered 0 to count - 1, count <= 2000.
        """,
        """
        def club_sizes(count: int, tells: list[list[int]]) -> list[int]:
            after = [[] for _ in range(count)]
            before = [[] for _ in range(count)]
            for a, b in tells:
                after[a].append(b)
                before[b].append(a)
            seen, order = set(), []
            for start in range(count):
                stack = [(start, False)]
                while stack:
                    person, done = stack.pop()
                    if done:
                        order.append(person)
                    elif person not in seen:
                        seen.add(person)
                        stack.append((person, True))
                        stack += [(other, False) for other in after[person]]
            sizes, seen = [], set()
            for start in reversed(order):
                if start in seen:
                    continue
                seen.add(start)
                club = [start]
                for person in club:
                    for other in before[person]:
                        if other not in seen:
                            seen.add(other)
                            club.append(other)
                sizes.append(len(club))
            return sorted(sizes, reverse=True)
        """,
        brute=_clubs,
        generate=some_arrows,
        examples=((4, [[0, 1], [1, 0], [1, 2], [2, 3]]),),
        edges=((0, []), (1, [[0, 0]]), (3, [[0, 1], [1, 2], [2, 0]])),
        sizes=GRAPH_SIZES,
        brute_size=6,
    ),
)
