"""Programs from standard input to standard output: numbers, words and small tables."""

from __future__ import annotations

import calendar
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from sge_envs.code.compare import Tolerance
from sge_envs.code.problems.draw import ints, number, word, words
from sge_envs.code.problems.write import program

ROMAN = {"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40, "X": 10, "IX": 9}
ROMAN |= {"V": 5, "IV": 4, "I": 1}


def _roman(value: int) -> str:
    """Thousands, hundreds, tens and ones, each by pattern."""
    digits = []
    for one, five, ten, digit in zip("IXCM", "VLD?", "XCM?", reversed(f"{value:04d}")):
        patterns = ("", "1", "11", "111", "15", "5", "51", "511", "5111", "1T")
        digits.append(patterns[int(digit)].replace("1", one).replace("5", five).replace("T", ten))
    return "".join(reversed(digits))


def _from_roman(text: str) -> int:
    return next(value for value in range(1, 4000) if _roman(value) == text)


def _histogram(text: str) -> str:
    counts = {letter: text.count(letter) for letter in sorted(set(text)) if letter.isalpha()}
    return "\n".join(f"{letter} {'*' * count}" for letter, count in counts.items())


def _month(text: str) -> str:
    year, month = map(int, text.split())
    weeks = calendar.Calendar(0).monthdayscalendar(year, month)
    rows = ["".join(f"{day or '':>3}" for day in week) for week in weeks]
    return "\n".join([" Mo Tu We Th Fr Sa Su", *rows])


def _wrapped(text: str) -> str:
    """Words as long as they fit, found with one regular expression per line."""
    head, _, body = text.partition("\n")
    rest, lines = " ".join(body.split()), []
    while rest:
        match = re.match(rf"(.{{1,{head.strip()}}})(?: |$)", rest)
        assert match
        lines.append(match[1])
        rest = rest[match.end() :]
    return "\n".join(lines)


def _trimmed(text: str) -> str:
    drop, *values = map(int, text.split())
    for _ in range(drop):
        values.remove(min(values))
        values.remove(max(values))
    return str(float(sum(map(Fraction, values)) / len(values)))


def _paragraph(rng: np.random.Generator, size: int) -> str:
    lines = [" ".join(words(rng, number(rng, 1, 6), 8, "abcde")) for _ in range(size // 4 + 1)]
    return f"{number(rng, 8, 20)}\n" + "\n".join(lines) + "\n"


def _top_words(text: str) -> str:
    head, *found = re.findall(r"[a-z0-9]+", text.lower())
    ranked = sorted(set(found), key=lambda w: (-found.count(w), w))
    return "\n".join(f"{w} {found.count(w)}" for w in ranked[: int(head)])


def _day_number(text: str) -> int:
    year, month, day = map(int, text.split("-"))
    leaps = sum(y % 4 == 0 and (y % 100 != 0 or y % 400 == 0) for y in range(1, year))
    return 365 * (year - 1) + leaps + sum(calendar.monthrange(year, m)[1] for m in range(1, month)) + day


def _receipt(text: str) -> str:
    sums = {}
    for i, line in enumerate(text.splitlines()[1:]):
        name, count, price = line.split()
        sums[i, name] = int(count) * Decimal(price)
    return "\n".join([f"{name} {cost:.2f}" for (_, name), cost in sums.items()] + [f"total {sum(sums.values()):.2f}"])


PROBLEMS = (
    program(
        "Sums of lines",
        "easy",
        "parsing",
        """
        Input: some lines, each with whole numbers separated by one or more blanks; a line may be empty.
        Output: for each line, in order, its number (from 1), a colon, a blank and the sum of its numbers, 0 for an empty
        line. At most 50 lines of 20 numbers from -1000 to 1000. There is at least one line; every line ends with a newline.
        """,
        """
        import sys

        for i, line in enumerate(sys.stdin, 1):
            print(f"{i}: {sum(map(int, line.split()))}")
        """,
        brute=lambda text: "\n".join(
            f"{i + 1}: {sum(int(x) for x in re.findall('-?[0-9]+', line))}"
            for i, line in enumerate(text.split("\n")[:-1])
        ),
        generate=lambda rng, n: "".join(
            "  ".join(map(str, ints(rng, number(rng, 0, 5), -n, 20))) + "\n" for _ in range(n)
        ),
        examples=("1 2 3\n\n-4  10\n",),
        edges=("\n", "5\n", "\n\n7\n"),
    ),
    program(
        "Letter bars",
        "easy",
        "counting strings",
        """
        Input: one line of lower-case letters and blanks, with at least one letter.
        Output: for each letter that occurs, in alphabetical order, a line with the letter, a blank and one "*" for each time
        it occurs. At most 200 characters.
        """,
        """
        from collections import Counter

        for letter, count in sorted(Counter(input().replace(" ", "")).items()):
            print(letter, "*" * count)
        """,
        brute=_histogram,
        generate=lambda rng, n: word(rng, 1, "xyz") + word(rng, n, "aabcd e") + "\n",
        examples=("banana split\n",),
        edges=("q\n", "a a a\n", "zyx\n"),
    ),
    program(
        "Hour glass",
        "easy",
        "patterns",
        """
        Input: one odd number n, 1 <= n <= 61.
        Output: n lines that show an hour glass: the first line has n "#", each following line two fewer, down to one "#", then
        each line two more, up to n again. Fill every line with "." on both sides to n characters.
        """,
        """
        n = int(input())
        for row in range(n):
            width = max(n - 2 * row, 2 * row - n + 2)
            print(("#" * width).center(n, "."))
        """,
        brute=lambda text: "\n".join(
            "".join(
                "#" if min(r, (n := int(text)) - 1 - r) <= c <= max(r, n - 1 - r) else "." for c in range(int(text))
            )
            for r in range(int(text))
        ),
        generate=lambda rng, n: f"{2 * number(rng, n // 2, n // 2 + 5) + 1}\n",
        examples=("3\n", "5\n"),
        edges=("1\n", "7\n", "61\n"),
        sizes=(1, 4, 6, 9, 11, 14, 17, 20, 24, 28, 36, 50),
    ),
    program(
        "Roman sum",
        "medium",
        "parsing math",
        """
        Input: one line with Roman numbers (of the usual form, from I to MMMCMXCIX), separated by blanks; there is at least one.
        Output: their sum as a Roman number. The sum is at most 3999.
        """,
        f"""
        signs = {ROMAN!r}


        def read(text):
            value = 0
            while text:
                sign = next(sign for sign in (text[:2], text[:1]) if sign in signs)
                value += signs[sign]
                text = text[len(sign):]
            return value


        total, result = sum(map(read, input().split())), ""
        for sign, value in signs.items():
            result += sign * (total // value)
            total %= value
        print(result)
        """,
        brute=lambda text: _roman(sum(map(_from_roman, text.split()))),
        generate=lambda rng, n: " ".join(_roman(value) for value in ints(rng, number(rng, 1, n), 1, 3999 // n)) + "\n",
        examples=("XIV VI\n", "I I I I\n"),
        edges=("MMMCMXCIX\n", "I\n", "XL IX\n", "CD D\n"),
        sizes=(1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 15, 30),
        brute_size=5,
    ),
    program(
        "Page of a calendar",
        "medium",
        "dates",
        """
        Input: a year from 1900 to 2100 and a month from 1 to 12 of the Gregorian calendar, separated by a blank. (January 1st,
        1900, was a Monday.)
        Output: the line " Mo Tu We Th Fr Sa Su", then a line for each week that has a day of the month: seven columns of three
        characters, each with the number of the day right-aligned, or only blanks where the day is not of the month. Blanks
        around a line do not matter.
        """,
        """
        from datetime import date, timedelta

        year, month = map(int, input().split())
        day = date(year, month, 1)
        print(" Mo Tu We Th Fr Sa Su")
        line = "   " * day.weekday()
        while day.month == month:
            line += f"{day.day:3}"
            if day.weekday() == 6:
                print(line)
                line = ""
            day += timedelta(1)
        if line:
            print(line)
        """,
        brute=_month,
        generate=lambda rng, n: f"{number(rng, 1900, 2100)} {number(rng, 1, 12)}\n",
        examples=("2024 2\n",),
        edges=("1900 2\n", "2000 2\n", "2021 2\n", "2023 10\n", "2100 12\n"),
    ),
    program(
        "Wrap the lines",
        "medium",
        "strings greedy",
        """
        Input: a line with a width from 8 to 60, then one or more lines of words of 1 to 8 lower-case letters, separated by
        blanks.
        Output: all words in their order, separated by single blanks, in lines of at most `width` characters; each line holds
        as many words as fit.
        """,
        """
        import sys

        width, *words = sys.stdin.read().split()
        line = words[0]
        for word in words[1:]:
            if len(line) + 1 + len(word) <= int(width):
                line += " " + word
            else:
                print(line)
                line = word
        print(line)
        """,
        brute=_wrapped,
        generate=_paragraph,
        examples=("10\nto be or not\nto be that is\n",),
        edges=("8\na\n", "8\nabcdefgh abcdefgh\n", "9\nabcd abcd\nabc a\n"),
    ),
    program(
        "Mean without extremes",
        "easy",
        "statistics sorting",
        """
        Input: a line with a number `drop`, and a line with more than 2 * drop whole numbers, at most 100, from -1000 to 1000.
        Output: the mean of what is left when the `drop` smallest and the `drop` largest numbers are taken away, with an error
        of at most 0.000001.
        """,
        """
        drop = int(input())
        values = sorted(map(int, input().split()))
        values = values[drop:len(values) - drop]
        print(sum(values) / len(values))
        """,
        brute=_trimmed,
        generate=lambda rng, n: f"{number(rng, 0, (n - 1) // 2)}\n{' '.join(map(str, ints(rng, n, -99, 99)))}\n",
        examples=("1\n10 2 3 5\n",),
        edges=("0\n7\n", "1\n1 1 1\n", "0\n1 2\n"),
        comparison=Tolerance(),
    ),
    program(
        "Favourite words",
        "medium",
        "hashing strings",
        """
        Input: a line with a number k from 1 to 10, then one or more lines of text.
        Output: the k most frequent words (all, if there are fewer), one per line with a blank and its count; the most frequent
        first, equally frequent ones in alphabetical order. A word is a longest run of ASCII letters; capital letters count as
        small ones, everything else separates words. There is at least one word.
        """,
        """
        import re
        import sys
        from collections import Counter

        k = int(input())
        counts = Counter(re.findall("[a-z]+", sys.stdin.read().lower()))
        for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:k]:
            print(word, count)
        """,
        brute=_top_words,
        generate=lambda rng, n: f"{number(rng, 1, 4)}\nX {word(rng, 3 * n, 'aabB ,.')}\n{word(rng, 2 * n, 'ab -')}!\n",
        examples=("2\nThe cat and the dog.\nAnd the end!\n",),
        edges=("1\na\n", "9\nb a B\n", "3\nit's it\n"),
    ),
    program(
        "Days between",
        "easy",
        "dates",
        """
        Input: two lines, each a date of the Gregorian calendar as year-month-day with four, two and two digits, such as
        2024-02-29; years from 1000 to 9999.
        Output: how many days the second is after the first; negative if it is before.
        """,
        """
        from datetime import date

        first, second = (date.fromisoformat(input().strip()) for _ in range(2))
        print((second - first).days)
        """,
        brute=lambda text: str(_day_number(text.split()[1]) - _day_number(text.split()[0])),
        generate=lambda rng, n: "".join(
            f"{date.fromordinal(number(rng, 10**6 - 2000 * n, 10**6 + 2000 * n))}\n" for _ in "12"
        ),
        examples=("2024-02-28\n2024-03-01\n",),
        edges=(
            "2023-02-28\n2023-03-01\n",
            "1900-01-01\n1899-12-31\n",
            "2000-01-01\n2000-01-01\n",
            "1000-01-01\n9999-12-31\n",
        ),
    ),
    program(
        "Shopping list",
        "easy",
        "parsing",
        """
        Input: a line with the number of articles n, then n lines `name count price`: a lower-case word, a whole number from 1
        to 99 and a price with exactly two decimals from 0.01 to 99.99.
        Output: for each article, in order, a line with its name, a blank and count times price with two decimals; then a line
        "total", a blank and the sum with two decimals. 1 <= n <= 50; the amounts are to be exact.
        """,
        """
        total = 0
        for _ in range(int(input())):
            name, count, price = input().split()
            cents = int(count) * int(price.replace(".", ""))
            total += cents
            print(f"{name} {cents // 100}.{cents % 100:02}")
        print(f"total {total // 100}.{total % 100:02}")
        """,
        brute=_receipt,
        generate=lambda rng, n: (
            f"{n}\n"
            + "".join(
                f"{word(rng, 3, 'abc')} {number(rng, 1, 99)} {number(rng, 0, 99)}.{number(rng, 1, 99):02}\n"
                for _ in range(n)
            )
        ),
        examples=("2\nmilk 3 1.09\nbread 1 2.50\n",),
        edges=("1\na 1 0.01\n", "1\na 99 99.99\n", "2\na 10 0.10\nb 2 0.05\n"),
    ),
)
