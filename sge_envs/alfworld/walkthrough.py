"""A short solution of a game, built from where its things are at the start."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from sge_envs.alfworld.game import Game, Item, Receptacle
from sge_envs.alfworld.rooms import DEVICES

_VERBS = {"SinkBasin": "clean", "Microwave": "heat", "Fridge": "cool"}


def solve(game: Game) -> tuple[str, ...]:
    """A shortest solution: fetch, treat, bring; the objects of a pair one after the other, as one can hold only one.

    The game is one of the generator's: no object is in two places, and none is already where it shall be. The
    commands are those of ALFWorld 0.4 ("move mug 1 to shelf 2").
    """
    return min(_list_solutions(game), key=len)


def _list_solutions(game: Game) -> Iterator[tuple[str, ...]]:
    goal = game.goal
    by_id = {receptacle.id: receptacle for receptacle in game.receptacles}
    device = DEVICES.get(goal.task_type)
    targets = [(item, by_id[place]) for item in game.items if item.type == goal.object for place in item.receptacles]
    if goal.task_type == "look_at_obj_in_light":
        lamps = [(item, by_id[place]) for item in game.items if item.type == goal.lamp for place in item.receptacles]
        for (item, home), (lamp, stand) in itertools.product(targets, lamps):
            walk = _Walk(game.start)
            walk.take(item, home)
            walk.use(lamp, stand)
            yield tuple(walk.commands)
        return
    devices: Sequence[Receptacle | None] = [r for r in game.receptacles if r.type == device] if device else [None]
    near = {home.location for _, home in targets} | {r.location for r in devices if r}
    destinations = list(_list_best([r for r in game.receptacles if r.type == goal.receptacle], near))
    needed = 2 if goal.task_type == "pick_two_obj_and_place" else 1
    for load in itertools.permutations(targets, needed):
        for treat_at, destination in itertools.product(devices, destinations):
            walk = _Walk(game.start)
            for item, home in load:
                walk.take(item, home)
                if treat_at is not None:
                    walk.treat(item, treat_at)
                walk.put(item, destination)
            yield tuple(walk.commands)


def _list_best(receptacles: Sequence[Receptacle], near: Collection[str]) -> Iterator[Receptacle]:
    """Those that can make a difference: all at a location where one is anyway, and the first that stands open."""
    yield from (r for r in receptacles if r.location in near)
    yield min(receptacles, key=lambda r: r.openable)


class _Walk:
    """The commands so far, and what they have changed: where one stands and what one has opened."""

    def __init__(self, start: str) -> None:
        self.commands: list[str] = []
        self._location = start
        self._opened: set[str] = set()

    def take(self, item: Item, home: Receptacle) -> None:
        self._reach(home)
        self.commands.append(f"take {item.name} from {home.name}")

    def treat(self, item: Item, device: Receptacle) -> None:
        self._go(device)
        self.commands.append(f"{_VERBS[device.type]} {item.name} with {device.name}")

    def put(self, item: Item, destination: Receptacle) -> None:
        self._reach(destination)
        self.commands.append(f"move {item.name} to {destination.name}")

    def use(self, lamp: Item, stand: Receptacle) -> None:
        self._go(stand)
        self.commands.append(f"use {lamp.name}")

    def _go(self, receptacle: Receptacle) -> None:
        if receptacle.location != self._location:
            self.commands.append(f"go to {receptacle.name}")
            self._location = receptacle.location

    def _reach(self, receptacle: Receptacle) -> None:
        self._go(receptacle)
        if receptacle.openable and not receptacle.opened and receptacle.id not in self._opened:
            self.commands.append(f"open {receptacle.name}")
            self._opened.add(receptacle.id)
