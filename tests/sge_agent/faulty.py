"""An environment that breaks in every way, light enough for worker processes that begin again and again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.injection import KINDS, Every
from tests.sge_agent.fakes import Shelves


@dataclass(frozen=True)
class MakeFaulty:
    """Makes environments of which every ``every``-th step, counted over all of them in the file ``steps``, is a fault."""

    steps: Path
    every: int = 20
    kinds: tuple[str, ...] = KINDS

    def __call__(self) -> Faulty:
        return Faulty(Every(str(self.steps), self.every, self.kinds))


class Faulty(Shelves):
    """Two turns, and a reward for every other first letter."""

    def __init__(self, faults: Every) -> None:
        super().__init__(horizon=2)
        self.faults = faults

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.faults.strike()
        observation, _, _, _, info = super().step(action)
        won = bool(action) and ord(action[0]) % 2 == 0
        info |= {"success": won, "outcome": action[:1], "feedback": "Odd."}
        return observation, float(won), won, not won and self.turn == self.horizon, info
