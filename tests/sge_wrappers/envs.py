"""Environments for the tests of the wrappers: our toy in wrappers, and foreign ones without our info keys."""

from __future__ import annotations

import os
import time
from typing import Any

import gymnasium

from sge_envs import FreeText
from tests.sge_envs.toy import make_line

Env = gymnasium.Env[Any, Any]


class Echo(gymnasium.Env[str, str]):
    """A foreign text env: says back what it hears, five times; no info but ``admissible_actions`` if asked for."""

    def __init__(self, *, listed: tuple[str, ...] | None = None, render_mode: str | None = None) -> None:
        self.observation_space = FreeText(1000)
        self.action_space = FreeText(1000)
        self.render_mode = render_mode
        self.listed = listed
        self.turn = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.turn = 0
        return f"Say something, number {self.np_random.integers(100)}.", self._info()

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.turn += 1
        return f"You said {action}.", float(action == "please"), self.turn >= 5, False, self._info()

    def _info(self) -> dict[str, Any]:
        return {} if self.listed is None else {"admissible_actions": self.listed}


class Moody(Echo):
    """An env that obeys "raise", "die", "exit", "hang SECONDS" and "unpicklable"."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        if (options or {}).get("moody"):
            raise OSError("no engine today")
        return super().reset(seed=seed)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if action == "raise":
            raise OSError("the engine is gone")
        if action == "exit":
            raise SystemExit(3)
        if action == "die":
            os._exit(7)
        if action.startswith("hang"):
            time.sleep(float(action.removeprefix("hang ")))
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "odd": lambda: 0} if action == "odd" else info


class Latent(Echo):
    """An env whose every step takes ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        time.sleep(self.seconds)
        return super().step(action)


def line(**kwargs: Any) -> gymnasium.Env[str, str]:
    """The toy, as ``gymnasium.make`` makes it."""
    return make_line(**kwargs)


def moody() -> Env:
    return Moody()


def count_words(text: str) -> int:
    """A tokenizer's count, by a name that can be pickled."""
    return len(text.split())


def play(env: Env, actions: list[Any], seed: int = 0) -> list[Any]:
    """What ``reset`` and every step returned, up to the end of the episode."""
    came: list[Any] = [env.reset(seed=seed)]
    for action in actions:
        came.append(env.step(action))
        if came[-1][2] or came[-1][3]:
            break
    return came
