"""Vector environments that wait: milliseconds for a turn of all, and turns a second of whichever are ready.

    python -m benchmarks.vector                     # 64 environments of 20 ms a step
    python -m benchmarks.vector --envs 16 --latency 100

The environment does nothing but wait and answer with a text of 1,000 characters, so that the floor of a turn of all is its
latency. In the second table one environment in eight waits ten times as long.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gymnasium
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from sge_envs import FreeText
from sge_wrappers import ReadyVectorEnv

TEXT = "x" * 1000


class Waiting(gymnasium.Env[str, str]):
    """Every step takes ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.observation_space = FreeText(1000)
        self.action_space = FreeText(1000)
        self.seconds = seconds

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        return TEXT, {"state_key": None}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        time.sleep(self.seconds)
        return TEXT, 0.0, False, False, {"state_key": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--envs", type=int, default=64)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds")
    parser.add_argument("--turns", type=int, default=50)
    arguments = parser.parse_args()
    number, latency = arguments.envs, arguments.latency / 1000
    print(f"{number} environments, {1000 * latency:g} ms a step, {os.cpu_count()} CPU cores\n")
    print_turns_of_all([partial(Waiting, latency)] * number, arguments.turns, floor=latency)
    uneven = [partial(Waiting, latency * (10 if index % 8 == 0 else 1)) for index in range(number)]
    print_ready(uneven, seconds=arguments.turns * latency)


def print_turns_of_all(makes: list[Callable[[], Any]], turns: int, *, floor: float) -> None:
    print("a turn of all                 ms    of the floor")
    for name, make in (
        ("SyncVectorEnv", SyncVectorEnv),
        ("AsyncVectorEnv", AsyncVectorEnv),
        ("ReadyVectorEnv, threads", ReadyVectorEnv),
        ("ReadyVectorEnv, processes", partial(ReadyVectorEnv, workers="processes")),
    ):
        envs: Any = make(makes)
        envs.reset(seed=0)
        envs.step(["a"] * len(makes))
        count = 2 if name == "SyncVectorEnv" else turns
        began = time.perf_counter()
        for _ in range(count):
            envs.step(["a"] * len(makes))
        spent = (time.perf_counter() - began) / count
        envs.close()
        print(f"{name:26}{1000 * spent:8.1f}  {spent / floor:8.2f} times")


def print_ready(makes: list[Callable[[], Any]], *, seconds: float) -> None:
    """Turns a second when one in eight is slow: all together, and whoever is ready."""
    print("\none in eight ten times as slow    turns a second")
    for workers in ("threads", "processes"):
        envs = ReadyVectorEnv(makes, workers=workers)
        envs.reset(seed=0)
        began, turns = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            envs.step(["a"] * len(makes))
            turns += len(makes)
        together = turns / (time.perf_counter() - began)
        envs.send(["a"] * len(makes), range(len(makes)))
        began, turns = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            ids = envs.receive(min_ready=8).ids
            envs.send(["a"] * len(ids), ids)
            turns += len(ids)
        apart = turns / (time.perf_counter() - began)
        envs.close()
        print(f"{workers}: step {together:.0f}, send and receive {apart:.0f}")


if __name__ == "__main__":
    main()
