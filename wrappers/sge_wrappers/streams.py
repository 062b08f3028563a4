"""Random streams of wrappers: seeded from the seed of ``reset``, apart from the environment's and from each other's."""

from __future__ import annotations

from typing import Any

import numpy as np

from sge_envs.snapshots import rng_from, rng_state


class Stream:
    """A generator that ``begin`` seeds where ``reset`` got a seed, and that goes on where it got none.

    ``number`` keeps the streams of different wrappers apart (NumPy's spawn keys).
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._rng: np.random.Generator | None = None

    @property
    def rng(self) -> np.random.Generator:
        """The generator; seeded by the system where no seed was ever given, as gymnasium's own."""
        if self._rng is None:
            self._rng = np.random.default_rng()
        return self._rng

    def begin(self, seed: int | None) -> None:
        if seed is not None:
            self._rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(self._number,)))

    def new_seed(self) -> int:
        """A seed to pass on."""
        return int(self.rng.integers(2**31))

    def state(self) -> dict[str, Any]:
        """The state as JSON data."""
        return rng_state(self.rng.bit_generator.state)

    def restore(self, state: dict[str, Any]) -> None:
        self._rng = rng_from(state)


FAULTS, STARTS, RESTARTS, PLAYERS = range(4)
"""The numbers of the streams here."""
