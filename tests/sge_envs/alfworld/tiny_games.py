"""Random games so small that all their states can be visited."""

from __future__ import annotations

import random

from sge_envs.alfworld.game import TASK_TYPES, Game, Goal, Item, Receptacle, number

_TREATED = {"pick_clean_then_place_in_recep": "SinkBasin", "pick_heat_then_place_in_recep": "Microwave"}
_TREATED["pick_cool_then_place_in_recep"] = "Fridge"
_TRAITS = frozenset({"pickupable", "cleanable", "heatable", "coolable"})


def make_tiny(*, seed: int, task_type: str | None = None) -> Game:
    """A room of four receptacles and two objects, some of them closed, shared, or fit for nothing.

    The goal may hold at the start, and it may be out of reach.
    """
    rng = random.Random(seed)
    kind = task_type or rng.choice(TASK_TYPES)
    types = ["Shelf", "Drawer", *([_TREATED[kind]] if kind in _TREATED else ["Drawer"]), rng.choice(("Bed", "Fridge"))]
    ids = [f"{name}_bar_{index}" for index, name in enumerate(types)]
    places = [f"loc_bar_{index}" for index in range(len(ids))]
    if rng.random() < 0.4:
        places[rng.randrange(len(ids))] = rng.choice(places)
    items = ["Mug", "Mug"] if kind == "pick_two_obj_and_place" else ["Mug", rng.choice(("Cloth", "Mug"))]
    item_ids = [f"{name}_bar_{index}{index}" for index, name in enumerate(items)]
    lamp = "DeskLamp_bar_9"
    names = number([*ids, *places, *item_ids, lamp])
    receptacles = tuple(
        Receptacle(i, names[i], name, place, name in ("Drawer", "Fridge", "Microwave"), rng.random() < 0.2)
        for i, name, place in zip(ids, types, places)
    )
    return Game(
        receptacles=receptacles,
        items=(
            *(_make_item(i, names[i], name, receptacles, rng) for i, name in zip(item_ids, items)),
            Item(lamp, names[lamp], "DeskLamp", (ids[0],), (places[0],), (), frozenset({"toggleable"})),
        ),
        start=rng.choice(["loc_bar_99", places[0]]),
        goal=Goal(
            kind,
            "Mug",
            receptacle=None if kind == "look_at_obj_in_light" else rng.choice(["Shelf", "Drawer"]),
            lamp="DeskLamp" if kind == "look_at_obj_in_light" else None,
        ),
        task="do what has to be done.",
        can_contain=frozenset(
            (name, item)
            for name in set(types)
            for item in ("Mug", "Cloth")
            if rng.random() < (0.9 if item == "Mug" else 0.6)
        ),
    )


def _make_item(i: str, name: str, kind: str, receptacles: tuple[Receptacle, ...], rng: random.Random) -> Item:
    homes = rng.sample(receptacles, k=2 if rng.random() < 0.2 else 1)
    return Item(
        i,
        name,
        kind,
        receptacles=tuple(sorted(home.id for home in homes)),
        locations=(homes[0].location,),
        traits=_TRAITS if rng.random() < 0.9 else frozenset({"cleanable"}),
        state=frozenset({"isCool"}) if rng.random() < 0.1 else frozenset(),
    )
