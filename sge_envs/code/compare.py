"""Is an answer right? Type-strict comparison of exact builtin values; nothing of the player's runs here.

Everywhere: ``True`` is not ``1``, ``1`` is not ``1.0`` (unless a tolerance is declared), a tuple equals a list with the
same elements, a frozenset equals a set, the order of a dict's keys does not count, and NaN equals NaN.
"""

from __future__ import annotations

import copy
import math
import re
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exact:
    """The answer is the expected value."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Numbers may differ by ``abs``, or by the share ``rel`` of the larger; integers among themselves are exact.

    An integer may stand for a float and the other way round. Applies at any depth, but not to keys or sets.
    """

    rel: float = 1e-6
    abs: float = 1e-9


@dataclass(frozen=True, slots=True)
class Unordered:
    """The order of the outer list does not count, nor, at ``depth`` 2, that of the lists inside it, and so on."""

    depth: int = 1


@dataclass(frozen=True, slots=True)
class Checker:
    """``check(arguments, answer)`` decides: a trusted function for problems with many right answers.

    The answer may be any builtin value; where ``check`` raises, it is wrong.
    """

    check: Callable[[tuple[Any, ...], Any], bool]


Comparison = Exact | Tolerance | Unordered | Checker
EXACT = Exact()


def agrees(comparison: Comparison, arguments: tuple[Any, ...], expected: Any, answer: Any) -> bool:
    """Is ``answer`` right for ``arguments``? Never raises on account of the answer.

    An answer far larger than the right one is wrong before anybody looks at it: looking takes time that no limit bounds.
    """
    bound = 1_000 + 20 * (size_of(expected) + size_of(arguments))
    if size_of(answer, bound) > bound:
        return False
    try:
        match comparison:
            case Exact():
                return _freeze(expected) == _freeze(answer)
            case Unordered(depth):
                return _freeze(expected, depth) == _freeze(answer, depth)
            case Tolerance():
                return _close(comparison, expected, answer)
            case Checker(check):
                return is_plain(answer) and bool(check(copy.deepcopy(arguments), copy.deepcopy(answer)))
    except Exception:  # a trusted checker that stumbles over an absurd answer, or one nested beyond the stack
        return False


def size_of(value: Any, bound: int = 10**9) -> int:
    """The number of values in ``value``, those inside containers included; counting stops soon after ``bound``."""
    count, level = 0, [value]
    while level and count <= bound:
        count += len(level)
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list | tuple | set | frozenset):
                inner += one
        level = inner
    return count


def read_output(text: str, comparison: Comparison) -> list[Any]:
    """The lines of a program's output as they are compared: blanks around a line, and empty lines at both ends of the
    output, do not count.

    With a ``Tolerance`` a line is the list of its words, those that are numbers as numbers.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if not isinstance(comparison, Tolerance):
        return list(lines)
    return [[_read_number(word) for word in line.split()] for line in lines]


def is_plain(value: Any) -> bool:
    """Is ``value`` built of exact builtin values and nothing else?"""
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    if kind is dict:
        return all(map(is_plain, value)) and all(map(is_plain, value.values()))
    return value is None or kind in (bool, int, float, str, bytes)


def _freeze(value: Any, bags: int = 0) -> Hashable:
    """A hashable value that is equal for equal values and tells types apart; ``bags``: levels without order."""
    kind = type(value)
    if kind in (list, tuple):
        parts = [_freeze(part, bags - 1) for part in value]
        return ("bag", frozenset(Counter(parts).items())) if bags > 0 else ("list", *parts)
    if kind in (set, frozenset):
        return ("set", frozenset(_freeze(part) for part in value))
    if kind is dict:
        return ("dict", frozenset((_freeze(key), _freeze(part, bags - 1)) for key, part in value.items()))
    if kind is float and math.isnan(value):
        return ("float", "nan")
    if kind in (bool, int, float, str, bytes) or value is None:
        return (kind.__name__, value)
    raise TypeError(f"{kind.__name__} is no builtin value")


def _close(tolerance: Tolerance, expected: Any, answer: Any) -> bool:
    kinds = {type(expected), type(answer)}
    if kinds <= {int, float} and float in kinds:
        return _near(tolerance, expected, answer)
    if kinds <= {list, tuple}:
        return len(expected) == len(answer) and all(_close(tolerance, *pair) for pair in zip(expected, answer))
    if kinds == {dict}:
        ours, theirs = ({_freeze(key): part for key, part in one.items()} for one in (expected, answer))
        return ours.keys() == theirs.keys() and all(_close(tolerance, part, theirs[key]) for key, part in ours.items())
    return _freeze(expected) == _freeze(answer)


def _near(tolerance: Tolerance, expected: float, answer: float) -> bool:
    if math.isnan(expected) or math.isnan(answer):
        return math.isnan(expected) and math.isnan(answer)
    return math.isclose(expected, answer, rel_tol=tolerance.rel, abs_tol=tolerance.abs)


_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)


def _read_number(word: str) -> Any:
    """The number that ``word`` is, else the word."""
    if _INTEGER.fullmatch(word):
        return int(word)
    return float(word) if _DECIMAL.fullmatch(word) else word
