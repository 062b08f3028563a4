"""Playing episodes whose environments wait: how near it comes to what the latency and the model need by themselves.

    python -m benchmarks.rollout [--quick]

64 environments take 8 turns of 20 ms each. Were all of them stepped at once, and nothing else cost anything, that would take
160 ms; one after the other, as trainers without concurrency step them, 10 s. The floor is those 160 ms and what the same
episodes take without latency, which is the model's work and this project's own.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.rows import Benchmark, Row, at_most, main_of
from benchmarks.timing import wall_seconds
from sge_agent.agent import StrategyAgent
from sge_agent.env_workers import ProcessPool
from sge_agent.envs import EnvPool, LocalPool, ThreadedPool
from sge_agent.heads import ActionHead
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.policy import Policy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory


@dataclass(frozen=True, slots=True)
class Load:
    """``envs`` episodes at once, of ``turns`` turns, each of which takes ``latency`` seconds; tokens that the model writes
    in a turn, where there is one."""

    envs: int
    turns: int
    latency: float
    tokens: int


FULL = Load(envs=64, turns=8, latency=0.02, tokens=16)
QUICK = Load(envs=16, turns=4, latency=0.02, tokens=4)
TWICE = 2.0
WITHOUT = "without latency"


class Waiting:
    """An environment whose every step takes ``latency`` seconds, as a browser or a server does: without a processor."""

    def __init__(self, turns: int, latency: float) -> None:
        self._turns, self._latency, self._turn = turns, latency, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self._turn = 0
        return f"You stand before door {seed}.", {}

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        time.sleep(self._latency)
        self._turn += 1
        return f"The door stays shut after {self._turn} tries.", 0.0, self._turn == self._turns, False, {}

    def close(self) -> None: ...


def run(quick: bool) -> Iterator[Row]:
    load = QUICK if quick else FULL
    yield from rows(load, "a script", lambda: ScriptedPolicy(_script), repeats=3 if quick else 5)
    yield from rows(load, "a model of 4 M parameters", partial(small_model, load), repeats=1 if quick else 3)


def rows(load: Load, writer: str, make_policy: Callable[[], Policy], *, repeats: int) -> Iterator[Row]:
    """One row for each place that environments can live in. The places take turns, and so meet the same machine."""
    policy, waiting = make_policy(), partial(Waiting, load.turns, load.latency)
    pools: dict[str, EnvPool] = {
        WITHOUT: LocalPool({"door": partial(Waiting, load.turns, 0.0)}),
        f"{load.envs} worker processes": ProcessPool({"door": waiting}, workers=load.envs, timeout=30.0),
        f"{load.envs} threads": ThreadedPool({"door": waiting}, threads=load.envs),
    }
    walls: dict[str, list[float]] = {place: [] for place in pools}
    with contextlib.ExitStack() as stack:
        for pool in pools.values():
            stack.enter_context(contextlib.closing(pool))
            play_all(load, policy, pool, 0)  # starts processes and fills caches
        for number in range(1, repeats + 1):
            for place, pool in pools.items():
                walls[place].append(wall_seconds(partial(play_all, load, policy, pool, number)))
    alone = walls.pop(WITHOUT)
    floors = [load.turns * load.latency + seconds for seconds in alone]
    for place, found in walls.items():
        ratios = [wall / floor for wall, floor in zip(found, floors, strict=True)]
        told = f"{statistics.median(found):.3f} s, {min(ratios):.2f}-{max(ratios):.2f}, floor {load.turns} x "
        told += f"{1000 * load.latency:g} ms and {statistics.median(alone):.3f} s {WITHOUT}"
        name = f"{load.envs} environments in {place}, {writer} writes: wall / floor"
        yield Row(name, statistics.median(ratios), "x", at_most(TWICE), told)


def play_all(load: Load, policy: Policy, pool: EnvPool, number: int) -> None:
    """All episodes at once; those of another number draw other things."""
    specs = [EpisodeSpec(TaskRef("door", task), seed=1000 * number + task) for task in range(load.envs)]
    check(play(specs, make_agent(load.tokens), policy, pool), load)


def check(played: list[Trajectory], load: Load) -> None:
    """Every episode is whole. Raises ``RuntimeError``: what was measured would be something else."""
    for trajectory in played:
        if trajectory.error or len(trajectory.turns) != load.turns:
            raise RuntimeError(
                f"an episode ended after {len(trajectory.turns)} turns: {trajectory.error or 'no error'}"
            )


def make_agent(tokens: int) -> StrategyAgent:
    """Asks for an action each turn that ends at its token limit alone."""
    head = ActionHead(replace(COMPACT.action, stop=()), temperature=1.0, max_tokens=tokens)
    return StrategyAgent(prompts=COMPACT, action=head, when="never")


def small_model(load: Load) -> Policy:
    """The model of the comparison with TRL, whose every turn has all of its tokens."""
    import torch

    from benchmarks.vs_trl import make_model, make_tokenizer
    from sge_agent.policies.transformers import TransformersPolicy

    torch.set_num_threads(1)
    return TransformersPolicy(make_model(), make_tokenizer(), chat=False, max_rows=load.envs)


def _script(context: str, sampling: Any) -> str:
    return "push the door\n"


BENCHMARK = Benchmark("64 environments of 20 ms a step: playing them beside the floor that latency and model set", run)
main = main_of(BENCHMARK)

if __name__ == "__main__":
    sys.exit(main())
