"""The tables of the generator fit together, and say what ALFWorld's own tables say."""

from __future__ import annotations

from typing import Any

import pytest

from sge_envs.alfworld.game import TASK_TYPES
from sge_envs.alfworld.install import import_real
from sge_envs.alfworld.rooms import (
    CAN_CONTAIN,
    DEVICES,
    FAVOURITE,
    HOMES,
    LAMPS,
    ONE_OF_A_KIND,
    OPENABLE,
    PULL,
    ROOM_FOR_ONE,
    ROOMS,
    ROOMS_OF_TASK,
    SHARED_LOCATION,
    STANDS,
    TASK_SHARES,
    TRAITS,
)
from sge_envs.errors import MissingExtra

NOT_IN_THE_GAMES = {"PaperTowel", "ToiletPaperRoll"}  # ALFWorld's tables have them, no game does


def test_no_name_is_both_an_object_and_a_receptacle() -> None:
    objects = {*HOMES, *STANDS, *(kind for room in ROOMS.values() for kind in (*room.objects, *room.fixtures))}
    assert not objects & set(CAN_CONTAIN)


def test_all_tables_speak_of_known_types() -> None:
    receptacles, objects = set(CAN_CONTAIN), set(HOMES)
    for room in ROOMS.values():
        assert set(room.receptacles) <= receptacles
        assert set(room.core) <= set(room.receptacles)
        assert set(room.objects) <= objects
    assert {*PULL, *ROOM_FOR_ONE, *OPENABLE, *SHARED_LOCATION, *DEVICES.values()} <= receptacles
    assert {stand for stands in STANDS.values() for stand in stands} <= receptacles
    assert {*FAVOURITE, *ONE_OF_A_KIND} <= objects
    assert all(home in HOMES[kind] for kind, home in FAVOURITE.items())
    assert set(ROOMS_OF_TASK) == set(TASK_SHARES) == set(TASK_TYPES)
    assert {room for rooms in ROOMS_OF_TASK.values() for room in rooms} <= set(ROOMS)


def test_counts_come_in_tens_and_shares_are_shares() -> None:
    for room in ROOMS.values():
        for counts in (*room.receptacles.values(), *room.fixtures.values()):
            assert len(counts) == 10
            assert list(counts) == sorted(counts)
        assert all(0 < share <= 1 for share in room.objects.values())


def test_every_room_of_a_task_has_what_the_task_needs() -> None:
    for task_type, device in DEVICES.items():
        for name in ROOMS_OF_TASK[task_type]:
            assert device in ROOMS[name].core
            assert min(ROOMS[name].receptacles[device]) > 0
    for name in ROOMS_OF_TASK["look_at_obj_in_light"]:
        assert LAMPS[0] in ROOMS[name].fixtures
        assert set(ROOMS[name].core) & set(STANDS[LAMPS[0]])


def test_what_fits_where_is_what_alfworld_says() -> None:
    theirs = _constants().VAL_RECEPTACLE_OBJECTS
    for receptacle, kinds in CAN_CONTAIN.items():
        expected = {kind for kind in theirs[receptacle] if not kind.endswith("Sliced")} - NOT_IN_THE_GAMES
        assert kinds == expected, receptacle


def test_what_can_be_done_with_an_object_is_what_alfworld_says() -> None:
    theirs = _constants()
    for trait in ("cleanable", "heatable", "coolable", "sliceable", "toggleable"):
        expected = {kind for kind in theirs.VAL_ACTION_OBJECTS[trait.capitalize()] if not kind.endswith("Sliced")}
        assert TRAITS[trait] == expected, trait
    assert TRAITS["isReceptacleObject"] == set(theirs.MOVABLE_RECEPTACLES)
    assert set(OPENABLE) == set(theirs.OPENABLE_CLASS_LIST) - {"Box"}  # a box is an object in the games
    assert {
        key: {room.lower() for room in rooms} for key, rooms in theirs.GOALS_VALID.items() if key in TASK_TYPES
    } == {key: set(rooms) for key, rooms in ROOMS_OF_TASK.items()}


def _constants() -> Any:
    try:
        return import_real("alfworld.gen.constants")
    except MissingExtra:
        pytest.skip("alfworld is not installed")
