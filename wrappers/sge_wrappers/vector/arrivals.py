"""What comes back from environments that are stepped one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Space
from gymnasium.vector.utils import concatenate, create_empty_array
from numpy.typing import NDArray

from sge_envs import SGEError


class EnvFailed(SGEError, RuntimeError):
    """An environment in a worker raised, hung or died, and is not (or cannot be) replaced."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one ``reset`` or ``step`` returned."""

    observation: Any
    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]

    @property
    def done(self) -> bool:
        return self.terminated or self.truncated


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The environments that are ready, in the order in which they answered; everything else is in the order of ``ids``.

    ``ids``: int64 of shape ``(k,)``, ``observations``: k of them, batched as their space wants it (texts as a tuple),
    ``rewards``: float64, ``terminations`` and ``truncations``: bool, ``infos``: a dict each.
    """

    ids: NDArray[np.int64]
    observations: Any
    rewards: NDArray[np.float64]
    terminations: NDArray[np.bool_]
    truncations: NDArray[np.bool_]
    infos: tuple[dict[str, Any], ...]


def batch(space: Space[Any], ids: Sequence[int], arrivals: Sequence[Arrival]) -> Arrivals:
    """``arrivals`` of the environments ``ids``, whose observations are of ``space``."""
    empty: Any = create_empty_array(space, n=len(arrivals))
    return Arrivals(
        ids=np.array(ids, np.int64),
        observations=concatenate(space, [one.observation for one in arrivals], empty) if arrivals else empty,
        rewards=np.array([one.reward for one in arrivals], np.float64),
        terminations=np.array([one.terminated for one in arrivals], np.bool_),
        truncations=np.array([one.truncated for one in arrivals], np.bool_),
        infos=tuple(one.info for one in arrivals),
    )
