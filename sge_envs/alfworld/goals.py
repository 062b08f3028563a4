"""Choosing what a generated game is about: task type, room, object, destination and lamp, and how to say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sge_envs.alfworld.dice import Dice
from sge_envs.alfworld.game import TASK_TYPES, Goal
from sge_envs.alfworld.rooms import (
    CAN_CONTAIN,
    DEVICES,
    FAVOURITE,
    FAVOURITE_PULL,
    HOMES,
    LAMPS,
    PULL,
    ROOM_FOR_ONE,
    ROOMS,
    ROOMS_OF_TASK,
    STANDS,
    TASK_SHARES,
    TRAITS,
)
from sge_envs.alfworld.spec import GameSpec

_TREATMENT = {"SinkBasin": "cleanable", "Microwave": "heatable", "Fridge": "coolable"}

_SENTENCES = {
    "pick_and_place_simple": ("put a {obj} in {recep}.", "put some {obj} on {recep}."),
    "look_at_obj_in_light": ("look at {obj} under the {lamp}.", "examine the {obj} with the {lamp}."),
    "pick_clean_then_place_in_recep": ("put a clean {obj} in {recep}.", "clean some {obj} and put it in {recep}."),
    "pick_heat_then_place_in_recep": ("put a hot {obj} in {recep}.", "heat some {obj} and put it in {recep}."),
    "pick_cool_then_place_in_recep": ("put a cool {obj} in {recep}.", "cool some {obj} and put it in {recep}."),
    "pick_two_obj_and_place": ("put two {obj} in {recep}.", "find two {obj} and put them in {recep}."),
}


def choose_task(spec: GameSpec, dice: Dice) -> tuple[str, str]:
    """A task type and a room that go together and with the specification.

    Raises:
        ValueError: there are none.
    """
    task_types = [task_type for task_type in TASK_TYPES if _allows_task(spec, task_type)]
    rooms = [room for room in ROOMS if _allows_room(spec, room)]
    if not any(room in ROOMS_OF_TASK[task_type] for task_type in task_types for room in rooms):
        raise ValueError(
            f"No task type and room go with {spec}. Heating and cooling need a kitchen, cleaning a kitchen or "
            "bathroom, light a livingroom or bedroom; lamp is for look_at_obj_in_light only, destination for the other "
            "task types; object must bear the treatment, and destination must hold two where two are asked for."
        )
    return choose_pair(task_types, rooms, dice)


def _allows_task(spec: GameSpec, task_type: str) -> bool:
    look, pair = task_type == "look_at_obj_in_light", task_type == "pick_two_obj_and_place"
    return (
        spec.task_type in (None, task_type)
        and (spec.lamp is None or look)
        and (spec.destination is None or not (look or (pair and spec.destination in ROOM_FOR_ONE)))
        and (spec.object is None or _bears(spec.object, task_type))
    )


def _allows_room(spec: GameSpec, room: str) -> bool:
    """Whether the room is the one that is asked for, or else one in which the object is usual."""
    if spec.room is not None:
        return spec.room == room
    return spec.object is None or spec.object in ROOMS[room].objects or spec.object in ROOMS[room].fixtures


def _bears(kind: str, task_type: str) -> bool:
    return task_type not in DEVICES or kind in TRAITS[_TREATMENT[DEVICES[task_type]]]


def choose_pair(task_types: Sequence[str], rooms: Sequence[str], dice: Dice) -> tuple[str, str]:
    """One of the task types and one of the rooms that go together, in the shares of ALFWorld's training games."""
    pairs = [(task_type, room) for task_type in task_types for room in ROOMS_OF_TASK[task_type] if room in rooms]
    return dice.one(pairs, [TASK_SHARES[task_type] / len(ROOMS_OF_TASK[task_type]) for task_type, _ in pairs])


def list_needs(spec: GameSpec, task_type: str) -> tuple[tuple[str, ...], ...]:
    """What the room must have, whatever else is drawn: of each group of receptacle types at least one."""
    named = (spec.place, spec.destination, DEVICES.get(task_type))
    stands = [STANDS[spec.lamp or LAMPS[0]]] if task_type == "look_at_obj_in_light" else []
    return (*((kind,) for kind in named if kind is not None), *stands)


def choose_goal(
    spec: GameSpec, *, task_type: str, room: str, present: Sequence[str], dice: Dice
) -> tuple[Goal, list[str]]:
    """A goal for a room with these receptacle types, and the types in which its objects may lie at the start.

    Raises:
        ValueError: no goal fits the specification and the room.
    """
    if task_type == "look_at_obj_in_light":
        return _choose_look(spec, room=room, present=present, dice=dice)
    ways = {
        kind: found
        for kind in ([spec.object] if spec.object else ROOMS[room].objects)
        if (found := dict(_list_destinations(spec, task_type, kind, present)))
    }
    if not ways:
        raise _nothing_fits(spec, task_type, room)
    kind = _choose_object(list(ways), room, dice)
    destination = dice.one(list(ways[kind]))
    return Goal(task_type=task_type, object=kind, receptacle=destination), ways[kind][destination]


def _choose_look(spec: GameSpec, *, room: str, present: Sequence[str], dice: Dice) -> tuple[Goal, list[str]]:
    homes = {
        kind: found
        for kind in ([spec.object] if spec.object else ROOMS[room].objects)
        if (found := _list_homes(spec, kind, present))
    }
    if not homes:
        raise _nothing_fits(spec, "look_at_obj_in_light", room)
    kind = _choose_object(list(homes), room, dice)
    usual = [lamp for lamp in LAMPS if lamp in ROOMS[room].fixtures and set(STANDS[lamp]) & set(present)]
    return Goal(task_type="look_at_obj_in_light", object=kind, lamp=spec.lamp or dice.one(usual)), homes[kind]


def _list_homes(spec: GameSpec, kind: str, present: Sequence[str]) -> list[str]:
    return [spec.place] if spec.place else [home for home in HOMES[kind] if home in present]


def _list_destinations(
    spec: GameSpec, task_type: str, kind: str, present: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Where objects of a type can be brought in a task of this type, each with where they can lie before."""
    if not _bears(kind, task_type):
        return
    device = DEVICES.get(task_type)
    homes = _list_homes(spec, kind, present)
    for destination in [spec.destination] if spec.destination else present:
        elsewhere = [home for home in homes if home != destination]
        too_small = task_type == "pick_two_obj_and_place" and destination in ROOM_FOR_ONE
        dull = (
            destination == device and spec.destination is None
        )  # ALFWorld never asks to leave it where it was treated
        if elsewhere and kind in CAN_CONTAIN[destination] and not too_small and not dull:
            yield destination, elsewhere


def _choose_object(kinds: Sequence[str], room: str, dice: Dice) -> str:
    return dice.one(kinds, [ROOMS[room].objects.get(kind, 1.0) for kind in kinds])


def _nothing_fits(spec: GameSpec, task_type: str, room: str) -> ValueError:
    return ValueError(
        f"No {task_type} in the {room} fits {spec}. The object must fit into the destination and lie elsewhere at the "
        "start, and it lies only where it naturally would, unless place says otherwise. "
        "Leave object, destination or place to chance, or give the room more receptacles."
    )


def weigh_home(kind: str, home: str) -> float:
    """How likely an object of a type lies in a receptacle of a type, relative to its other homes."""
    return FAVOURITE_PULL if FAVOURITE.get(kind) == home else PULL.get(home, 1)


def write_task(goal: Goal, dice: Dice) -> str:
    """The goal as a sentence, in one of the two forms that ALFWorld has for it."""
    words = {"obj": goal.object, "recep": goal.receptacle or "", "lamp": goal.lamp or ""}
    return dice.one(_SENTENCES[goal.task_type]).format(**{key: word.lower() for key, word in words.items()})
