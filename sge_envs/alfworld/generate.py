"""New household games, each with a solution, from a specification and a random stream."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sge_envs.alfworld.dice import Dice
from sge_envs.alfworld.game import Game, Goal, Item, Receptacle, number
from sge_envs.alfworld.goals import choose_goal, choose_task, list_needs, weigh_home, write_task
from sge_envs.alfworld.layout import Layout, Place, furnish, write_id
from sge_envs.alfworld.rooms import (
    CAN_CONTAIN,
    DEVICES,
    HOMES,
    ONE_OF_A_KIND,
    ROOM_FOR_ONE,
    ROOMS,
    STANDS,
    TRAITS,
    list_traits,
)
from sge_envs.alfworld.spec import SIZES, GameSpec
from sge_envs.alfworld.walkthrough import solve

__all__ = ["SIZES", "GameSpec", "generate"]

DISTRACTORS = {"small": (8, 12), "large": (65, 80)}
"""How many objects besides the target's a room of a size has; a ``real`` room has one to three of each of its types."""

MOST_TARGETS = 4
"""A game has one to four objects of the target's type, as in ALFWorld."""

_INSTANCES = (1, 1, 1, 1, 2, 2, 2, 3, 3, 3)  # of a type in a real room


@dataclass(frozen=True, slots=True)
class _Thing:
    """An object before it has its id: in a place, or (None) somewhere in the room."""

    type: str
    place: Place | None
    state: frozenset[str] = frozenset()


def generate(spec: GameSpec, rng: np.random.Generator) -> Game:
    """Generate a game: a furnished room, a goal that does not hold at the start, and a walkthrough that reaches it.

    One integer is drawn from ``rng``; equal specifications and integers give equal games everywhere.

    Raises:
        ValueError: no game fits the specification.
    """
    dice = Dice(int(rng.integers(2**63)))
    task_type, room = choose_task(spec, dice)
    layout = furnish(
        room,
        seed=dice.integer(0, 2**53) if spec.layout is None else spec.layout,
        size=spec.size,
        number=spec.num_receptacles,
        exact=spec.receptacles,
        needs=list_needs(spec, task_type),
    )
    furniture = _Furniture(layout, dice)
    goal, homes = choose_goal(spec, task_type=task_type, room=room, present=furniture.types, dice=dice)
    things = [
        *_lay_targets(spec, goal, homes, furniture),
        *_lay_distractors(spec, goal, room, furniture),
        *_lay_fixtures(spec, goal, room, furniture),
    ]
    return _assemble(spec, goal, room, layout, things, dice)


class _Furniture:
    """The places of a layout by type, to lay things into."""

    def __init__(self, layout: Layout, dice: Dice) -> None:
        self._by_type: dict[str, list[Place]] = {}
        for place in layout.places:
            self._by_type.setdefault(place.type, []).append(place)
        self._vacant = dict(self._by_type)
        self.types = tuple(self._by_type)
        self.dice = dice

    def pick(self, kind: str, homes: list[str]) -> Place:
        """A place for an object: one of the receptacle types, by how likely each is, then one of that type.

        What holds one object gets a second one only if no other home is left.
        """
        homes = [home for home in homes if self._vacant[home]] or homes
        home = self.dice.one(homes, [weigh_home(kind, home) for home in homes])
        place = self.dice.one(self._vacant[home] or self._by_type[home])
        if home in ROOM_FOR_ONE:
            self._vacant[home] = [other for other in self._vacant[home] if other is not place]
        return place

    def list_homes(self, kind: str) -> list[str]:
        """The natural places of an object type that this room has."""
        return [home for home in HOMES[kind] if home in self._by_type]


def _lay_targets(spec: GameSpec, goal: Goal, homes: list[str], furniture: _Furniture) -> list[_Thing]:
    """The objects of the goal's type: those that it needs in its ``homes``, and perhaps more of them anywhere natural.

    Where they have only to be brought, none of them is at the destination yet. As in ALFWorld, what lies in the fridge
    is cool from the start, except where cooling is the task.
    """
    kind = goal.object
    needed = 2 if goal.task_type == "pick_two_obj_and_place" else 1
    places = [furniture.pick(kind, homes) for _ in range(needed)]
    more = [home for home in furniture.list_homes(kind) if home != goal.receptacle or goal.task_type in DEVICES]
    if more and not spec.only_target:
        total = furniture.dice.integer(needed, MOST_TARGETS)
        places += [furniture.pick(kind, more) for _ in range(total - needed)]
    cools = kind in TRAITS["coolable"] and goal.task_type != "pick_cool_then_place_in_recep"
    cool = frozenset({"isCool"}) if cools else frozenset()
    return [_Thing(kind, place, cool if place.type == "Fridge" else frozenset()) for place in places]


def _lay_distractors(spec: GameSpec, goal: Goal, room: str, furniture: _Furniture) -> list[_Thing]:
    """Objects of other types, all in natural places."""
    dice = furniture.dice
    shares = {
        kind: share for kind, share in ROOMS[room].objects.items() if kind != goal.object and furniture.list_homes(kind)
    }
    kinds = [kind for kind, share in shares.items() if dice.chance(share)]
    again = [kind for kind in kinds if kind not in ONE_OF_A_KIND for _ in range(dice.one(_INSTANCES) - 1)]
    wanted = spec.num_distractors
    if wanted is None and spec.size in DISTRACTORS:
        wanted = dice.integer(*DISTRACTORS[spec.size])
    chosen = dice.shuffle(kinds) + dice.shuffle(again)
    if wanted is not None:
        common = [kind for kind in shares if kind not in ONE_OF_A_KIND]
        chosen += [dice.one(common) for _ in range(wanted - len(chosen)) if common]
    return [_Thing(kind, furniture.pick(kind, furniture.list_homes(kind))) for kind in chosen[:wanted]]


def _lay_fixtures(spec: GameSpec, goal: Goal, room: str, furniture: _Furniture) -> list[_Thing]:
    """What stands in the room: windows and chairs nowhere in particular, lamps and plants on furniture.

    A floor lamp stands where one can use it only if the goal is about it.
    """
    dice = furniture.dice
    counts = {kind: dice.one(options) for kind, options in ROOMS[room].fixtures.items()}
    if spec.size == "small":
        counts = dict.fromkeys(("LightSwitch",), 1)
    if goal.lamp is not None:
        counts[goal.lamp] = max(1, counts.get(goal.lamp, 0))
    things = []
    for kind, count in counts.items():
        stands = [stand for stand in STANDS.get(kind, ()) if stand in furniture.types]
        if kind == "FloorLamp" and goal.lamp != kind:
            stands = []
        things += [_Thing(kind, furniture.pick(kind, stands) if stands else None) for _ in range(count)]
    return things


def _assemble(spec: GameSpec, goal: Goal, room: str, layout: Layout, things: list[_Thing], dice: Dice) -> Game:
    """Ids, names, facts and solution."""
    ids: dict[str, _Thing] = {}
    for thing in things:
        ids[_find_id(thing, ids, dice)] = thing
    names = number([*(place.id for place in layout.places), *ids])
    receptacles = [
        Receptacle(id=p.id, name=names[p.id], type=p.type, location=p.location, openable=p.openable)
        for p in layout.places
    ]
    items = [
        Item(
            id=key,
            name=names[key],
            type=thing.type,
            receptacles=(thing.place.id,) if thing.place else (),
            locations=(thing.place.location,) if thing.place else (),
            traits=list_traits(thing.type),
            state=thing.state,
        )
        for key, thing in ids.items()
    ]
    kinds = {thing.type for thing in things}
    game = Game(
        receptacles=tuple(sorted(receptacles, key=lambda receptacle: receptacle.id)),
        items=tuple(sorted(items, key=lambda item: item.id)),
        start=layout.start,
        goal=goal,
        task=write_task(goal, dice),
        can_contain=frozenset((p, kind) for p in {p.type for p in layout.places} for kind in CAN_CONTAIN[p] & kinds),
        max_turns=spec.max_turns,
        room=room,
    )
    return replace(game, walkthrough=solve(game))


def _find_id(thing: _Thing, taken: dict[str, _Thing], dice: Dice) -> str:
    """A raw id that is free: the thing's point is near that of its place, or anywhere in the room."""
    x, y, z, reach = (thing.place.x, thing.place.y, thing.place.z, 0.4) if thing.place else (0.0, 1.0, 0.0, 4.0)
    while True:
        point = (x + dice.number(-reach, reach), abs(y + dice.number(0, 0.2)), z + dice.number(-reach, reach))
        text = write_id(thing.type, *point)
        if text not in taken:
            return text
