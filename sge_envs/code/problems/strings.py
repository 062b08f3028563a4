"""Problems about texts."""

from __future__ import annotations

import itertools
import re

from sge_envs.code.problems.draw import number, pick, word, words
from sge_envs.code.problems.write import LARGE, SIZES, function


def _bubble_capitals(text: str) -> str:
    letters = list(text)
    places = [i for i, letter in enumerate(text) if letter.isupper()]
    for _ in places:
        for i, j in itertools.pairwise(places):
            if letters[i] > letters[j]:
                letters[i], letters[j] = letters[j], letters[i]
    return "".join(letters)


def _encode(text: str) -> str:
    """The cipher of "Rolling cipher", forwards."""
    values = [ord(letter) - 97 for letter in text]
    return "".join(chr((value + sum(values[:i]) + i) % 26 + 97) for i, value in enumerate(values))


def _decode_by_trial(cipher: str) -> str:
    text = ""
    while len(text) < len(cipher):
        text = next(text + x for x in map(chr, range(97, 123)) if _encode(text + x) == cipher[: len(text) + 1])
    return text


def _unit(text: str) -> int:
    return min(k for k in range(1, len(text) + 1) if all(text[i] == text[i % k] for i in range(len(text))))


PROBLEMS = (
    function(
        "Sort the capitals",
        "easy",
        "strings sorting",
        """
        Sort the capital letters of the text alphabetically among the places of capital letters; every other character
        stays where it is. At most 100 printable ASCII characters.
        """,
        """
        def sort_capitals(text: str) -> str:
            capitals = iter(sorted(letter for letter in text if letter.isupper()))
            return "".join(next(capitals) if letter.isupper() else letter for letter in text)
        """,
        brute=_bubble_capitals,
        generate=lambda rng, n: (word(rng, n, "ABCXYZab 1"),),
        examples=(("xZyBA-C",),),
        edges=(("",), ("abc",), ("BA",), ("AABA",)),
    ),
    function(
        "Short runs",
        "easy",
        "strings",
        """
        Compress a text of lower-case letters: walk from left to right and replace each run of equal letters by its
        length and the letter. A run longer than 9 is cut into pieces of 9 and a rest, so every number is one digit.
        At most 200 letters.
        """,
        """
        def short_runs(text: str) -> str:
            packed, start = [], 0
            for i in range(1, len(text) + 1):
                if i == len(text) or text[i] != text[start] or i - start == 9:
                    packed.append(f"{i - start}{text[start]}")
                    start = i
            return "".join(packed)
        """,
        brute=lambda text: re.sub(r"(.)\1{0,8}", lambda m: f"{len(m[0])}{m[1]}", text),
        generate=lambda rng, n: ("".join(pick(rng, "ab") * number(rng, 1, 12) for _ in range(n // 2 + 1)),),
        examples=(("aaabzz",), ("cccccccccccc",)),
        edges=(("",), ("q",), ("a" * 9,), ("a" * 10,), ("b" * 18 + "a",)),
    ),
    function(
        "Sign with initials",
        "easy",
        "strings",
        """
        A name is one or more words of lower-case letters, separated by single blanks. Return it with every word but the
        last shortened to its first letter and a full stop, and with the first letter of each word made a capital.
        At most 20 words.
        """,
        """
        def sign(name: str) -> str:
            *first, last = name.split(" ")
            return " ".join([word[0].upper() + "." for word in first] + [last.capitalize()])
        """,
        brute=lambda name: re.sub(r"([A-Z])[a-z]* ", r"\1. ", name.title()),
        generate=lambda rng, n: (" ".join(words(rng, min(n, 20), 6, "abcdefgxyz")),),
        examples=(("anna maria lopez",),),
        edges=(("li",), ("a b",), ("x",)),
    ),
    function(
        "Rolling cipher",
        "medium",
        "strings cryptography",
        """
        Number the letters a = 0 to z = 25. A text of lower-case letters was enciphered so: the letter at index i (from
        0) was moved forward in the alphabet, around from z to a, by i plus the sum of the numbers of all plain letters
        before it. Return the plain text. At most 200 letters.
        """,
        """
        def decipher(cipher: str) -> str:
            plain, total = [], 0
            for i, letter in enumerate(cipher):
                value = (ord(letter) - 97 - total - i) % 26
                total += value
                plain.append(chr(value + 97))
            return "".join(plain)
        """,
        brute=_decode_by_trial,
        generate=lambda rng, n: (word(rng, n, "abcdefghijklmnopqrstuvwxyz"),),
        examples=(("bdf",), (_encode("hello"),)),
        edges=(("",), ("z",), ("zz",), (_encode("zebra"),)),
    ),
    function(
        "Smallest tile",
        "medium",
        "strings",
        """
        A tile is a text that, written again and again without end, starts with the given text (the last copy may be
        cut). Return the length of the shortest tile. 1 to 20000 lower-case letters.
        """,
        """
        def smallest_tile(text: str) -> int:
            border = [0] * len(text)
            for i in range(1, len(text)):
                k = border[i - 1]
                while k and text[i] != text[k]:
                    k = border[k - 1]
                border[i] = k + (text[i] == text[k])
            return len(text) - border[-1]
        """,
        brute=_unit,
        generate=lambda rng, n: ((word(rng, number(rng, 1, n), "ab") * n)[:n],),
        examples=(("abaab",), ("abcabcab",)),
        edges=(("a",), ("ab",), ("aaaa",), ("aabaa",), ("a" * 10_000 + "b" + "a" * 9_000,)),
        sizes=LARGE,
    ),
    function(
        "Even letters",
        "medium",
        "strings hashing bits",
        """
        Return the length of the longest contiguous piece of the text in which every letter occurs an even number of
        times (perhaps zero). Up to 20000 lower-case letters.
        """,
        """
        def even_letters(text: str) -> int:
            first, mask, best = {0: 0}, 0, 0
            for i, letter in enumerate(text, 1):
                mask ^= 1 << ord(letter) - 97
                best = max(best, i - first.setdefault(mask, i))
            return best
        """,
        brute=lambda t: max(
            j - i
            for j in range(len(t) + 1)
            for i in range(j + 1)
            if all(t[i:j].count(letter) % 2 == 0 for letter in set(t))
        ),
        generate=lambda rng, n: (word(rng, n, "abcdefghijklmnopqrst"[: max(2, min(n // 2, 20))]),),
        examples=(("abcacb",), ("xyxy",)),
        edges=(("",), ("a",), ("aa",), ("abc",), ("abccbz",)),
        sizes=LARGE,
    ),
    function(
        "One letter too many",
        "medium",
        "strings palindromes",
        """
        Return the number of indices at which one can remove the letter so that the rest reads the same forwards and
        backwards. 1 to 20000 lower-case letters.
        """,
        """
        def removals(text: str) -> int:
            n = len(text)
            left = 0
            while left < n // 2 and text[left] == text[n - 1 - left]:
                left += 1
            if left == n // 2:
                first = n // 2
                while first and text[first - 1] == text[n // 2]:
                    first -= 1
                return n - 2 * first
            count = 0
            for i in (left, n - 1 - left):
                rest = text[:i] + text[i + 1:]
                if rest == rest[::-1]:
                    low, high = i, i
                    while low and text[low - 1] == text[i]:
                        low -= 1
                    while high + 1 < n and text[high + 1] == text[i]:
                        high += 1
                    count += high - low + 1
            return count
        """,
        brute=lambda t: sum(t[:i] + t[i + 1 :] == (t[:i] + t[i + 1 :])[::-1] for i in range(len(t))),
        generate=lambda rng, n: (
            (half := word(rng, n // 2, "ab"))
            + half[::-1][: number(rng, 0, 1) * n]
            + word(rng, number(rng, 0, 1), "ab")
            + "a" * (n == 1),
        ),
        examples=(("abca",), ("abba",)),
        edges=(("a",), ("ab",), ("aaaa",), ("abcd",), ("aab",), ("abbab",)),
        sizes=LARGE,
        brute_size=20,
    ),
    function(
        "First rotation",
        "medium",
        "strings",
        """
        Rotation k of a text starts at its index k and goes around. Return the smallest k whose rotation is
        alphabetically first. 1 to 20000 lower-case letters.
        """,
        """
        def first_rotation(text: str) -> int:
            n, i, j, k = len(text), 0, 1, 0
            text += text
            while j < n and k < n:
                a, b = text[i + k], text[j + k]
                if a == b:
                    k += 1
                    continue
                if a > b:
                    i, j = j, max(j, i + k) + 1
                else:
                    j += k + 1
                k = 0
            return i
        """,
        brute=lambda t: min(range(len(t)), key=lambda k: (t[k:] + t[:k], k)),
        generate=lambda rng, n: ((word(rng, 1 + n // number(rng, 1, 4), "ab") * n)[:n],),
        examples=(("banana",), ("abab",)),
        edges=(("z",), ("aaa",), ("aab",), ("baa",), ("a" * 19_998 + "ba",)),
        sizes=(*SIZES, 1000, 5000),
    ),
    function(
        "Different pieces",
        "hard",
        "strings suffix-structures",
        """
        Return the number of different non-empty contiguous pieces of the text. Up to 8000 lower-case letters.
        """,
        """
        def different_pieces(text: str) -> int:
            links, lengths, moves, last, count = [-1], [0], [{}], 0, 0
            for letter in text:
                state = len(links)
                links.append(0)
                lengths.append(lengths[last] + 1)
                moves.append({})
                at = last
                while at >= 0 and letter not in moves[at]:
                    moves[at][letter] = state
                    at = links[at]
                if at >= 0:
                    target = moves[at][letter]
                    if lengths[target] == lengths[at] + 1:
                        links[state] = target
                    else:
                        clone = len(links)
                        links.append(links[target])
                        lengths.append(lengths[at] + 1)
                        moves.append(dict(moves[target]))
                        while at >= 0 and moves[at].get(letter) == target:
                            moves[at][letter] = clone
                            at = links[at]
                        links[target] = links[state] = clone
                last = state
                count += lengths[state] - lengths[links[state]]
            return count
        """,
        brute=lambda t: len({t[i:j] for j in range(len(t) + 1) for i in range(j)}),
        generate=lambda rng, n: (word(rng, n, "ab" if n < 50 else "abcdefgh"),),
        examples=(("aba",),),
        edges=(("",), ("a",), ("aaaa",), ("abcabc",), ("ab" * 4000,)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 50, 200, 8000, 8000),
        brute_size=20,
    ),
)
