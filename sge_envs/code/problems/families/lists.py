"""Families about lists of numbers and records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sge_envs.code.problem import Family, OwnProblem
from sge_envs.code.problems.draw import Rng, distinct, flip, ints, number, pick, some, word
from sge_envs.code.problems.families.lively import lively
from sge_envs.code.problems.write import function

Values = list[int]


@lively
def _sequence(rng: Rng) -> OwnProblem:
    first, second, p, q, slope = number(rng, 0, 9), number(rng, 0, 9), *ints(rng, 2, 1, 5), number(rng, 0, 4)
    modulus, every, bonus = number(rng, 50, 999), number(rng, 3, 7), number(rng, 1, 20)

    def brute(n: int) -> int:
        known = {0: first % modulus, 1: second % modulus}

        def term(i: int) -> int:
            if i not in known:
                total = [term(i - 1)] * p + [term(i - 2)] * q + [i] * slope + [bonus] * (not i % every)
                known[i] = sum(total) % modulus
            return known[i]

        return term(n)

    linear = f" + {slope} * n" if slope else ""
    return function(
        "Term of a sequence",
        "easy",
        "sequences math",
        f"""
        A sequence starts with t(0) = {first} and t(1) = {second}. From n = 2 on, t(n) is the remainder of
        {p} * t(n - 1) + {q} * t(n - 2){linear} on division by {modulus}; where n is a multiple of {every}, {bonus} is added
        before the remainder is taken. Return t(n). 0 <= n <= 300.
        """,
        f"""
        def term(n: int) -> int:
            before, now = {first}, {second}
            if n == 0:
                return before
            for i in range(2, n + 1):
                new = {p} * now + {q} * before + {slope} * i + ({bonus} if i % {every} == 0 else 0)
                before, now = now, new % {modulus}
            return now
        """,
        brute=brute,
        generate=lambda rng, n: (number(rng, n, 6 * n),),
        examples=((2,), (every,), (10,)),
        edges=((0,), (1,), (2,), (3,), (4,), (2 * every,), (100,)),
    )


def _keep_multiples(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, 2, 5)
    return f"drop the multiples of {k}", f"[v for v in values if v % {k}]", lambda v: [x for x in v if x // k * k != x]


def _keep_larger(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, -10, 10)
    return f"keep what is greater than {k}", f"[v for v in values if v > {k}]", lambda v: list(filter(k.__lt__, v))


def _scale(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k, c = number(rng, 2, 9), number(rng, 1, 9)
    return (
        f"multiply each by {k} and add {c}",
        f"[{k} * v + {c} for v in values]",
        lambda v: [sum([x] * k, c) for x in v],
    )


def _subtract_index(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, 1, 5)
    words = f"add to each {k} times its index (from 0)"
    return words, f"[v + {k} * i for i, v in enumerate(values)]", lambda v: [v[i] + i * k for i in range(len(v))]


def _skip(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, 2, 4)
    return (
        f"keep only what stands at an index (from 0) that is a multiple of {k}",
        f"values[::{k}]",
        lambda v: [v[i] for i in range(0, len(v), k)],
    )


def _rotate(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, 1, 3)
    words = f"move the first {k} to the end (all, in their order, if there are fewer)"
    return words, f"values[{k}:] + values[:{k}]", lambda v: [x for i, x in enumerate(v) if i >= k] + v[: min(k, len(v))]


def _cap(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    k = number(rng, 5, 30)
    return (
        f"replace what is greater than {k} by {k}",
        f"[min(v, {k}) for v in values]",
        lambda v: [sorted((x, k))[0] for x in v],
    )


def _plain(rng: Rng) -> tuple[str, str, Callable[[Values], Values]]:
    return pick(
        rng,
        (
            ("reverse the list", "values[::-1]", lambda v: list(reversed(v))),
            (
                "sort in rising order",
                "sorted(values)",
                lambda v: [x for x in range(min(v, default=0), max(v, default=0) + 1) for _ in range(v.count(x))],
            ),
            ("replace each by the sum of all up to it", "[sum(values[:i + 1]) for i in range(len(values))]", _running),
            (
                "replace each two neighbours by their difference, second minus first",
                "[b - a for a, b in zip(values, values[1:])]",
                lambda v: [v[i + 1] - v[i] for i in range(len(v) - 1)],
            ),
            ("drop all but the first of equal values", "list(dict.fromkeys(values))", _unique),
        ),
    )


def _running(values: Values) -> Values:
    total, sums = 0, []
    for value in values:
        total += value
        sums.append(total)
    return sums


def _unique(values: Values) -> Values:
    return [value for i, value in enumerate(values) if value not in values[:i]]


STEPS = (_keep_multiples, _keep_larger, _scale, _subtract_index, _skip, _rotate, _cap, _plain, _plain, _plain)


@lively
def _pipeline(rng: Rng) -> OwnProblem:
    steps = [step(rng) for step in some(rng, STEPS, number(rng, 3, 4))]

    def brute(values: Values) -> Values:
        for _, _, apply in steps:
            values = apply(values)
        return values

    orders = "\n".join(f"{i}. {words}" for i, (words, _, _) in enumerate(steps, 1))
    body = "".join(f"    values = {code}\n" for _, code, _ in steps)
    return function(
        "List pipeline",
        "easy",
        "arrays pipelines",
        f"Return what is left of the list after these steps, one after the other:\n\n{orders}\n\n"
        "At most 50 values from -50 to 50; a step on an empty list leaves it empty.",
        f"\ndef pipeline(values: list[int]) -> list[int]:\n{body}    return values",
        brute=brute,
        generate=lambda rng, n: (ints(rng, n, -20, 50),),
        examples=((ints(rng, 5, -20, 50),), (ints(rng, 4, 0, 9),)),
        edges=(([],), ([7],), *((ints(rng, n, -50, 50),) for n in (6, 8, 10, 12))),
    )


FIELDS = ("age", "score", "height")


@lively
def _records(rng: Rng) -> OwnProblem:
    first, second, third = some(rng, FIELDS, 3)
    low, city, up, least = number(rng, 20, 60), word(rng, 1, "ABC"), flip(rng), flip(rng)
    either = flip(rng)

    def brute(records: list[dict[str, Any]]) -> list[str]:
        left = []
        for record in records:
            hits = [record[first] >= low if least else record[first] < low, record["city"] == city]
            if sum(hits) >= (1 if either else 2):
                left.append((record[second] if up else -record[second], record["name"], record[third]))
        return [f"{name}:{value}" for _, name, value in sorted(left)]

    test = f"r[{first!r}] {'>=' if least else '<'} {low} {'or' if either else 'and'} r['city'] == {city!r}"

    def make(rng: Rng, count: int) -> tuple[list[dict[str, Any]]]:
        names = [f"{word(rng, 2, 'aeiou')}{i:02}" for i in distinct(rng, count, 0, 99)]
        rows = [[name, word(rng, 1, "ABC"), *ints(rng, 3, 10, 70)] for name in names]
        return ([dict(zip(("name", "city", *FIELDS), row)) for row in rows],)

    sides = f"{first} {'of at least' if least else 'below'} {low}", f'the city "{city}"'
    order = "rising" if up else "falling"
    return function(
        "Report on people",
        "medium",
        "records sorting filtering",
        f"""
        Each person is a dictionary with the texts "name" (different for all) and "city" and the whole numbers "age", "score" and
        "height". Take the people with {sides[0]} {"or" if either else "and"} {sides[1]}{" (or both)" if either else ""}, in
        {order} order of {second}, and where that is equal by name. Return a list of texts, for each of them name, colon,
        {third}, such as "bo:7". At most 50 people.
        """,
        f"""
        def report(people: list[dict]) -> list[str]:
            chosen = [r for r in people if {test}]
            chosen.sort(key=lambda r: ({"" if up else "-"}r[{second!r}], r["name"]))
            return [f"{{r['name']}}:{{r[{third!r}]}}" for r in chosen]
        """,
        brute=brute,
        generate=make,
        examples=(make(rng, 3), make(rng, 2)),
        edges=(([],), *(make(rng, n) for n in (1, 2, 4, 6, 8, 10))),
    )


@lively
def _dice(rng: Rng) -> OwnProblem:
    lucky, worth, penalty = number(rng, 1, 6), number(rng, 2, 9) * 10, number(rng, 1, 9)
    pair, triple, straight = number(rng, 1, 30), number(rng, 31, 99), number(rng, 100, 200)
    bad = pick(rng, [face for face in range(1, 7) if face != lucky])

    def brute(dice: Values) -> int:
        groups = [dice.count(face) for face in range(1, 7)]
        points = sum(worth if die == lucky else -penalty if die == bad else die for die in dice)
        points += sum(pair if group == 2 else triple if group > 2 else 0 for group in groups)
        return points + straight * any(groups[i : i + 4].count(0) == 0 for i in range(3))

    return function(
        "Score of a throw",
        "medium",
        "counting games",
        f"""
        Return the points of a throw of 1 to 12 dice. Each {lucky} gives {worth} points, each {bad} gives minus {penalty}, any
        other die as many as it shows. A face that is thrown exactly twice gives {pair} points more, one that is thrown three
        times or more {triple} points more. If the throw has four faces in sequence (such as 2, 3, 4, 5, in any order and among
        others), that gives {straight} points more, once.
        """,
        f"""
        from collections import Counter


        def score(dice: list[int]) -> int:
            points = 0
            for face, count in Counter(dice).items():
                points += count * {{{lucky}: {worth}, {bad}: -{penalty}}}.get(face, face)
                if count > 1:
                    points += {pair} if count == 2 else {triple}
            if any({{low, low + 1, low + 2, low + 3}} <= set(dice) for low in (1, 2, 3)):
                points += {straight}
            return points
        """,
        brute=brute,
        generate=lambda rng, n: (ints(rng, min(n, 12), 1, 6),),
        examples=(([lucky, bad, bad],), ([1, 2, 3, 4],)),
        edges=(([lucky],), ([bad] * 3,), ([1, 1, 2, 2],), ([3, 4, 5, 6],), ([1, 2, 3, 5, 6],), (ints(rng, 6, 1, 6),)),
    )


FAMILIES = (
    Family("sequences", "Term of a sequence", "easy", ("sequences", "math"), _sequence),
    Family("pipelines", "List pipeline", "easy", ("arrays", "pipelines"), _pipeline),
    Family("records", "Report on people", "medium", ("records", "sorting", "filtering"), _records),
    Family("dice", "Score of a throw", "medium", ("counting", "games"), _dice),
)
