"""Problems about reading texts that follow a grammar, and tries of words."""

from __future__ import annotations

import ast
import re
from itertools import product

import numpy as np

from sge_envs.code.problems.draw import flip, number, pick, shuffled, word, words
from sge_envs.code.problems.write import SIZES, function


def _sum(rng: np.random.Generator, size: int) -> str:
    """An arithmetic term with about ``size`` numbers."""
    if size <= 1:
        return ("-" if flip(rng, 0.2) else "") + str(number(rng, 0, 20))
    cut = number(rng, 1, size - 1)
    text = _sum(rng, cut) + pick(rng, (" + ", "-", "*", " * ")) + _sum(rng, size - cut)
    return f"({text})" if flip(rng, 0.4) else text


def _packed(rng: np.random.Generator, size: int) -> str:
    if size <= 1:
        return word(rng, number(rng, 1, 2), "ab")
    cut = number(rng, 1, size - 1)
    text = _packed(rng, cut) + _packed(rng, size - cut)
    return f"({text}){number(rng, 0, 3)}" if flip(rng, 0.3) else text


def _unpack(text: str) -> str:
    while "(" in text:
        text = re.sub(r"\(([a-z]*)\)(\d)", lambda match: match[1] * int(match[2]), text, count=1)
    return text


def _formula(rng: np.random.Generator, size: int) -> str:
    if size <= 1:
        return pick(rng, "abcdef"[: number(rng, 1, 6)])
    if flip(rng, 0.2):
        return "!" + _formula(rng, size - 1)
    cut = number(rng, 1, size - 1)
    return f"({_formula(rng, cut)}{pick(rng, '&|')}{_formula(rng, size - cut)})"


def _models(formula: str) -> int:
    names = sorted(set(re.findall("[a-z]", formula)))
    code = formula.replace("!", " not ").replace("&", " and ").replace("|", " or ")
    rows = product((False, True), repeat=len(names))
    return sum(bool(_holds(ast.parse(code.strip(), mode="eval").body, dict(zip(names, row)))) for row in rows)


def _holds(node: ast.expr, values: dict[str, bool]) -> bool:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            return not _holds(inner, values)
        case ast.BoolOp(op=op, values=parts):
            results = [_holds(part, values) for part in parts]
            return all(results) if isinstance(op, ast.And) else any(results)
    raise ValueError(f"{ast.dump(node)} is no formula")


def _calculate(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.UnaryOp(operand=inner):
            return -_calculate(inner)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _calculate(left), _calculate(right)
            return a + b if isinstance(op, ast.Add) else a - b if isinstance(op, ast.Sub) else a * b
    raise ValueError(f"{ast.dump(node)} is no term")


def _seconds(text: str) -> int | None:
    """All well-formed texts have the parts h, m, s in this order, each at most once."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    return sum(int(part or 0) * unit for part, unit in zip(match.groups(), (3600, 60, 1))) if match and text else None


def _duration(rng: np.random.Generator, size: int) -> str:
    text = "".join(f"{number(rng, 0, 4**size % 1000)}{unit}" for unit in "hms" if flip(rng, 0.7))
    return text if flip(rng, 0.6) else "".join(shuffled(rng, text[:size])) + pick(rng, ("", "m", "1s", "h"))


PROBLEMS = (
    function(
        "Seconds of a duration",
        "easy",
        "parsing strings",
        """
        A duration is a text of the parts "<number>h", "<number>m" and "<number>s" (hours, minutes, seconds), in this order;
        each part may be missing, but not all of them. A number is one or more digits. Return the duration in seconds, or
        None if the text is not a duration. At most 30 characters out of digits and the letters h, m, s.
        """,
        """
        def seconds(text: str) -> int | None:
            units, total, digits = {"h": 3600, "m": 60, "s": 1}, 0, ""
            last = 3601
            for letter in text:
                if letter.isdigit():
                    digits += letter
                elif digits and units[letter] < last:
                    last = units[letter]
                    total += int(digits) * last
                    digits = ""
                else:
                    return None
            return None if digits or not text else total
        """,
        brute=_seconds,
        generate=lambda rng, n: (_duration(rng, n),),
        examples=(("1h30m",), ("5m2h",)),
        edges=(("",), ("7s",), ("h",), ("12",), ("1h2h",), ("0h0m9s",), ("3m4",)),
    ),
    function(
        "Pocket calculator",
        "medium",
        "parsing stacks",
        """
        Work out a term of whole numbers, "+", "-", "*" and round brackets; "*" binds tighter, else the left one
        is done first, and a "-" may stand before a number or bracket as its sign, also after another sign as in "3*-2". Blanks may
        stand anywhere but inside numbers. At most 300 characters; the term is well formed.
        """,
        r"""
        import re


        def calculate(term: str) -> int:
            tokens = re.findall(r"\d+|\S", term)[::-1]

            def factor():
                token = tokens.pop()
                if token == "-":
                    return -factor()
                if token == "(":
                    value = total()
                    tokens.pop()
                    return value
                return int(token)

            def product():
                value = factor()
                while tokens and tokens[-1] == "*":
                    tokens.pop()
                    value *= factor()
                return value

            def total():
                value = product()
                while tokens and tokens[-1] in "+-":
                    value += product() if tokens.pop() == "+" else -product()
                return value

            return total()
        """,
        brute=lambda term: _calculate(ast.parse(term, mode="eval").body),
        generate=lambda rng, n: (_sum(rng, n),),
        examples=(("2 + 3*(4-6)",), ("-(1)--2",)),
        edges=(("7",), ("-7",), ("8-3-2",), ("2*3+4",), ("2+3*4",), ("--5",), ("((3))*-2",)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30),
        brute_size=12,
    ),
    function(
        "Unfold the groups",
        "medium",
        "parsing recursion",
        """
        In the text, a group in round brackets is followed by one digit: the group stands there that many times, for 0 not at
        all. Groups may be nested. Return the text with all groups written out. At most 200 characters, else only lower-case
        letters; the result has at most 5000 letters.
        """,
        """
        def unfold(text: str) -> str:
            stack = [""]
            letters = iter(text)
            for letter in letters:
                if letter == "(":
                    stack.append("")
                elif letter == ")":
                    group = stack.pop()
                    stack[-1] += group * int(next(letters))
                else:
                    stack[-1] += letter
            return stack[0]
        """,
        brute=_unpack,
        generate=lambda rng, n: (_packed(rng, n),),
        examples=(("a(bc(d)2)2",), ("(x)0y",)),
        edges=(("",), ("()5",), ("((a)3)3",), ("(ab)1c(d)9",)),
        sizes=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12),
    ),
    function(
        "Ways to make it true",
        "hard",
        "parsing bits",
        """
        A formula is a letter, "!" and a formula (not), or "(", a formula, "&" (and) or "|" (or), a formula, ")". Each letter
        stands for true or false, the same letter always for the same. Return for how many of the choices for the letters
        that occur the formula is true. At most 300 characters, letters a to f.
        """,
        """
        def ways_true(formula: str) -> int:
            names = sorted(set(formula) & set("abcdef"))

            def parse(at, values):
                if formula[at] == "!":
                    value, at = parse(at + 1, values)
                    return not value, at
                if formula[at] != "(":
                    return values[formula[at]], at + 1
                left, at = parse(at + 1, values)
                sign = formula[at]
                right, at = parse(at + 1, values)
                return (left and right) if sign == "&" else (left or right), at + 1

            choices = range(2 ** len(names))
            rows = ({name: bool(choice >> i & 1) for i, name in enumerate(names)} for choice in choices)
            return sum(parse(0, values)[0] for values in rows)
        """,
        brute=_models,
        generate=lambda rng, n: (_formula(rng, n),),
        examples=(("(a&!b)",), ("(a|!a)",)),
        edges=(("a",), ("!a",), ("(a&!a)",), ("((a|b)&(c|d))",), ("!!(e&f)",)),
        sizes=(*SIZES[:-2], 15, 20),
        brute_size=10,
    ),
    function(
        "Shortest nicknames",
        "medium",
        "tries strings",
        """
        For each name, return its shortest beginning that is not the beginning of any other name of the list; if there is
        none, the whole name. Up to 3000 different names of 1 to 60 lower-case letters.
        """,
        """
        from collections import Counter


        def nicknames(names: list[str]) -> list[str]:
            starts = Counter(name[:end] for name in names for end in range(1, len(name) + 1))
            return [
                next((name[:end] for end in range(1, len(name)) if starts[name[:end]] == 1), name) for name in names
            ]
        """,
        brute=lambda names: [
            min(
                [n[:i] for i in range(1, len(n)) if not any(o.startswith(n[:i]) for o in names if o != n)] + [n],
                key=len,
            )
            for n in names
        ],
        generate=lambda rng, n: (shuffled(rng, sorted({*words(rng, n, 5 if n < 99 else 60, "ab")})),),
        examples=((["anna", "anton", "bob", "bobby"],),),
        edges=(([],), (["x"],), (["a", "ab", "abc"],), (["b", "a"],)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 3000),
    ),
)
