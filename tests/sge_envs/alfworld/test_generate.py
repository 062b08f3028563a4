"""Generated games are solvable, never solved at the start, as specified, and the same everywhere."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import numpy as np
import pytest

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import TASK_TYPES, Game, number
from sge_envs.alfworld.generate import SIZES, GameSpec, generate
from sge_envs.alfworld.reference import open_engine
from sge_envs.alfworld.rooms import CAN_CONTAIN, DEVICES, HOMES, ROOM_FOR_ONE, ROOMS, ROOMS_OF_TASK
from sge_envs.alfworld.texts import NOTHING
from sge_envs.errors import MissingExtra

PAIRS = [(task_type, room) for task_type, rooms in ROOMS_OF_TASK.items() for room in rooms]


def make(seed: int, **fields: object) -> Game:
    return generate(GameSpec(**fields), np.random.default_rng(seed))  # type: ignore[arg-type]


def make_many(n: int) -> list[Game]:
    """``n`` games of each task type, room and size."""
    every = itertools.product(PAIRS, SIZES, range(n))
    return [make(seed, task_type=kind, room=room, size=size) for (kind, room), size, seed in every]


def assert_wins(game: Game) -> None:
    engine = Engine(game)
    state = engine.start()
    for command in game.walkthrough:
        assert not state.won, (game.goal, game.walkthrough)
        assert engine.step(state, command) != NOTHING, (command, game.walkthrough)
    assert state.won, (game.goal, game.walkthrough)


def count_types(game: Game) -> Counter[str]:
    return Counter(receptacle.type for receptacle in game.receptacles)


def list_places(game: Game) -> list[str]:
    """The receptacle types in which the objects of the goal's type lie."""
    types = {receptacle.id: receptacle.type for receptacle in game.receptacles}
    return [types[item.receptacles[0]] for item in game.items if item.type == game.goal.object]


# --- any game ---------------------------------------------------------------------------------------------------------


def test_every_walkthrough_wins_and_no_command_of_it_is_wasted() -> None:
    for game in make_many(12):
        assert_wins(game)


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_no_solution_is_shorter_than_the_walkthrough(task_type: str) -> None:
    for seed in range(25):
        game = make(seed, task_type=task_type, size="small", num_receptacles=7, num_distractors=2)
        assert search_length(game, limit=len(game.walkthrough)) == len(game.walkthrough), game.walkthrough


def search_length(game: Game, *, limit: int) -> int | None:
    """Length of the shortest solution among the commands that go, open, or handle the goal's objects and lamp."""
    engine = Engine(game)
    named = {item.name for item in game.items if item.type in (game.goal.object, game.goal.lamp)}
    start = engine.start()
    states, seen = [start], {engine.key(start)}
    for length in range(1, limit + 1):
        following = []
        for state in states:
            for command in engine.admissible(state):
                verb, _, rest = command.partition(" ")
                handles = verb not in ("close", "examine") and any(rest == n or rest.startswith(f"{n} ") for n in named)
                if verb not in ("go", "open") and not handles:
                    continue
                after = state.clone()
                engine.step(after, command)
                if after.won:
                    return length
                if engine.key(after) not in seen:
                    seen.add(engine.key(after))
                    following.append(after)
        states = following
    return None


def test_ids_and_names_are_unique_and_names_follow_the_rule_for_ids() -> None:
    for game in make_many(1):
        named = [*((r.id, r.name) for r in game.receptacles), *((item.id, item.name) for item in game.items)]
        ids, names = [id for id, _ in named], dict(named)
        assert len(set(ids)) == len(ids)
        assert len(set(names.values())) == len(ids)
        assert names == number(ids)
        assert all(names[r.id].split()[0] == r.type.lower() for r in game.receptacles)
        assert all(names[item.id].split()[0] == item.type.lower() for item in game.items)
        assert not {item.type for item in game.items} & set(CAN_CONTAIN)


def test_one_always_starts_where_no_receptacle_is_and_at_most_two_share_a_location() -> None:
    shared = 0
    for game in make_many(2):
        locations = Counter(receptacle.location for receptacle in game.receptacles)
        assert game.start not in locations
        assert max(locations.values()) <= 2
        shared += max(locations.values()) == 2
    assert shared > 10


def test_objects_lie_in_natural_places_and_only_pairs_that_may_be_put_are_in_the_table() -> None:
    for game in make_many(2):
        types = {receptacle.id: receptacle.type for receptacle in game.receptacles}
        kinds = {item.type for item in game.items}
        for item in game.items:
            if item.type in HOMES and item.receptacles:
                assert types[item.receptacles[0]] in HOMES[item.type]
        assert game.can_contain == {(p, kind) for p in set(types.values()) for kind in CAN_CONTAIN[p] & kinds}


def test_what_only_has_to_be_brought_is_never_there_already_and_what_has_to_be_treated_never_is() -> None:
    for game in make_many(4):
        places, kind = list_places(game), game.goal.task_type
        assert 1 <= len(places) <= 4
        if kind in ("pick_and_place_simple", "pick_two_obj_and_place"):
            assert game.goal.receptacle not in places
        if kind == "pick_cool_then_place_in_recep":
            assert not any("isCool" in item.state for item in game.items)
        assert game.goal.receptacle != DEVICES.get(kind, "")
        assert kind != "pick_two_obj_and_place" or game.goal.receptacle not in ROOM_FOR_ONE


def test_sizes_are_what_they_say() -> None:
    for size, (low, high), (fewest, most) in (
        ("small", (7, 11), (10, 20)),
        ("real", (3, 60), (14, 80)),
        ("large", (60, 76), (70, 105)),
    ):
        for seed in range(60):
            game = make(seed, size=size)
            assert low <= len(game.receptacles) <= high
            assert fewest <= len(game.items) <= most


def test_tasks_are_said_in_alfworlds_words() -> None:
    for game in make_many(3):
        goal = game.goal
        obj, place, lamp = goal.object.lower(), (goal.receptacle or "").lower(), (goal.lamp or "").lower()
        assert (
            game.task
            in {
                "pick_and_place_simple": {f"put a {obj} in {place}.", f"put some {obj} on {place}."},
                "look_at_obj_in_light": {f"look at {obj} under the {lamp}.", f"examine the {obj} with the {lamp}."},
                "pick_clean_then_place_in_recep": {
                    f"put a clean {obj} in {place}.",
                    f"clean some {obj} and put it in {place}.",
                },
                "pick_heat_then_place_in_recep": {
                    f"put a hot {obj} in {place}.",
                    f"heat some {obj} and put it in {place}.",
                },
                "pick_cool_then_place_in_recep": {
                    f"put a cool {obj} in {place}.",
                    f"cool some {obj} and put it in {place}.",
                },
                "pick_two_obj_and_place": {f"put two {obj} in {place}.", f"find two {obj} and put them in {place}."},
            }[goal.task_type]
        )


def test_a_game_takes_a_few_milliseconds() -> None:
    make(0)
    before = time.process_time()
    for seed in range(50):
        make(seed)
    assert (time.process_time() - before) / 50 < 0.02


# --- what a specification asks for ------------------------------------------------------------------------------------


def test_pinned_fields_are_honoured() -> None:
    for seed in range(40):
        game = make(
            seed,
            room="kitchen",
            task_type="pick_heat_then_place_in_recep",
            object="Mug",
            destination="SideTable",
            place="Fridge",
            num_receptacles=20,
            num_distractors=17,
            max_turns=11,
        )
        assert game.room == "kitchen"
        assert (game.goal.object, game.goal.receptacle) == ("Mug", "SideTable")
        assert "Fridge" in list_places(game)
        assert 20 <= len(game.receptacles) <= 21  # a side table is added where there is none
        assert sum(item.type in HOMES and item.type != "Mug" for item in game.items) == 17
        assert game.max_turns == 11
        assert_wins(game)


@pytest.mark.parametrize("place", ["Safe", "Toaster", "GarbageCan", "Bed", "ToiletPaperHanger"])
def test_the_target_can_lie_where_it_would_never_be_put(place: str) -> None:
    for task_type, seed in itertools.product(("pick_heat_then_place_in_recep", "pick_two_obj_and_place"), range(10)):
        game = make(seed, room="kitchen", task_type=task_type, object="Cup", place=place, only_target=True)
        assert set(list_places(game)) == {place}
        assert len(list_places(game)) == (2 if task_type == "pick_two_obj_and_place" else 1)
        assert (place, "Cup") not in game.can_contain
        assert_wins(game)


def test_what_is_left_open_is_chosen_to_fit_what_is_pinned() -> None:
    for seed in range(30):
        assert make(seed, lamp="DeskLamp").goal.task_type == "look_at_obj_in_light"
        assert make(seed, object="Spatula").room == "kitchen"
        game = make(seed, destination="CoffeeMachine", room="kitchen")
        assert game.goal.object == "Mug"
        assert_wins(game)


def test_the_only_target_is_the_only_one() -> None:
    for seed in range(30):
        game = make(seed, task_type="pick_clean_then_place_in_recep", only_target=True)
        assert len(list_places(game)) == 1


def test_exact_receptacles_are_exact_but_for_what_the_game_cannot_do_without() -> None:
    wanted = (("Cabinet", 2), ("CounterTop", 1), ("Microwave", 1), ("GarbageCan", 1))
    for seed in range(20):
        fields = {"room": "kitchen", "task_type": "pick_heat_then_place_in_recep", "receptacles": wanted}
        assert count_types(make(seed, **fields)) == dict(wanted)
        game = make(seed, **fields, object="Apple", place="Safe", destination="Fridge")
        assert count_types(game) == {**dict(wanted), "Safe": 1, "Fridge": 1}
        assert_wins(game)


def test_every_lamp_can_be_asked_for_in_every_room_with_lamps() -> None:
    for room, lamp, seed in itertools.product(("livingroom", "bedroom"), ("DeskLamp", "FloorLamp"), range(15)):
        game = make(seed, room=room, task_type="look_at_obj_in_light", lamp=lamp)
        assert game.goal.lamp == lamp
        assert_wins(game)


def test_games_with_one_layout_have_the_same_furniture_in_the_same_places() -> None:
    def furniture(game: Game) -> set[tuple[str, str, bool]]:
        return {(r.id, r.location, r.openable) for r in game.receptacles}

    for room, size in itertools.product(ROOMS, SIZES):
        first, second = (make(seed, room=room, size=size, layout=5) for seed in (1, 2))
        assert furniture(first) == furniture(second)
        assert first.start == second.start
        assert first.items != second.items
        more = make(1, room=room, size=size, layout=5, place="Safe" if room != "livingroom" else "Cart")
        assert furniture(first) <= furniture(more)
        assert furniture(first) != furniture(make(1, room=room, size=size, layout=6))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"room": "garage"}, "GameSpec.room must be one of kitchen"),
        ({"task_type": "pick"}, "GameSpec.task_type"),
        ({"size": "huge"}, "GameSpec.size must be one of small, real, large; got 'huge'"),
        ({"object": "Sofa"}, "GameSpec.object"),
        ({"receptacles": (("Garage", 1),)}, "GameSpec.receptacles"),
        ({"room": "bathroom", "task_type": "pick_heat_then_place_in_recep"}, "need a kitchen"),
        ({"task_type": "pick_heat_then_place_in_recep", "object": "Knife"}, "must bear the treatment"),
        ({"lamp": "DeskLamp", "destination": "Shelf"}, "lamp is for look_at_obj_in_light only"),
        ({"task_type": "pick_two_obj_and_place", "destination": "CoffeeMachine"}, "must hold two"),
        ({"task_type": "pick_and_place_simple", "object": "Mug", "destination": "Bed"}, "fit into the destination"),
        (
            {"task_type": "pick_and_place_simple", "object": "Mug", "destination": "Shelf", "place": "Shelf"},
            "lie elsewhere at the start",
        ),
    ],
)
def test_what_cannot_be_is_said(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(0, **fields)


# --- the real engine --------------------------------------------------------------------------------------------------


def test_the_real_engine_loads_and_is_won_with_the_walkthrough() -> None:
    try:
        engine = open_engine()
    except MissingExtra:
        pytest.skip("alfworld is not installed")
    for seed, (task_type, room) in enumerate(PAIRS):
        game = make(seed, task_type=task_type, room=room, size="small" if seed % 3 else "real", place=odd_place(seed))
        ours = Engine(game)
        state = ours.start()
        assert engine.start(game) == ours.intro
        won = False
        for command in game.walkthrough:
            assert not won
            answer, won = engine.step(command)
            assert answer == ours.step(state, command)
        assert won
    engine.close()


def odd_place(seed: int) -> str | None:
    return (None, "Safe", "GarbageCan", None)[seed % 4]
