"""The easy and hard splits: rooms alike, and the odd homes where nothing else ever puts the object."""

from __future__ import annotations

import hashlib

import pytest

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.hard import HIDDEN, NUM_TASKS, USUAL, make_game
from sge_envs.alfworld.rooms import CAN_CONTAIN

SOME = [(split, index) for split in NUM_TASKS for index in range(48)]


def home_of_target(game) -> str:
    item = next(item for item in game.items if item.type == game.goal.object)
    return next(r.type for r in game.receptacles if r.id == item.receptacles[0])


def test_an_odd_home_is_one_that_neither_these_rooms_nor_the_real_ones_ever_use():
    for target, place in HIDDEN.items():
        assert target not in CAN_CONTAIN[place]
        assert place not in USUAL[target]


@pytest.mark.parametrize("split", NUM_TASKS)
def test_every_walkthrough_wins_within_the_horizon_with_one_turn_to_spare(split):
    for index in range(48):
        game = make_game(split, index)
        engine = Engine(game)
        state = engine.start()
        assert not state.won
        for command in game.walkthrough:
            engine.step(state, command)
        assert state.won
        assert game.max_turns == len(game.walkthrough) + 1


def test_the_target_is_alone_of_its_kind_in_its_odd_home_or_in_a_usual_place():
    for split, index in SOME:
        game = make_game(split, index)
        assert sum(item.type == game.goal.object for item in game.items) == 1
        if split == "easy":
            assert home_of_target(game) in USUAL[game.goal.object]
        else:
            assert home_of_target(game) == HIDDEN[game.goal.object]
            assert sum(r.type == HIDDEN[game.goal.object] for r in game.receptacles) == 1


def test_other_objects_are_never_seen_in_an_odd_home():
    for split, index in SOME:
        game = make_game(split, index)
        types = {r.id: r.type for r in game.receptacles}
        for item in game.items:
            if item.type in HIDDEN and item.type != game.goal.object:
                assert HIDDEN[item.type] not in {types[at] for at in item.receptacles}


def test_rooms_have_eleven_receptacles_at_eleven_locations():
    for split, index in SOME:
        game = make_game(split, index)
        assert len(game.receptacles) == len({r.location for r in game.receptacles}) == 11


def test_no_game_is_in_two_splits():
    games = {repr(make_game(split, index)) for split, index in SOME}
    assert len(games) == len(SOME)


def test_the_task_set_offers_the_splits_and_the_games_are_frozen():
    tasks = GeneratedTasks()
    assert [tasks.num_tasks(split) for split in NUM_TASKS] == [None, 48, 48]
    texts = [
        f"{tasks.get_task(split, i).goal}|{make_game(split, i).walkthrough}" for split in NUM_TASKS for i in range(8)
    ]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16] == "85c2edeeb7de21f6"
