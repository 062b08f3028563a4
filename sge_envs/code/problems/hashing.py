"""Problems that dictionaries and sets make easy."""

from __future__ import annotations

from itertools import combinations

from sge_envs.code.compare import Unordered
from sge_envs.code.problems.draw import ints, number, word, words
from sge_envs.code.problems.write import LARGE, function


def _same_pattern(a: str, b: str) -> bool:
    return len(a) == len(b) and all((a[i] == a[j]) == (b[i] == b[j]) for i in range(len(a)) for j in range(i))


def _pattern_groups(texts: list[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    for text in texts:
        home = next((group for group in groups if _same_pattern(group[0], text)), None)
        if home is None:
            groups.append([text])
        else:
            home.append(text)
    return groups


PROBLEMS = (
    function(
        "Nearest twins",
        "easy",
        "hashing arrays",
        """
        Return the smallest distance between the indices of two equal values, or -1 if all values differ. Up to 20000
        values from 0 to 1000000.
        """,
        """
        def nearest_twins(values: list[int]) -> int:
            last, best = {}, -1
            for i, value in enumerate(values):
                if value in last and (best < 0 or i - last[value] < best):
                    best = i - last[value]
                last[value] = i
            return best
        """,
        brute=lambda v: min((j - i for j in range(len(v)) for i in range(j) if v[i] == v[j]), default=-1),
        generate=lambda rng, n: (ints(rng, n, 0, 4 * n),),
        examples=(([3, 1, 4, 3, 1, 1],), ([1, 2],)),
        edges=(([],), ([5, 5],), ([9, 8, 7, 9],), (list(range(20_000)),)),
        sizes=LARGE,
        brute_size=20,
    ),
    function(
        "Odd ones out",
        "easy",
        "hashing counting",
        """
        Return the values that occur an odd number of times, each once, in rising order. At most 100 values from -100 to
        100.
        """,
        """
        def odd_ones(values: list[int]) -> list[int]:
            odd = set()
            for value in values:
                odd ^= {value}
            return sorted(odd)
        """,
        brute=lambda v: [x for x in range(-100, 101) if v.count(x) % 2],
        generate=lambda rng, n: (ints(rng, n, -n, n // 2),),
        examples=(([4, 2, 4, 4, 2, 7],),),
        edges=(([],), ([0, 0],), ([-3],), ([5, -5],)),
    ),
    function(
        "Favourite pair of letters",
        "easy",
        "hashing strings",
        """
        Look at all pairs of neighbouring letters of the text; "aaa" has the pair "aa" twice. Return the pair that occurs
        most often; among equally frequent ones, the alphabetically first. 2 to 200 lower-case letters.
        """,
        """
        from collections import Counter


        def favourite_pair(text: str) -> str:
            counts = Counter(map("".join, zip(text, text[1:])))
            return min(counts, key=lambda pair: (-counts[pair], pair))
        """,
        brute=lambda t: sorted({t[i : i + 2] for i in range(len(t) - 1)}, key=lambda p: (-_count(t, p), p))[0],
        generate=lambda rng, n: (word(rng, n + 1, "abc"),),
        examples=(("banana",), ("zzzyx",)),
        edges=(("ab",), ("cbabc",), ("aaa",)),
    ),
    function(
        "Same melody",
        "medium",
        "hashing strings",
        """
        Two words have the same melody if the letters of one can be renamed, different letters to different letters,
        to give the other: "abb" and "zoo" do, "abb" and "zzz" do not. Group the words by melody. The groups, and the
        words in a group, may come in any order; repeated words stay repeated. At most 60 words of lower-case letters.
        """,
        """
        def melodies(words: list[str]) -> list[list[str]]:
            groups = {}
            for word in words:
                groups.setdefault(tuple(word.index(letter) for letter in word), []).append(word)
            return list(groups.values())
        """,
        brute=_pattern_groups,
        generate=lambda rng, n: (words(rng, n, 4, "abcd"),),
        examples=((["abb", "zoo", "abc", "zzz", "b"],),),
        edges=(([],), (["a"],), (["a", "a", "b"],), (["ab", "ba", "aa"],)),
        comparison=Unordered(2),
    ),
    function(
        "Fair shares",
        "medium",
        "hashing prefix-sums",
        """
        Return the number of contiguous, non-empty pieces of the list whose sum is divisible by `friends`. Up to 20000
        values from -1000 to 1000, 1 <= friends <= 10000.
        """,
        """
        def fair_shares(values: list[int], friends: int) -> int:
            seen, rest, count = {0: 1}, 0, 0
            for value in values:
                rest = (rest + value) % friends
                count += seen.get(rest, 0)
                seen[rest] = seen.get(rest, 0) + 1
            return count
        """,
        brute=lambda v, k: sum(sum(v[i:j]) % k == 0 for j in range(len(v) + 1) for i in range(j)),
        generate=lambda rng, n: (ints(rng, n, -9, 9), number(rng, 1, 5 if n < 100 else 10_000)),
        examples=(([2, 1, 3, -3], 3),),
        edges=(([], 2), ([4], 1), ([0, 0, 0], 7), ([-1, 1], 2)),
        sizes=LARGE,
    ),
    function(
        "Marks apart",
        "medium",
        "hashing counting",
        """
        Return the number of pairs of indices i < j whose values differ by exactly `gap`. Up to 20000 values from 0 to
        1000000, 0 <= gap <= 1000000.
        """,
        """
        def marks_apart(values: list[int], gap: int) -> int:
            seen, count = {}, 0
            for value in values:
                count += sum(seen.get(other, 0) for other in {value - gap, value + gap})
                seen[value] = seen.get(value, 0) + 1
            return count
        """,
        brute=lambda v, gap: sum(abs(a - b) == gap for a, b in combinations(v, 2)),
        generate=lambda rng, n: (ints(rng, n, 0, n), number(rng, 0, 3)),
        examples=(([1, 3, 3, 5], 2),),
        edges=(([], 0), ([7, 7, 7], 0), ([1, 2], 5), ([0, 1_000_000], 1_000_000)),
        sizes=LARGE,
    ),
    function(
        "Three in balance",
        "hard",
        "hashing strings prefix-sums",
        """
        The text has only the letters a, b and c. Return the length of its longest contiguous piece with equally many
        of each of the three. Up to 20000 letters.
        """,
        """
        def three_in_balance(text: str) -> int:
            a = b = c = best = 0
            first = {(0, 0): 0}
            for i, letter in enumerate(text, 1):
                a, b, c = a + (letter == "a"), b + (letter == "b"), c + (letter == "c")
                best = max(best, i - first.setdefault((a - b, b - c), i))
            return best
        """,
        brute=lambda t: max(
            j - i
            for j in range(len(t) + 1)
            for i in range(j + 1)
            if t[i:j].count("a") == t[i:j].count("b") == t[i:j].count("c")
        ),
        generate=lambda rng, n: (word(rng, n),),
        examples=(("aabcc",), ("abcabca",)),
        edges=(("",), ("aaa",), ("cab",), ("ab",), ("a" * 7000 + "b" * 7000 + "c" * 6000,)),
        sizes=LARGE,
    ),
)


def _count(text: str, pair: str) -> int:
    return sum(text[i : i + 2] == pair for i in range(len(text) - 1))
