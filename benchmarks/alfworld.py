"""Our ALFWorld engine beside the real one, in one run: times in CPU seconds, bytes that differ, memory, steps per
second.

    python -m benchmarks.alfworld                     # generated games; without the extra ``alfworld``, our half only
    python -m benchmarks.alfworld --data $ALFWORLD_DATA --steps 20000

The real engine is what ALFWorld's own ``AlfredTWEnv`` drives: textworld's ``PddlEnv`` under ALFWorld's naming. Ours is
measured through ``gym.make(...).unwrapped``: observation, admissible actions, goal check, state key and info included.
``reset`` of the real engine is the plain one; ``AlfredTWEnv`` loads the game again each time, which costs both columns.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium

from benchmarks.alfworld_games import SIZES, Chooser, choose_games, iterate_games, list_commands, make_tasks
from benchmarks.rows import Benchmark, Row, at_least, at_most, show
from benchmarks.timing import cpu_seconds
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.env import ALFWorldEnv
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.reference import game_data, open_engine

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {"source": "generated"}
BARS = {"first load": 100, "repeat reset": 5000, "step": 1000}


class Times(NamedTuple):
    """CPU seconds for a game's first observation, the next reset of the same game, and a step."""

    load: float
    reset: float
    step: float


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    source = {"data": arguments.data} if arguments.data else GENERATED
    return show(rows(source, steps=arguments.steps, seconds=arguments.seconds))


def run(quick: bool) -> Iterator[Row]:
    if quick:
        return rows(GENERATED, steps=100, seconds=1.0, sizes=("median",))
    return rows(GENERATED, steps=2000, seconds=5.0)


def rows(source: dict[str, Any], *, steps: int, seconds: float, sizes: Sequence[str] = tuple(SIZES)) -> Iterator[Row]:
    real = find_spec("alfworld") is not None
    if not real:
        yield Row("the real engine", None, detail="not installed, so nothing is compared (extra alfworld)")
    yield from times(source, sizes, real=real)
    yield snapshots(source)
    yield memory(source)
    yield from throughput(source, seconds=seconds, real=real)
    if real:
        yield differences(source, steps=steps)


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder that holds json_2.1.1; without it generated games are played")
    parser.add_argument("--steps", type=int, default=2000, help="steps that are compared byte for byte")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each engine runs for the steps per second")
    return parser.parse_args(argv)


def times(source: dict[str, Any], sizes: Sequence[str], *, real: bool) -> Iterator[Row]:
    games = choose_games(source)
    for name in sizes:
        split, index, game = games[name]
        commands = list_commands(game)
        ours = time_env(source, split, index, commands, engine="own")
        plain = time_plain(game, commands[:60]) if real else None
        cached = time_env(source, split, index, commands[:200], engine="textworld") if real else None
        title = f"{name} game ({len(game.receptacles)} receptacles, {len(game.items)} objects)"
        for number, (label, bar) in enumerate(BARS.items()):
            detail = format_time(ours[number])
            if plain is None or cached is None:
                yield Row(f"{label}, {title}", 1e6 * ours[number], "us", detail=detail)
                continue
            detail += f", real {format_time(plain[number])}, real behind our cache {format_time(cached[number])}"
            factor = plain[number] / ours[number]
            yield Row(f"{label}, {title}", factor, "times as fast", at_least(bar) if name == "median" else None, detail)


def snapshots(source: dict[str, Any]) -> Row:
    split, index, game = choose_games(source)["median"]
    env = make(source)
    env.reset(options={"task_id": task_id(env, split, index)})
    for command in list_commands(game)[:20]:
        env.step(command)
    seconds = average(lambda: env.reset(options={"snapshot": env.snapshot()}), times=2000)
    return Row("snapshot and restore, median game", 1e6 * seconds, "us", at_most(50))


def memory(source: dict[str, Any]) -> Row:
    """Measured in a fresh process, so that nothing else counts."""
    code = f"import benchmarks.alfworld as b; b.hold_games({source!r}, 1000)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return Row("memory of 1,000 live games", float(answer.stdout), "MB", at_most(300), "more than none")


def throughput(source: dict[str, Any], *, seconds: float, real: bool) -> Iterator[Row]:
    envs, cores = 64, os.cpu_count() or 1
    count, took = count_steps(source, envs=envs, seconds=seconds, engine="own")
    yield Row(f"{envs} envs of ours in one process", count / took, "steps/s")
    if not real:
        return
    processes = min(envs, 2 * cores)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.starmap(count_plain_steps, [(source, seed, seconds) for seed in range(processes)])
    rate = sum(steps / took for steps, took in found)
    detail = f"ours are {count / took / rate:,.0f} times as fast"
    if processes < envs:  # more processes would share the same cores: no more steps, and more memory
        detail += f"; {envs} processes would share the same {cores} cores"
    yield Row(f"{processes} processes of the real engine", rate, "steps/s", detail=detail)


def differences(source: dict[str, Any], *, steps: int) -> Row:
    """Random, least-used-verb, invalid and expert commands through both engines, over games of all kinds."""
    done, differing, verbs, games = 0, 0, Counter[str](), 0
    real = open_engine()
    for game in iterate_games(source):
        engine = Engine(game)
        state, chooser = engine.start(), Chooser(engine, games)
        games += 1
        differing += real.start(game) != engine.intro
        for _ in range(min(100, steps - done)):
            command = chooser.choose(state)
            verbs[command.split(" ")[0]] += 1
            answer, won = real.step(command)
            ours = (engine.step(state, command), engine.admissible(state), state.won)
            differing += ours != (answer, real.admissible(), won)
            done += 1
        if done >= steps:
            break
    real.close()
    told = ", ".join(f"{verb or '(empty)'} {count}" for verb, count in verbs.most_common())
    return Row(
        f"of {done:,} steps in {games} games compared byte for byte, different", differing, bar=at_most(0), detail=told
    )


def time_env(source: dict[str, Any], split: str, index: int, commands: list[str], *, engine: str) -> Times:
    """Our environment, with one engine or the other."""
    warm = make(source, engine=engine)
    warm.reset(seed=0)  # imports, parsers and the index of the data are nobody's game
    env = make(source, engine=engine)
    chosen = task_id(env, split, index)
    clear_caches()
    load = cpu_seconds(lambda: env.reset(options={"task_id": chosen}))
    reset = average(lambda: env.reset(options={"task_id": chosen}), times=200 if engine == "own" else 10)
    env.reset(options={"task_id": chosen})
    start = time.process_time()
    for command in commands:
        if env.step(command)[2]:
            env.reset(options={"task_id": chosen})
    step = (time.process_time() - start) / len(commands)
    env.close()
    return Times(load, reset, step)


def time_plain(game: Game, commands: list[str]) -> Times:
    """The real engine as it is installed."""
    env = make_plain()
    content = game_data(game)
    start = time.process_time()
    env.load(content)
    env.reset()
    load = time.process_time() - start
    reset = average(env.reset, times=3)
    return Times(load, reset, cpu_seconds(lambda: [env.step(command) for command in commands]) / len(commands))


def make_plain() -> Any:
    from sge_envs.alfworld.install import import_real

    textworld = import_real("textworld")
    pddl = import_real("textworld.envs.pddl")
    alfred = import_real("alfworld.agents.environment.alfred_tw_env")
    return alfred.AlfredDemangler(pddl.PddlEnv(textworld.EnvInfos(admissible_commands=True, won=True)))


def hold_games(source: dict[str, Any], number: int) -> None:
    """Keep that many environments alive, each in the middle of its own game, and print what that takes in MB."""
    before = resident()
    envs = [make(source) for _ in range(number)]
    for seed, env in enumerate(envs):
        _, info = env.reset(seed=seed)
        for turn in range(10):
            _, _, done, _, info = env.step(info["admissible_actions"][turn % len(info["admissible_actions"])])
            if done:
                break
    print(f"{resident() - before:.0f}")


def count_steps(source: dict[str, Any], *, envs: int, seconds: float, engine: str) -> tuple[int, float]:
    """Steps of many environments in turn, and the seconds they took."""
    made = [make(source, engine=engine) for _ in range(envs)]
    infos = [env.reset(seed=seed)[1] for seed, env in enumerate(made)]
    rng, count, start = random.Random(0), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for i, env in enumerate(made):
            actions = infos[i]["admissible_actions"]
            _, _, terminated, truncated, infos[i] = env.step(actions[int(rng.random() * len(actions))])
            if terminated or truncated:
                infos[i] = env.reset()[1]
        count += envs
    return count, time.perf_counter() - start


def count_plain_steps(source: dict[str, Any], seed: int, seconds: float) -> tuple[int, float]:
    """The same in one process of the real engine; importing it and loading the first game are not counted."""
    rng, env, games = random.Random(seed), make_plain(), iterate_games(source)
    env.load(game_data(next(games)))
    state, count, turns = env.reset(), 0, 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        state, _, done = env.step(rng.choice(state["admissible_commands"]))
        count, turns = count + 1, turns + 1
        if done or turns == 50:
            env.load(game_data(next(games)))
            state, turns = env.reset(), 0
    return count, time.perf_counter() - start


def make(source: dict[str, Any], *, engine: str = "own") -> ALFWorldEnv:
    size: dict[str, Any] = {} if "data" in source else {"size": "mixed"}
    split: dict[str, Any] = {"split": make_tasks(source).list_splits()[0]}
    env = gymnasium.make("SGE-ALFWorld-v0", engine=engine, max_turns=None, **source, **size, **split).unwrapped
    assert isinstance(env, ALFWorldEnv)
    return env


def task_id(env: ALFWorldEnv, split: str, index: int) -> str:
    return env.tasks.get_task(split, index).id


def clear_caches() -> None:
    """Forget every game that was read, generated or compiled, so that a first load is one."""
    import sge_envs.alfworld.compiled as compiled
    import sge_envs.alfworld.data as data
    import sge_envs.alfworld.generated as generated

    for remembered in (data._read_game, compiled._compile, generated._make_task):
        remembered.cache_clear()


def average(call: Callable[[], Any], *, times: int) -> float:
    return cpu_seconds(lambda: [call() for _ in range(times)]) / times


def resident() -> float:
    """Memory of this process in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def format_time(seconds: float) -> str:
    if seconds >= 1e-3:
        return f"{seconds * 1e3:,.1f} ms"
    return f"{seconds * 1e6:,.1f} us"


BENCHMARK = Benchmark("household games, our engine beside the real one: times, memory, bytes that differ", run)

if __name__ == "__main__":
    sys.exit(main())
