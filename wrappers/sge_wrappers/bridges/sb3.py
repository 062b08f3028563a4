"""Stable-Baselines3: text environments as vectors with ``Box`` observations and ``Discrete`` actions. Tested with 2.9.2.

    PPO("MlpPolicy", vector(MakeById("sge_envs:SGE-ALFWorld-v0"), envs=8)).learn(100_000)

SB3 takes no text. What ``array_env`` makes is a plain gymnasium env, so every algorithm of SB3 for discrete actions runs
on it; ``MaskablePPO`` of sb3-contrib finds the mask through ``action_masks``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from sge_wrappers.bridges.arrays import array_env
from sge_wrappers.bridges.episodes import MakeEnv, require

TESTED = "2.9.2"


class MaskedEnv(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An ``array_env`` with the function by which sb3-contrib asks for the mask."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        self._mask: NDArray[np.int8] = np.ones(0, np.int8)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        self._mask = info["action_mask"]
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._mask = info["action_mask"]
        return observation, float(reward), bool(terminated), bool(truncated), info

    def action_masks(self) -> NDArray[np.bool_]:
        """Which numbers are actions now."""
        return self._mask.astype(bool)


def vector(
    make_env: MakeEnv,
    *,
    envs: int = 8,
    rows: Sequence[Mapping[str, Any]] = (),
    actions: int = 50,
    features: int = 512,
    seed: int = 0,
) -> Any:
    """``envs`` environments as a ``VecMonitor`` around a ``DummyVecEnv``; the arguments are those of ``array_env``.

    Raises ``MissingExtra`` where Stable-Baselines3 is not installed.
    """
    vec_env = require("stable_baselines3.common.vec_env", extra="sb3", purpose="the bridge to Stable-Baselines3")

    def make() -> gymnasium.Env[Any, Any]:
        return MaskedEnv(array_env(make_env, rows=rows, actions=actions, features=features))

    made = vec_env.VecMonitor(vec_env.DummyVecEnv([make] * envs), info_keywords=())
    made.seed(seed)
    return made
