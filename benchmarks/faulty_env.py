"""The environment ``benchmarks.faulty_env:Faulty-v0``, whose faults the variables of its process name."""

from __future__ import annotations

import hashlib
from typing import Any

import gymnasium

from benchmarks.injection import from_environment

HORIZON = 4
FAULT = from_environment()


class Faulty(gymnasium.Env[str, str]):
    """Four turns, and a reward that is a coin's, tossed by what was said: groups differ, so there is something to learn."""

    observation_space = action_space = gymnasium.spaces.Text(1000)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.turn, self.said = 0, f"{seed}"
        return f"Door {seed}.", {"state_key": "0"}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if FAULT is not None:
            FAULT.strike()
        self.turn += 1
        self.said += action
        won = self.turn == HORIZON and hashlib.sha256(self.said.encode()).digest()[0] % 2 == 0
        info: dict[str, Any] = {"state_key": str(self.turn)}
        if self.turn == HORIZON:
            info |= {"success": won, "outcome": action[:1], "feedback": "Shut."}
        return "Shut.", float(won), self.turn == HORIZON, False, info


gymnasium.register("Faulty-v0", Faulty)
