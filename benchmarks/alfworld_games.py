"""The games that the ALFWorld benchmark plays, and the commands that it plays in them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sge_envs.alfworld.data import OfficialTasks
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.oracle import plan
from sge_envs.tasks import TaskSet

SIZES = {"small": (7, 26), "median": (21, 44), "large": (55, 62)}  # receptacles and objects of ALFWorld's games
INVALID = ("fly to the moon", "take mug from shelf", "", "go to", "look here", "open fridge 99")


class Chooser:
    """Expert, random, least-used-verb and invalid commands in turn."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine, self._rng, self._used = engine, random.Random(seed), Counter[str]()

    def choose(self, state: Any) -> str:
        rng, admissible = self._rng, self._engine.admissible(state)
        kind = rng.random()
        if kind < 0.25:
            way = plan(self._engine, state)
            command = way[0] if way else rng.choice(admissible)
        elif kind < 0.3:
            command = rng.choice(INVALID)
        elif kind < 0.5:
            command = rng.choice(admissible)
        else:
            fewest = min(self._used[command.split()[0]] for command in admissible)
            command = rng.choice([one for one in admissible if self._used[one.split()[0]] == fewest])
        self._used[command.partition(" ")[0]] += 1
        return command


def make_tasks(source: dict[str, Any]) -> TaskSet:
    return OfficialTasks(source["data"]) if "data" in source else GeneratedTasks(size="mixed")


def choose_games(source: dict[str, Any]) -> dict[str, tuple[str, int, Game]]:
    """The games nearest to the sizes that ALFWorld's own have."""
    tasks = make_tasks(source)
    splits = tasks.list_splits()[:1] if "data" not in source else tasks.list_splits()
    known = [
        (split, index, tasks.get_task(split, index).data)
        for split in splits
        for index in range(min(300, tasks.num_tasks(split) or 300))
    ]

    def distance(game: Game, size: tuple[int, int]) -> int:
        return abs(len(game.receptacles) - size[0]) + abs(len(game.items) - size[1])

    return {name: min(known, key=lambda one: distance(one[2], size)) for name, size in SIZES.items()}


def iterate_games(source: dict[str, Any]) -> Iterator[Game]:
    """Games without end; of a data folder every split in turn, and generated ones in between."""
    generated = GeneratedTasks(size="mixed")
    tasks = make_tasks(source)
    index = 0
    while True:
        yield generated.get_task("train", index).data
        if "data" in source:
            splits = tasks.list_splits()
            split = splits[index % len(splits)]
            yield tasks.get_task(split, (index // len(splits)) % (tasks.num_tasks(split) or 1)).data
        index += 1


def list_commands(game: Game, number: int = 2000) -> list[str]:
    """Commands of a curious player, the same for every engine."""
    engine = Engine(game)
    state, chooser, commands = engine.start(), Chooser(engine, 0), []
    for _ in range(number):
        commands.append(chooser.choose(state))
        engine.step(state, commands[-1])
        if state.won:
            state = engine.start()
    return commands
