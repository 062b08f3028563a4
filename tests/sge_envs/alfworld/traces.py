"""Games played in the real engine, kept as JSON; run as a module (it needs ``alfworld``), this records them anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import TASK_TYPES, Game, Goal, Item, Receptacle
from sge_envs.alfworld.generate import GameSpec, generate
from sge_envs.alfworld.oracle import plan
from sge_envs.alfworld.reference import open_engine
from tests.sge_envs.alfworld.odd_games import Player, make_odd

FILE = Path(__file__).with_name("traces.json")


def read_traces() -> list[dict[str, Any]]:
    """Each with ``game``, ``first`` (observation) and ``turns``: command, answer, hash of the admissible ones, won."""
    traces: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return traces


def game_from_json(data: dict[str, Any]) -> Game:
    """The inverse of ``game_to_json``."""
    items = tuple(
        Item(
            **{
                **item,
                **{key: tuple(item[key]) for key in ("receptacles", "locations", "inside")},
                **{key: frozenset(item[key]) for key in ("traits", "state")},
            }
        )
        for item in data["items"]
    )
    return Game(
        **{
            **data,
            "receptacles": tuple(Receptacle(**r) for r in data["receptacles"]),
            "items": items,
            "goal": Goal(**data["goal"]),
            "can_contain": frozenset((r, o) for r, o in data["can_contain"]),
            "walkthrough": tuple(data["walkthrough"]),
            "sinks": frozenset(data["sinks"]),
        }
    )


def game_to_json(game: Game) -> dict[str, Any]:
    """The game in lists and texts."""

    def plain(value: Any) -> Any:
        if isinstance(value, (set, frozenset)):
            return sorted(plain(one) for one in value)
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return value

    return dict(plain(asdict(game)))


def hash_commands(commands: Sequence[str]) -> str:
    """A short text for a list of commands in its order."""
    return hashlib.sha256("\n".join(commands).encode()).hexdigest()[:8]


def record() -> None:
    """Play one plain and one odd game of each task type in the real engine, at the end to the win."""
    real = open_engine()
    traces = []
    for number, kind in enumerate(TASK_TYPES):
        for odd in (False, True):
            game = _make(kind, number, odd=odd)
            first = real.start(game)
            engine, player = Engine(game), Player(number)
            state, turns = engine.start(), []
            admissible, won = real.admissible(), False
            for turn in range(400):
                way = plan(engine, state)
                command = player.choose(admissible) if turn < 60 or not way else way[0]
                answer, won = real.step(command)
                engine.step(state, command)
                admissible = real.admissible()
                turns.append([command, answer, hash_commands(admissible), won])
                if won and turn >= 60:
                    break
            traces.append({"game": game_to_json(game), "first": first, "turns": turns})
    real.close()
    FILE.write_text(json.dumps(traces, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def _make(kind: str, number: int, *, odd: bool) -> Game:
    """A small game that is not won, and can be, at its start."""
    for seed in range(100):
        game = generate(GameSpec(task_type=kind, size="small"), np.random.default_rng([number, seed]))
        game = make_odd(game, seed=seed) if odd else game
        engine = Engine(game)
        if plan(engine, engine.first):
            return game
    raise AssertionError("a hundred games, and none can be won")


if __name__ == "__main__":
    record()
