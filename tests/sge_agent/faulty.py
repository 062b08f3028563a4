"""An environment that breaks in every way, light enough for worker processes that begin again and again."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sge_agent.fakes import Shelves

KINDS = ("raise", "hang", "die")


@dataclass(frozen=True)
class MakeFaulty:
    """Makes environments of which every ``every``-th step, counted over all of them in the file ``steps``, is a fault."""

    steps: Path
    every: int = 20
    kinds: tuple[str, ...] = KINDS

    def __call__(self) -> Faulty:
        return Faulty(self)


class Faulty(Shelves):
    """Two turns, and a reward for every other first letter."""

    def __init__(self, how: MakeFaulty) -> None:
        super().__init__(horizon=2)
        self.how = how

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        match self.fault():
            case "raise":
                raise RuntimeError("a hiccup")
            case "hang":
                time.sleep(600)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
        observation, _, _, _, info = super().step(action)
        won = bool(action) and ord(action[0]) % 2 == 0
        info |= {"success": won, "outcome": action[:1], "feedback": "Odd."}
        return observation, float(won), won, not won and self.turn == self.horizon, info

    def fault(self) -> str:
        """The fault of this step: the first one is the first kind, the next one the next."""
        with self.how.steps.open("ab") as file:
            file.write(b".")
            file.flush()
            number = file.tell()
        return "" if number % self.how.every else self.how.kinds[(number // self.how.every - 1) % len(self.how.kinds)]
