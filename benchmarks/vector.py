"""Vector environments that wait: milliseconds for a turn of all, and turns a second of whichever are ready.

    python -m benchmarks.vector                     # 64 environments of 20 ms a step
    python -m benchmarks.vector --envs 16 --latency 100

The environment does nothing but wait and answer with a text of 1,000 characters, so that the floor of a turn of all is its
latency. In the last rows one environment in eight waits ten times as long.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import gymnasium
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from benchmarks.rows import Benchmark, Row, show
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


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--envs", type=int, default=64)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds")
    parser.add_argument("--turns", type=int, default=50)
    arguments = parser.parse_args(argv)
    return show(rows(arguments.envs, latency=arguments.latency / 1000, turns=arguments.turns))


def run(quick: bool) -> Iterator[Row]:
    return rows(16, latency=0.02, turns=20) if quick else rows(64, latency=0.02, turns=50)


def rows(number: int, *, latency: float, turns: int) -> Iterator[Row]:
    yield from turns_of_all([partial(Waiting, latency)] * number, turns, floor=latency)
    uneven = [partial(Waiting, latency * (10 if index % 8 == 0 else 1)) for index in range(number)]
    yield from whoever_is_ready(uneven, "threads", seconds=turns * latency)
    yield from whoever_is_ready(uneven, "processes", seconds=turns * latency)


def turns_of_all(makes: Sequence[Callable[[], Any]], turns: int, *, floor: float) -> Iterator[Row]:
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
        title = f"a turn of {len(makes)} environments of {1000 * floor:g} ms, {name}"
        yield Row(title, 1000 * spent, "ms", detail=f"{spent / floor:.2f} times the floor")


def whoever_is_ready(
    makes: Sequence[Callable[[], Any]], workers: Literal["threads", "processes"], *, seconds: float
) -> Iterator[Row]:
    """Turns a second when one in eight is slow: all together, and whoever is ready."""
    envs = ReadyVectorEnv(makes, workers=workers)
    envs.reset(seed=0)
    began, turns = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        envs.step(["a"] * len(makes))
        turns += len(makes)
    title = f"one in eight ten times as slow, {workers}"
    yield Row(f"{title}: step", turns / (time.perf_counter() - began), "turns/s")
    envs.send(["a"] * len(makes), range(len(makes)))
    began, turns = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        ids = envs.receive(min_ready=8).ids
        envs.send(["a"] * len(ids), ids)
        turns += len(ids)
    yield Row(f"{title}: send and receive", turns / (time.perf_counter() - began), "turns/s")
    envs.close()


BENCHMARK = Benchmark("vector environments that wait: a turn of all, and turns of whoever is ready", run)

if __name__ == "__main__":
    sys.exit(main())
