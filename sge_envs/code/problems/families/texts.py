"""Families about texts: rewriting, packing, checking, writing numbers."""

from __future__ import annotations

import re
from itertools import count

from sge_envs.code.problem import Family, OwnProblem
from sge_envs.code.problems.draw import Rng, flip, number, pick, shuffled, some, word
from sge_envs.code.problems.families.lively import lively
from sge_envs.code.problems.write import function


@lively
def _rewriting(rng: Rng) -> OwnProblem:
    sides = sorted({word(rng, number(rng, 1, 3), "abc") for _ in range(5)})
    rules = [(side, word(rng, number(rng, 0, 3), "abcd")) for side in some(rng, sides, number(rng, 2, 3))]
    passes = number(rng, 1, 3)
    times = "one pass" if passes == 1 else f"{passes} passes, each over the result of the one before"

    def brute(text: str) -> str:
        for _ in range(passes):
            done = ""
            while text:
                left, right = next((rule for rule in rules if text.startswith(rule[0])), (text[0], text[0]))
                done, text = done + right, text[len(left) :]
            text = done
        return text

    listed = "\n".join(f'{i}. "{left}" becomes "{right}"' for i, (left, right) in enumerate(rules, 1))
    return function(
        "Rewriting rules",
        "medium",
        "strings rewriting",
        f"A pass goes through the text from left to right. Where the rest of the text begins with the left side of a rule, the "
        f"first such rule is used: its right side is written and the pass goes on behind the left side; else one letter is "
        f"copied. The rules, in order:\n\n{listed}\n\nReturn the text after {times}. "
        f'At most 60 letters from "a" to "d"; the text may be empty.',
        f"""
        import re


        def rewrite(text: str) -> str:
            rules = {dict(rules)!r}
            for _ in range({passes}):
                text = re.sub("|".join(rules), lambda match: rules[match[0]], text)
            return text
        """,
        brute=brute,
        generate=lambda rng, n: (word(rng, min(n, 60), "aabbccd"),),
        examples=((word(rng, 5, "abc"),), (word(rng, 8, "abcd"),)),
        edges=(("",), ("d",), *((word(rng, n, "abc"),) for n in (2, 4, 6, 9, 12))),
    )


@lively
def _run_length(rng: Rng) -> OwnProblem:
    before, ones, most = flip(rng), flip(rng), number(rng, 4, 12)
    mark, joint, least = pick(rng, "*:#x=~"), pick(rng, ("", "-", ",", "/", " ", "|")), number(rng, 2, 3)

    def part(letter: str, length: int) -> str:
        if length < least and not ones:
            return letter * length
        return f"{length}{mark}{letter}" if before else f"{letter}{mark}{length}"

    def brute(text: str) -> str:
        runs = [(m[0][0], len(m[0])) for m in re.finditer(rf"(.)\1{{0,{most - 1}}}", text)]
        return joint.join(part(*run) for run in runs)

    form = f'its length, "{mark}" and its letter' if before else f'its letter, "{mark}" and its length'
    short = "" if ones else f" A run (or rest of one) shorter than {least} is written as it is, letter by letter."
    between = f'"{joint}" stands between the runs' if joint else "nothing stands between the runs"
    test = "" if ones else f"letter * n if n < {least} else "
    code = f'f"{{n}}{mark}{{letter}}"' if before else f'f"{{letter}}{mark}{{n}}"'
    return function(
        "House style of run lengths",
        "easy",
        "strings run-lengths",
        f"""
        Pack a text: write each run of equal letters as {form}; {between}. A run longer than {most} is first cut from the left
        into runs of {most} and a rest.{short} At most 100 lower-case letters.
        """,
        f"""
        from itertools import groupby


        def pack(text: str) -> str:
            parts = []
            for letter, group in groupby(text):
                left = len(list(group))
                while left:
                    n = min(left, {most})
                    parts.append({test}{code})
                    left -= n
            return {joint!r}.join(parts)
        """,
        brute=brute,
        generate=lambda rng, n: ("".join(pick(rng, "abc") * number(rng, 1, 1 + most) for _ in range(n))[:100],),
        examples=(("aaabcc",), ("z" * (most + 1),)),
        edges=(("",), ("q",), ("bb",), ("aabbb" + "c" * most,), ("xyz",), ("k" * (2 * most + least - 1),)),
    )


@lively
def _checksum(rng: Rng) -> OwnProblem:
    weights = [number(rng, 1, 9) for _ in range(number(rng, 2, 4))]
    modulus = number(rng, 7, 26)
    offset, right = number(rng, 0, modulus - 1), flip(rng)
    signs = "".join(shuffled(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))[:modulus]

    def total(digits: str) -> int:
        line = list(map(int, reversed(digits) if right else digits))
        return offset + sum(digit * weight for i, weight in enumerate(weights) for digit in line[i :: len(weights)])

    def brute(digits: str) -> str:
        return digits + next(signs[value] for value in count() if (total(digits) + value) % modulus == 0)

    start, order = ("last", "reversed(digits)") if right else ("first", "digits")
    return function(
        "Check letter",
        "medium",
        "strings checksums",
        f"""
        A number gets a check letter. Multiply its digits, beginning with the {start}, by the weights {weights} in turn (after
        the last weight comes the first again), add the products and {offset}; let v be the smallest number from 0 on that makes
        the sum plus v divisible by {modulus}. The check letter is the one at index v (from 0) of "{signs}". Return the number
        with its check letter after it. The number is a text of at most 40 digits, perhaps empty.
        """,
        f"""
        def with_check(digits: str) -> str:
            weights = {weights}
            total = {offset}
            for i, digit in enumerate({order}):
                total += int(digit) * weights[i % len(weights)]
            return digits + {signs!r}[-total % {modulus}]
        """,
        brute=brute,
        generate=lambda rng, n: (word(rng, min(n, 40), "0123456789"),),
        examples=(("7",), (word(rng, 5, "0123456789"),)),
        edges=(("",), ("0",), ("00",), *((word(rng, n, "0123456789"),) for n in (1, 3, 6, 11))),
    )


@lively
def _numerals(rng: Rng) -> OwnProblem:
    base, group, minus = number(rng, 3, 12), number(rng, 2, 4), pick(rng, "-~!")
    digits = "".join(some(rng, "abcdefghijklmnopqrstuvwxyz", base))
    low, gap = flip(rng), pick(rng, "_. '")

    def brute(value: int) -> str:
        size = next(n for n in count(1) if base**n > abs(value))
        text = "".join(digits[abs(value) // base**i % base] for i in range(size))
        spaced = gap.join(text[i : i + group] for i in range(0, size, group))
        return (minus if value < 0 else "") + (spaced if low else spaced[::-1])

    ends = ("lowest", "highest") if low else ("highest", "lowest")
    return function(
        "Foreign numerals",
        "medium",
        "numbers strings",
        f"""
        Write a whole number in base {base}: the digits for 0 to {base - 1} are the letters of "{digits}", in this order. The
        {ends[0]} digit stands first, the {ends[1]} last, without superfluous zeros at the high end. Counted from the lowest
        digit, a "{gap}" stands after every {group} digits, but not at an end. A negative number has "{minus}" before
        everything. -10**9 <= value <= 10**9.
        """,
        f"""
        def numeral(value: int) -> str:
            rest, letters = abs(value), []
            while rest or not letters:
                if len(letters) % {group + 1} == {group}:
                    letters.append({gap!r})
                rest, digit = divmod(rest, {base})
                letters.append({digits!r}[digit])
            text = "".join(letters{"" if low else "[::-1]"})
            return {minus!r} + text if value < 0 else text
        """,
        brute=brute,
        generate=lambda rng, n: (number(rng, -(2 ** min(n, 29)), 2 ** min(n + 1, 29)),),
        examples=((number(rng, 10, 99),), (-number(rng, 10**4, 10**6),)),
        edges=((0,), (1,), (base - 1,), (base,), (-(base**group),), (base**group - 1,), (10**9,)),
    )


@lively
def _automaton(rng: Rng) -> OwnProblem:
    states = some(rng, ("red", "green", "blue", "gold", "grey"), number(rng, 3, 4))
    table = {(state, letter): pick(rng, states) for state in states for letter in "abc"}
    bell = pick(rng, states)

    def brute(text: str) -> list[str | int]:
        visits = [states[0]]
        for letter in text:
            visits.append(table[visits[-1], letter])
        return [visits[-1], visits[1:].count(bell)]

    rows = "\n".join(f"- in {s}: " + ", ".join(f"{letter} to {table[s, letter]}" for letter in "abc") for s in states)
    return function(
        "Lamp with letters",
        "easy",
        "automata simulation",
        f"A lamp shows {states[0]} at first. It reads a text letter by letter, and each letter sets a new colour, which may be "
        f"the same again:\n\n{rows}\n\nA bell rings each time when a letter sets it to {bell}. Return the list of the colour at "
        f'the end and the number of times that the bell rang. At most 100 letters "a", "b", "c".',
        f"""
        def lamp(text: str) -> list:
            moves = {[[*pair, after] for pair, after in table.items()]!r}
            table = {{(state, letter): after for state, letter, after in moves}}
            state, bells = {states[0]!r}, 0
            for letter in text:
                state = table[state, letter]
                bells += state == {bell!r}
            return [state, bells]
        """,
        brute=brute,
        generate=lambda rng, n: (word(rng, n),),
        examples=(("a",), (word(rng, 6),)),
        edges=(("",), ("a",), ("b",), ("cc",), *((word(rng, n),) for n in (4, 7, 20))),
    )


FAMILIES = (
    Family("rewriting", "Rewriting rules", "medium", ("strings", "rewriting"), _rewriting),
    Family("run_lengths", "House style of run lengths", "easy", ("strings", "run-lengths"), _run_length),
    Family("check_letters", "Check letter", "medium", ("strings", "checksums"), _checksum),
    Family("numerals", "Foreign numerals", "medium", ("numbers", "strings"), _numerals),
    Family("lamps", "Lamp with letters", "easy", ("automata", "simulation"), _automaton),
)
