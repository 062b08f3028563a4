"""The generated games as a set of tasks: stable, disjoint splits, and ids that find their task again."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sge_envs.alfworld.game import TASK_TYPES, Game
from sge_envs.alfworld.generated import LAYOUTS, GeneratedTasks
from sge_envs.alfworld.rooms import ROOMS, ROOMS_OF_TASK, TASK_SHARES
from sge_envs.errors import TaskNotFound, UnknownOption, UnknownSplit
from sge_envs.tasks import Task

ENDLESS = ("train", "valid_seen", "valid_unseen")
ROOT = Path(__file__).parents[3]

GOLDEN = {
    ("real", "train"): "5edc84b56cbac117",
    ("real", "valid_seen"): "8883e3b8f3f9490d",
    ("real", "valid_unseen"): "23deff4a1427b913",
    ("small", "train"): "d1e97389db8aef20",
    ("large", "train"): "29acbe079d0e85ed",
    ("mixed", "train"): "657327dd6dd15a8a",
}
"""What the first games of ``-v0`` are. A change here means other games under the same ids, hence a new version."""


def write_canonical(game: Game) -> str:
    """All that a game says, with sets in order."""
    goal = game.goal
    return repr(
        (
            [(r.id, r.name, r.type, r.location, r.openable, r.opened) for r in game.receptacles],
            [(i.id, i.name, i.type, i.receptacles, i.locations, sorted(i.traits), sorted(i.state)) for i in game.items],
            (goal.task_type, goal.object, goal.receptacle, goal.lamp),
            (game.start, game.task, sorted(game.can_contain), game.walkthrough, game.max_turns, game.room),
        )
    )


def digest(size: str, split: str) -> str:
    tasks = GeneratedTasks(size=size)
    text = "\n".join(write_canonical(list_games(tasks, split, 20)[index]) for index in range(20))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def list_games(tasks: GeneratedTasks, split: str, number: int) -> list[Game]:
    return [tasks.get_task(split, index).data for index in range(number)]


def compose(game: Game) -> tuple[str, tuple[str, ...]]:
    """The room as the player reads it: its kind and the names of its receptacles."""
    return game.room, tuple(sorted(receptacle.name for receptacle in game.receptacles))


@pytest.mark.parametrize(("size", "split"), GOLDEN)
def test_the_games_of_v0_are_frozen(size: str, split: str) -> None:
    assert digest(size, split) == GOLDEN[size, split]


def test_games_are_the_same_in_every_process_and_under_every_hash_seed() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import test_generated as t; print(t.digest('mixed', 'valid_unseen'))"
    )
    for hash_seed in ("0", "12345"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == digest("mixed", "valid_unseen")


def test_a_task_is_found_again_by_its_id() -> None:
    for options in (
        {},
        {"size": "small", "rooms": ("bathroom", "kitchen"), "task_types": ("pick_clean_then_place_in_recep",)},
    ):
        tasks = GeneratedTasks(**options)  # type: ignore[arg-type]
        for split in tasks.list_splits():
            task = tasks.get_task(split, 3)
            assert task.split == split
            assert task.goal == task.data.task
            assert task.max_turns == task.data.max_turns
            assert GeneratedTasks(**options).find_task(task.id) == task  # type: ignore[arg-type]
    assert GeneratedTasks().get_task("train", 123).id == "generated/train/123"


def test_equal_ids_mean_equal_tasks_whatever_the_options() -> None:
    found: dict[str, Task] = {}
    for size in ("small", "real", "mixed"):
        for rooms in (None, ("kitchen",), ("kitchen", "bathroom"), ("bathroom", "kitchen")):
            task = GeneratedTasks(size=size, rooms=rooms).get_task("train", 5)
            assert found.setdefault(task.id, task) == task
    assert len(found) == 9  # the order of the rooms says nothing


@pytest.mark.parametrize(
    "task_id",
    [
        "",
        "train/1",
        "generated/train/",
        "generated/train/-1",
        "generated/train/01",
        "generated/nowhere/1",
        "generated(size=small)/train/1",
        "generated/train/1\n",
    ],
)
def test_other_ids_are_refused_with_an_example(task_id: str) -> None:
    with pytest.raises(TaskNotFound, match="generated/train/17"):
        GeneratedTasks().find_task(task_id)


def test_splits_share_no_game() -> None:
    for size in ("small", "real"):
        tasks = GeneratedTasks(size=size)
        games = [write_canonical(game) for split in ENDLESS for game in list_games(tasks, split, 150)]
        assert len(set(games)) == len(games)


def test_unseen_rooms_are_in_no_other_split_not_even_with_other_coordinates() -> None:
    for size in ("small", "real", "large", "mixed"):
        tasks = GeneratedTasks(size=size)
        seen = {compose(game) for split in ("train", "valid_seen") for game in list_games(tasks, split, 300)}
        unseen = {compose(game) for game in list_games(tasks, "valid_unseen", 150)}
        assert len(unseen) > 20
        assert not seen & unseen


def test_train_and_valid_seen_share_their_rooms() -> None:
    def layouts(split: str, number: int) -> set[tuple[str, ...]]:
        games = list_games(GeneratedTasks(rooms=("bathroom",)), split, number)
        return {tuple(receptacle.id for receptacle in game.receptacles) for game in games}

    train, valid = layouts("train", LAYOUTS), layouts("valid_seen", 100)
    assert len(train) <= LAYOUTS
    assert len(valid & train) > 40  # of 1000 draws from 1000 layouts about 63 % are there


def test_task_types_come_in_the_shares_of_alfworld() -> None:
    games = list_games(GeneratedTasks(), "train", 1000)
    for task_type, share in TASK_SHARES.items():
        count = sum(game.goal.task_type == task_type for game in games)
        assert abs(count / 1000 - share / sum(TASK_SHARES.values())) < 0.05
    assert {game.room for game in games} == set(ROOMS)


def test_filters_let_only_these_through() -> None:
    for room in ROOMS:
        assert {game.room for game in list_games(GeneratedTasks(rooms=(room,)), "train", 30)} == {room}
    for task_type in TASK_TYPES:
        games = list_games(GeneratedTasks(task_types=(task_type,), size="small"), "valid_seen", 40)
        assert {game.goal.task_type for game in games} == {task_type}
        assert {game.room for game in games} == set(ROOMS_OF_TASK[task_type])


def test_a_repeated_task_is_free() -> None:
    tasks = GeneratedTasks()
    assert tasks.get_task("train", 77).data is GeneratedTasks().get_task("train", 77).data


def test_sampling_depends_on_the_random_stream_alone() -> None:
    first, second = (GeneratedTasks().sample("train", np.random.default_rng(3)) for _ in range(2))
    assert first == second
    assert first != GeneratedTasks().sample("train", np.random.default_rng(4))


def test_a_task_set_can_be_pickled() -> None:
    tasks = pickle.loads(pickle.dumps(GeneratedTasks(size="small")))
    assert tasks.get_task("train", 1) == GeneratedTasks(size="small").get_task("train", 1)


def test_what_does_not_exist_is_refused_with_what_does() -> None:
    with pytest.raises(UnknownOption, match="Did you mean 'small'"):
        GeneratedTasks(size="smal")
    with pytest.raises(UnknownOption, match="Did you mean 'kitchen'"):
        GeneratedTasks(rooms=("kitchens",))
    with pytest.raises(UnknownOption, match="task_types"):
        GeneratedTasks(task_types=())
    with pytest.raises(UnknownOption, match="need a kitchen"):
        GeneratedTasks(rooms=("bedroom",), task_types=("pick_heat_then_place_in_recep",))
    with pytest.raises(UnknownSplit):
        GeneratedTasks().get_task("valid", 0)
    with pytest.raises(TaskNotFound):
        GeneratedTasks().get_task("train", -1)
    for split in ENDLESS:
        assert GeneratedTasks().num_tasks(split) is None
