"""Problems of combinatorics and probability."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise, permutations, product

from sge_envs.code.compare import Tolerance
from sge_envs.code.problems.draw import ints, number, shuffled, word
from sge_envs.code.problems.write import SMALL, function

MOD = 10**9 + 7


def _necklaces(beads: int, colours: int) -> int:
    return len({min(row[i:] + row[:i] for i in range(beads)) for row in product(range(colours), repeat=beads)})


def _bracket_rows(pairs: int, depth: int) -> int:
    rows = product((1, -1), repeat=2 * pairs)
    return sum(sum(row) == 0 and all(0 <= sum(row[:i]) <= depth for i in range(len(row))) for row in rows) % MOD


def _streak(flips: int, run: int, chance: float) -> float:
    total = 0.0
    for row in product("HT", repeat=flips):
        if "H" * run in "".join(row):
            total += chance ** row.count("H") * (1 - chance) ** row.count("T")
    return total


def _at_least(dice: list[int], goal: int) -> float:
    rolls = [sum(roll) for roll in product(*(range(1, sides + 1) for sides in dice))]
    return float(Fraction(sum(roll >= goal for roll in rolls), len(rolls)))


PROBLEMS = (
    function(
        "Seats with gaps",
        "easy",
        "combinatorics",
        """
        In how many ways can `guests` people (who all look alike) sit on `seats` chairs in a row so that no two of them are
        neighbours? 0 <= guests <= 100, 0 <= seats <= 200.
        """,
        """
        from math import comb


        def seatings(seats: int, guests: int) -> int:
            return comb(seats - guests + 1, guests) if guests <= seats else 0
        """,
        brute=lambda seats, guests: sum(
            all(b - a > 1 for a, b in pairwise(row)) for row in combinations(range(seats), guests)
        ),
        generate=lambda rng, n: (n + 2, number(rng, 0, (n + 4) // 2)),
        examples=((4, 2), (2, 2)),
        edges=((0, 0), (0, 1), (1, 1), (5, 3)),
    ),
    function(
        "Chance of the dice",
        "medium",
        "probability dynamic-programming",
        """
        Each die i shows 1 to dice[i] points, all equally likely. Return the probability that the sum of all dice is at
        least `goal`. 1 to 50 dice with 2 to 20 sides, 0 <= goal <= 1100.
        """,
        """
        def chance(dice: list[int], goal: int) -> float:
            odds = {0: 1.0}
            for sides in dice:
                after = {}
                for total, odd in odds.items():
                    for points in range(1, sides + 1):
                        after[total + points] = after.get(total + points, 0.0) + odd / sides
                odds = after
            return float(sum(odd for total, odd in odds.items() if total >= goal))
        """,
        brute=_at_least,
        generate=lambda rng, n: (dice := ints(rng, n, 2, 4 if n < 9 else 20), number(rng, n, sum(dice))),
        examples=(([6, 6], 11), ([2, 4], 2)),
        edges=(([2], 2), ([20], 21), ([3, 3], 0)),
        brute_size=6,
        comparison=Tolerance(),
    ),
    function(
        "Lucky streak",
        "hard",
        "probability dynamic-programming",
        """
        A coin shows heads with probability `chance`. Return the probability that in `flips` flips there are somewhere at
        least `run` heads one directly after the other. 1 <= run <= 100, 0 <= flips <= 1000, 0 <= chance <= 1.
        """,
        """
        def streak(flips: int, run: int, chance: float) -> float:
            rows, done = [1.0] + [0.0] * (run - 1), 0.0
            for _ in range(flips):
                done += rows[-1] * chance
                rows = [sum(rows) * (1 - chance)] + [row * chance for row in rows[:-1]]
            return done
        """,
        brute=_streak,
        generate=lambda rng, n: (2 * n if n > 5 else n, number(rng, 1, n // 5 + 2), number(rng, 1, 9) / 10),
        examples=((3, 2, 0.5),),
        edges=((0, 1, 0.5), (2, 3, 0.9), (4, 1, 0.0), (3, 3, 1.0)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100, 500),
        brute_size=5,
        comparison=Tolerance(),
    ),
    function(
        "Place in the dictionary",
        "hard",
        "combinatorics strings",
        """
        All different orders of the letters of the word are sorted alphabetically and numbered from 1. Return the number of
        the word itself. 1 to 25 lower-case letters, perhaps repeated.
        """,
        """
        from math import factorial


        def place(word: str) -> int:
            def orders(letters):
                count = factorial(len(letters))
                for letter in set(letters):
                    count //= factorial(letters.count(letter))
                return count

            rank, left = 1, sorted(word)
            for letter in word:
                for smaller in sorted(set(left)):
                    if smaller < letter:
                        rest = list(left)
                        rest.remove(smaller)
                        rank += orders(rest)
                left.remove(letter)
            return rank
        """,
        brute=lambda word: sorted(map("".join, set(permutations(word)))).index(word) + 1,
        generate=lambda rng, n: ("".join(shuffled(rng, word(rng, min(n, 25), "abcd" if n < 9 else "abcdefgh"))),),
        examples=(("cab",), ("baa",)),
        edges=(("z",), ("aa",), ("zzy",), ("edcba",)),
        brute_size=7,
    ),
    function(
        "Brackets of bounded depth",
        "medium",
        "combinatorics dynamic-programming",
        """
        Return how many texts of `pairs` opening and `pairs` closing round brackets are properly nested, never more than
        `depth` deep, modulo 1000000007. 0 <= pairs <= 200, 0 <= depth <= 200.
        """,
        """
        def bounded(pairs: int, depth: int) -> int:
            ways = [1] + [0] * (depth + 1)
            for _ in range(2 * pairs):
                ways = [(ways[d + 1] + (ways[d - 1] if d else 0)) % 1000000007 for d in range(depth + 1)] + [0]
            return ways[0]
        """,
        brute=_bracket_rows,
        generate=lambda rng, n: (n, number(rng, 1, n // 2 + 1)),
        examples=((3, 2), (2, 0)),
        edges=((0, 0), (1, 1), (4, 9), (3, 1)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 30, 50, 100, 200),
        brute_size=6,
    ),
    function(
        "Different necklaces",
        "hard",
        "combinatorics math",
        """
        A necklace is a ring of `beads` beads, each in one of `colours` colours; turning a necklace does not make it a
        different one, mirroring may. Return the number of different necklaces, modulo 1000000007. 1 <= beads <= 100000,
        1 <= colours <= 1000.
        """,
        """
        from math import gcd


        def necklaces(beads: int, colours: int) -> int:
            mod = 1000000007
            total = sum(pow(colours, gcd(beads, turn), mod) for turn in range(beads))
            return total * pow(beads, -1, mod) % mod
        """,
        brute=_necklaces,
        generate=lambda rng, n: (n if n < 9 else number(rng, n, n * n), number(rng, 1, 3 if n < 9 else 1000)),
        examples=((4, 2), (3, 3)),
        edges=((1, 1), (1, 7), (2, 2), (6, 2)),
        sizes=(*SMALL, 10, 20, 50, 200),
        brute_size=7,
    ),
)
