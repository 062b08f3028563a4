"""Random choices that mean the same in every release of Python and numpy: all come from one stream of floats."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of choices.

    Only ``random.Random.random`` is used, whose stream for a given seed Python promises to keep; shuffles and bounded
    integers of the libraries may change between releases, and with them every game that a seed stands for.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random

    def number(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self._draw()

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self._draw() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._draw() < probability

    def one(self, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of the options, equally likely or in proportion to the weights."""
        if weights is None:
            return options[int(self._draw() * len(options))]
        left = self._draw() * math.fsum(weights)  # sum() rounds differently from Python 3.12 on
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def shuffle(self, options: Sequence[T]) -> list[T]:
        """The options in random order, as a new list."""
        rest = list(options)
        for last in range(len(rest) - 1, 0, -1):
            other = self.integer(0, last)
            rest[last], rest[other] = rest[other], rest[last]
        return rest
