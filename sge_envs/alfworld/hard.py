"""The ``easy`` and ``hard`` splits: the same small kitchens, with the target where one would look or where nobody would.

What makes ``hard`` hard: every object type has ONE odd home (:data:`HIDDEN`), a receptacle type in which neither these rooms nor
ALFWorld's real ones ever keep it, and the horizon is the shortest solution plus one turn. So there is time to try one
place per episode, and a policy that only ever tries usual places never meets a reward. The rule is the same in ``hard`` (few
games, for training) and ``hard_unseen`` (other layouts, goals and distractors), so what was learned can be tested on games
never played. ``easy`` games have the same rooms, goals and horizon, and the object in a usual place (:data:`USUAL`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sge_envs.alfworld.game import Game
from sge_envs.alfworld.generate import GameSpec, generate
from sge_envs.alfworld.rooms import CAN_CONTAIN, DEVICES, TRAITS
from sge_envs.tasks import task_rng

USUAL: dict[str, tuple[str, ...]] = {
    "Mug": ("Cabinet", "CounterTop"),
    "Cup": ("Cabinet", "DiningTable"),
    "Bowl": ("Cabinet", "DiningTable"),
    "Plate": ("Cabinet", "CounterTop"),
    "Apple": ("Fridge", "DiningTable"),
    "Tomato": ("Fridge", "CounterTop"),
    "Potato": ("Fridge", "SinkBasin"),
    "Egg": ("Fridge", "CounterTop"),
    "Bread": ("CounterTop", "DiningTable"),
    "Lettuce": ("Fridge", "SinkBasin"),
    "Knife": ("Drawer", "CounterTop"),
    "Spatula": ("Drawer", "SinkBasin"),
    "Fork": ("Drawer", "DiningTable"),
    "Pan": ("StoveBurner", "CounterTop"),
    "DishSponge": ("SinkBasin", "Cabinet"),
    "SaltShaker": ("Cabinet", "Shelf"),
    "Pot": ("StoveBurner", "SinkBasin"),
    "Spoon": ("Drawer", "SinkBasin"),
    "ButterKnife": ("Drawer", "DiningTable"),
    "Ladle": ("Drawer", "Cabinet"),
    "PepperShaker": ("Cabinet", "CounterTop"),
    "SoapBottle": ("SinkBasin", "Shelf"),
    "WineBottle": ("Fridge", "Shelf"),
    "Kettle": ("StoveBurner", "Cabinet"),
}
"""Where each object of the easy games is kept."""

HIDDEN: dict[str, str] = {
    "Mug": "GarbageCan",
    "Cup": "StoveBurner",
    "Bowl": "Toaster",
    "Plate": "CoffeeMachine",
    "Apple": "CoffeeMachine",
    "Tomato": "StoveBurner",
    "Potato": "Shelf",
    "Egg": "Toaster",
    "Bread": "SinkBasin",
    "Lettuce": "Microwave",
    "Knife": "Fridge",
    "Spatula": "GarbageCan",
    "Fork": "Microwave",
    "Pan": "Shelf",
    "DishSponge": "Fridge",
    "SaltShaker": "SinkBasin",
}
"""Where each object of the hard games is: types that share nothing, so that one discovery says little about the next."""

GOALS = (
    "pick_and_place_simple",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
)
CORE = ("CounterTop", "DiningTable", "Fridge", "Microwave", "SinkBasin", "Cabinet", "Drawer")
REST = ("StoveBurner", "CoffeeMachine", "Toaster", "GarbageCan", "Shelf")
NUM_RECEPTACLES = 11
NUM_DISTRACTORS = 6

NUM_TASKS: dict[str, int | None] = {"easy": None, "hard": 48, "hard_unseen": 48}
"""Games per split; the objects of the hard ones take turns. ``easy`` never ends."""

_FAMILY = 0x5E_A7  # keeps these streams apart from those of the other splits


def make_game(split: str, index: int) -> Game:
    """Game ``index`` of ``easy``, ``hard`` or ``hard_unseen``: the same one in every process."""
    rng = task_rng(family=_FAMILY, split=tuple(NUM_TASKS).index(split), index=index)
    if split == "easy":
        target = str(rng.choice(list(USUAL)))
        return make_kitchen(target, str(rng.choice(USUAL[target])), rng)
    target = tuple(HIDDEN)[index % len(HIDDEN)]
    return make_kitchen(target, HIDDEN[target], rng)


def make_kitchen(target: str, place: str, rng: np.random.Generator) -> Game:
    """A kitchen of 11 receptacles whose only ``target`` is in a receptacle of type ``place``.

    Its horizon is the shortest solution plus one turn. An odd ``place`` occurs once, so that its type alone says where to
    look; no two receptacles share a location, so that one can always go from one to the next.
    """
    counts = dict.fromkeys((*CORE, *(kind for kind in (place, *USUAL[target]) if kind in REST)), 1)
    spare = [kind for kind in REST if kind not in counts]
    for kind in rng.permutation(spare)[: NUM_RECEPTACLES - 1 - len(counts)]:
        counts[str(kind)] = 1
    counts[str(rng.choice([kind for kind in ("Cabinet", "Drawer") if kind != place or place in USUAL[target]]))] += 1
    goal, destination = _choose_goal(target, place, counts, rng)
    spec = GameSpec(
        room="kitchen",
        task_type=goal,
        object=target,
        destination=destination,
        place=place,
        only_target=True,
        receptacles=tuple((str(kind), counts[str(kind)]) for kind in rng.permutation(list(counts))),
        num_distractors=NUM_DISTRACTORS,
    )
    while True:
        game = generate(spec, rng)
        if len({receptacle.location for receptacle in game.receptacles}) == len(game.receptacles):
            return replace(game, max_turns=len(game.walkthrough) + 1)


def _choose_goal(target: str, place: str, counts: dict[str, int], rng: np.random.Generator) -> tuple[str, str]:
    """A goal for the target and where it shall end: never where it starts, never in its odd home, nor where it is treated."""
    pairs = [
        (goal, kind)
        for goal in GOALS
        if goal not in DEVICES or target in TRAITS[_TREATMENT[goal]]
        for kind in counts
        if target in CAN_CONTAIN[kind] and kind not in (place, HIDDEN.get(target), DEVICES.get(goal))
    ]
    goals = list(dict.fromkeys(goal for goal, _ in pairs))
    goal = str(rng.choice(goals))
    return goal, str(rng.choice([kind for g, kind in pairs if g == goal]))


_TREATMENT = {
    "pick_clean_then_place_in_recep": "cleanable",
    "pick_heat_then_place_in_recep": "heatable",
    "pick_cool_then_place_in_recep": "coolable",
}
