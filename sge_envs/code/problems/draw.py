"""Random arguments for problems: plain builtin values, drawn from a numpy generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Rng = np.random.Generator


def number(rng: Rng, low: int, high: int) -> int:
    """An integer from ``low`` to ``high``, both included."""
    return int(rng.integers(low, high + 1))


def ints(rng: Rng, count: int, low: int, high: int) -> list[int]:
    """``count`` integers from ``low`` to ``high``, both included."""
    values: list[int] = rng.integers(low, high + 1, count).tolist()
    return values


def distinct(rng: Rng, count: int, low: int, high: int) -> list[int]:
    """``count`` different integers from ``low`` to ``high``, in random order."""
    values: list[int] = (rng.choice(high - low + 1, count, replace=False) + low).tolist()
    return values


def flip(rng: Rng, chance: float = 0.5) -> bool:
    return bool(rng.random() < chance)


def pick(rng: Rng, items: Sequence[T]) -> T:
    return items[int(rng.integers(len(items)))]


def shuffled(rng: Rng, items: Sequence[T]) -> list[T]:
    return [items[i] for i in rng.permutation(len(items)).tolist()]


def some(rng: Rng, items: Sequence[T], count: int) -> list[T]:
    """``count`` different places of ``items``, in random order."""
    return shuffled(rng, items)[:count]


def word(rng: Rng, length: int, letters: str = "abc") -> str:
    return "".join(letters[i] for i in ints(rng, length, 0, len(letters) - 1))


def words(rng: Rng, count: int, longest: int, letters: str = "abc") -> list[str]:
    """``count`` words of 1 to ``longest`` letters; words may repeat."""
    return [word(rng, number(rng, 1, longest), letters) for _ in range(count)]


def grid(rng: Rng, rows: int, columns: int, letters: str) -> list[str]:
    return [word(rng, columns, letters) for _ in range(rows)]


def table(rng: Rng, rows: int, columns: int, low: int, high: int) -> list[list[int]]:
    return [ints(rng, columns, low, high) for _ in range(rows)]


def pairs(rng: Rng, nodes: int, count: int) -> list[list[int]]:
    """At most ``count`` different pairs ``[a, b]`` with ``a < b`` of the numbers below ``nodes``."""
    found = {tuple(sorted(ints(rng, 2, 0, nodes - 1))) for _ in range(count)} if nodes > 1 else set()
    return shuffled(rng, [[a, b] for a, b in sorted(found) if a != b])


def parents(rng: Rng, nodes: int, reach: int = 2**31) -> list[int]:
    """A tree: the parent of each node, a smaller number at most ``reach`` below; -1 for the root, which is node 0."""
    return [-1] + [number(rng, max(0, node - reach), node - 1) for node in range(1, nodes)]


def nested(rng: Rng, nodes: int, low: int, high: int) -> list[Any] | None:
    """A binary tree of ``nodes`` values, each node ``[value, left, right]`` and None where there is none."""
    if nodes == 0:
        return None
    left = number(rng, 0, nodes - 1)
    value = number(rng, low, high)
    return [value, nested(rng, left, low, high), nested(rng, nodes - 1 - left, low, high)]
