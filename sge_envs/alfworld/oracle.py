"""Short plans that win a household game from any state that can still be won.

Every win has one of a few forms: put down what is in the way, fetch an object, treat it, bring it to its place or to
the lamp. All ways to fill in a form are costed in commands (a walk, a door, the deed) and the cheapest is written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.state import State
from sge_envs.alfworld.tables import bits

_TREATMENTS = {
    "pick_clean_then_place_in_recep": "clean",
    "pick_heat_then_place_in_recep": "heat",
    "pick_cool_then_place_in_recep": "cool",
}


class Stop(NamedTuple):
    """One deed at one receptacle; ``door`` says that it has to stand open."""

    receptacle: int
    door: bool
    command: str


def plan(engine: Engine, state: State) -> list[str] | None:
    """The commands of a short win from this state: ``[]`` if it is won, None if it cannot be won any more.

    The same state gives the same plan. The state itself is left as it is.
    """
    if state.won:
        return []
    best: list[str] | None = None
    for stops in _forms(engine, state):
        commands = _write(engine, state, stops, limit=None if best is None else len(best))
        if commands is not None:
            best = commands
    return best


def _forms(engine: Engine, state: State) -> Iterator[list[Stop]]:
    """Every way to win, as stops, with the object in hand put down first where that is needed."""
    goal = engine.game.goal.task_type
    held = state.held
    mine = [held] if held >= 0 and engine.goal_items >> held & 1 else []
    others = [o for o in bits(engine.goal_items & engine.pickupable) if o != held]
    if goal == "pick_two_obj_and_place":
        yield from _two(engine, state, mine, others)
        return
    for o in mine:
        yield from _finish(engine, state, o)
    for o in others:
        for source in _sources(engine, state, o):
            for ending in _finish(engine, state, o, source=source):
                yield from _with_drop(engine, state, [_take(engine, o, source), *ending])


def _finish(engine: Engine, state: State, o: int, *, source: int = -1) -> Iterator[list[Stop]]:
    """From the object in hand, taken out of ``source``, to the win: lamp, or treatment and place."""
    goal = engine.game.goal.task_type
    if goal == "look_at_obj_in_light":
        for lamp in bits(engine.goal_lamps):
            for r in _sources(engine, state, lamp):
                # A lamp that is on still has to be stood at: looking there is the deed that costs nothing more.
                done = state.toggled >> lamp & 1
                yield [Stop(r, False, "" if done else f"use {engine.item_names[lamp]}")]
        return
    ready = {"clean": state.clean, "heat": state.hot, "cool": state.cool}
    verb = _TREATMENTS.get(goal)
    middles: list[list[Stop]] = [[]]
    if verb is not None and not ready[verb] >> o & 1:
        name = engine.item_names[o]
        stations = [r for r in bits(engine.stations[verb]) if engine.place_of[r] >= 0]
        middles = [[Stop(r, False, f"{verb} {name} with {engine.receptacle_names[r]}")] for r in stations]
    still_there = any(state.contents[r] >> o & 1 for r in engine.goal_places if r != source)
    for middle in middles:
        if middle and still_there:  # an object can be in two receptacles, and stays in the other one when it is taken
            yield middle
        for r in engine.goal_places:
            if _fits(engine, o, r):
                yield [*middle, _put(engine, o, r)]


def _two(engine: Engine, state: State, mine: list[int], others: list[int]) -> Iterator[list[Stop]]:
    """Two objects into one receptacle; what already lies there counts, what is in hand goes first."""
    for target in engine.goal_places:
        if engine.place_of[target] < 0:
            continue
        inside = state.contents[target] & engine.goal_items
        missing = max(0, 2 - inside.bit_count())
        loose = [o for o in others if not inside >> o & 1 and _fits(engine, o, target)]
        firsts = [o for o in mine if not inside >> o & 1 and _fits(engine, o, target)]
        for chosen in permutations(loose, missing):
            for stops in _carry(engine, state, chosen, target):
                yield from _with_drop(engine, state, stops)
        for first in firsts:
            for chosen in permutations(loose, missing - 1):
                for stops in _carry(engine, state, chosen, target):
                    yield [_put(engine, first, target), *stops]


def _carry(engine: Engine, state: State, chosen: tuple[int, ...], target: int) -> Iterator[list[Stop]]:
    """Fetch the chosen objects and put them into the target, one after the other."""
    if not chosen:
        yield []
        return
    for source in _sources(engine, state, chosen[0]):
        for rest in _carry(engine, state, chosen[1:], target):
            yield [_take(engine, chosen[0], source), _put(engine, chosen[0], target), *rest]


def _with_drop(engine: Engine, state: State, stops: list[Stop]) -> Iterator[list[Stop]]:
    """The same way with the object in hand put down first: where that costs least, or where the way leads anyway."""
    held = state.held
    if held < 0:
        yield stops
        return
    rooms = [r for r in range(len(engine.fits)) if _fits(engine, held, r)]
    if not rooms:
        return
    here, there = state.place, engine.place_of[stops[0].receptacle]
    on_the_way = {stop.receptacle for stop in stops}

    def cost(r: int) -> int:
        place = engine.place_of[r]
        return (place != here) + (place != there) + _shut(engine, state.opened, r)

    for r in sorted({min(rooms, key=cost), *(r for r in rooms if r in on_the_way)}):
        yield [_put(engine, held, r), *stops]


def _write(engine: Engine, state: State, stops: list[Stop], *, limit: int | None) -> list[str] | None:
    """The stops as commands; None if they are not fewer than ``limit``."""
    place, opened = state.place, state.opened
    commands: list[str] = []
    for r, door, command in stops:
        if engine.place_of[r] != place:
            place = engine.place_of[r]
            commands.append(f"go to {engine.receptacle_names[r]}")
        if door and _shut(engine, opened, r):
            opened |= 1 << r
            commands.append(f"open {engine.receptacle_names[r]}")
        if command:
            commands.append(command)
        if limit is not None and len(commands) >= limit:
            return None
    return commands


def _sources(engine: Engine, state: State, o: int) -> list[int]:
    """The receptacles that hold an object and can be reached."""
    return [r for r, mask in enumerate(state.contents) if mask >> o & 1 and engine.place_of[r] >= 0]


def _fits(engine: Engine, o: int, r: int) -> bool:
    return bool(engine.fits[r] >> o & 1) and engine.place_of[r] >= 0


def _shut(engine: Engine, opened: int, r: int) -> bool:
    return not (engine.always_open | opened) >> r & 1


def _take(engine: Engine, o: int, r: int) -> Stop:
    return Stop(r, True, f"take {engine.item_names[o]} from {engine.receptacle_names[r]}")


def _put(engine: Engine, o: int, r: int) -> Stop:
    return Stop(r, True, engine.put_command(o, r))
