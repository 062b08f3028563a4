"""Official game files: the splits, the index that is read once, and errors that name the path and the cure."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from sge_envs import DataCorrupt, TaskNotFound, UnknownOption
from sge_envs.alfworld.data import ListedTasks, OfficialTasks, choose_tasks
from sge_envs.alfworld.env import ALFWorldEnv
from sge_envs.alfworld.export import export_generated
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.index import list_games


def write_split(folder: Path, trials: dict[str, dict[str, Any] | None]) -> Path:
    """A split folder whose games are only as good as an index needs them; None: no game file."""
    folder.mkdir(parents=True, exist_ok=True)
    for trial, content in trials.items():
        place = folder / trial
        place.mkdir(parents=True)
        (place / "traj_data.json").write_text(json.dumps({"task_type": "pick_two_obj_and_place"}))
        if content is not None:
            (place / "game.tw-pddl").write_text(json.dumps(content))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with games that were generated and exported."""
    pytest.importorskip("alfworld")
    for split, number in {"train": 4, "valid_seen": 2}.items():
        export_generated(tmp_path / "data", split=split, number=number, size="small")
    return tmp_path / "data"


def test_the_index_holds_what_alfworld_would_play(tmp_path: Path) -> None:
    playable = {"pddl_problem": "x" * 50_000, "solvable": True}
    split = write_split(
        tmp_path / "train",
        {
            "pick_and_place_simple-Mug-None-Shelf-1/trial_2": {**playable, "walkthrough": ["go to shelf 1"] * 100},
            "pick_and_place_simple-Mug-None-Shelf-1/trial_1": playable,
            "pick_and_place_simple-Mug-None-Shelf-2/trial_1": {**playable, "solvable": False},
            "pick_and_place_simple-Mug-None-Shelf-3/trial_1": {"pddl_problem": "never checked"},
            "pick_and_place_simple-AppleSliced-None-Shelf-3/trial_1": playable,
            "pick_and_place_with_movable_recep-Mug-Bowl-Shelf-3/trial_1": playable,
            "look_at_obj_in_light-CD-None-DeskLamp-3/trial_1": None,
            "mine/trial_1": playable,
        },
    )
    games = list_games(split, cache=tmp_path / "cache")
    assert games == (
        ("mine/trial_1", "pick_two_obj_and_place"),
        ("pick_and_place_simple-Mug-None-Shelf-1/trial_1", "pick_and_place_simple"),
        ("pick_and_place_simple-Mug-None-Shelf-1/trial_2", "pick_and_place_simple"),
    )


def test_the_index_is_read_from_the_cache_until_a_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "pick_and_place_simple-Mug-None-Shelf-1"
    split = write_split(tmp_path / "train", {f"{name}/trial_1": {"solvable": True}})
    cache = tmp_path / "cache"
    first = list_games(split, cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr(os, "walk", lambda *_, **__: pytest.fail("the split was walked again"))
        assert list_games(split, cache=cache) == first
    write_split(split, {f"{name}/trial_2": {"solvable": True}})
    assert len(list_games(split, cache=cache)) == 2
    shutil.rmtree(split / name / "trial_1")
    assert len(list_games(split, cache=cache)) == 1


def test_a_broken_or_unwritable_cache_is_no_trouble(tmp_path: Path) -> None:
    split = write_split(tmp_path / "train", {"pick_and_place_simple-Mug-None-Shelf-1/trial_1": {"solvable": True}})
    cache = tmp_path / "cache"
    games = list_games(split, cache=cache)
    (file,) = cache.iterdir()
    file.write_text('{"mark": ')
    assert list_games(split, cache=cache) == games
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert list_games(split, cache=nowhere / "below") == games
    assert [one.name for one in cache.iterdir()] == [file.name]  # nothing temporary is left


def test_the_own_cache_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SGE_CACHE", str(tmp_path / "here"))
    list_games(write_split(tmp_path / "train", {}))
    assert len(list((tmp_path / "here").iterdir())) == 1


def test_a_data_folder_is_played_by_its_splits_and_paths(data: Path, tmp_path: Path) -> None:
    tasks = OfficialTasks(data, cache=tmp_path)
    assert tasks.list_splits() == ("train", "valid_seen")
    assert [tasks.num_tasks(split) for split in tasks.list_splits()] == [4, 2]
    for split in tasks.list_splits():
        for index in range(int(tasks.num_tasks(split) or 0)):
            task = tasks.get_task(split, index)
            assert task.id.startswith(f"{split}/{task.data.goal.task_type}-")
            assert tasks.find_task(task.id) == task
            assert tasks.get_task(split, index).data is task.data  # read once
    assert OfficialTasks(data / "json_2.1.1", cache=tmp_path).get_task("train", 0) == tasks.get_task("train", 0)


def test_files_can_be_named_one_by_one(data: Path) -> None:
    files = sorted(data.rglob("game.tw-pddl"))
    tasks = ListedTasks([files[0], files[1].parent.parent])
    assert tasks.num_tasks("train") == 2
    ids = [tasks.get_task("train", index).id for index in range(2)]
    assert [tasks.find_task(one).id for one in ids] == ids
    moved = data.parent / "elsewhere" / files[0].parent.name
    shutil.copytree(files[0].parent, moved)
    assert ListedTasks([moved]).get_task("train", 0).id == ids[0]


def test_task_types_filter_both(data: Path, tmp_path: Path) -> None:
    every = OfficialTasks(data, cache=tmp_path)
    kinds = [every.get_task("train", index).data.goal.task_type for index in range(4)]
    only = OfficialTasks(data, task_types=[kinds[0]], cache=tmp_path)
    assert only.num_tasks("train") == kinds.count(kinds[0])
    assert ListedTasks([data / "json_2.1.1" / "train"], task_types=[kinds[0]]).num_tasks("train") == kinds.count(
        kinds[0]
    )


def test_where_the_games_come_from_is_as_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    assert isinstance(choose_tasks(), GeneratedTasks)
    assert isinstance(choose_tasks(data=data), OfficialTasks)
    monkeypatch.setenv("ALFWORLD_DATA", str(data))
    assert isinstance(choose_tasks(), OfficialTasks)
    assert isinstance(choose_tasks(source="official"), OfficialTasks)
    assert isinstance(choose_tasks(source="generated"), GeneratedTasks)
    assert isinstance(choose_tasks(games=[data]), ListedTasks)


def test_what_importing_alfworld_sets_is_no_wish_for_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALFWORLD_DATA", str(tmp_path / ".cache" / "alfworld"))
    assert isinstance(choose_tasks(), GeneratedTasks)


def test_a_missing_folder_is_told_at_reset_with_its_path_and_the_cure(tmp_path: Path) -> None:
    env = ALFWorldEnv(data=tmp_path / "gone", split="valid_seen")
    with pytest.raises(DataCorrupt, match=r"gone.valid_seen.*does not exist.*alfworld-download.*source='generated'"):
        env.reset(seed=0)


def test_a_folder_without_games_is_told_at_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SGE_CACHE", str(tmp_path / "cache"))
    write_split(tmp_path / "json_2.1.1" / "train", {"pick_and_place_simple-Mug-None-Shelf-1/trial_1": None})
    with pytest.raises(DataCorrupt, match=r"json_2\.1\.1/train holds no playable game"):
        ALFWorldEnv(data=tmp_path).reset()
    with pytest.raises(DataCorrupt, match="which does not exist"):
        ALFWorldEnv(games=[tmp_path / "nothing.tw-pddl"]).reset()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataCorrupt, match="holds a playable game"):
        ALFWorldEnv(games=[tmp_path / "empty"]).reset()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "no JSON"),
        (lambda text: "[1, 2]", "got a list"),
        (lambda text: json.dumps({"pddl_problem": "(define)"}), "pddl_domain"),
        (lambda text: edit(text, "pddl_problem", lambda old: old[: len(old) // 2]), "cut short"),
        (
            lambda text: edit(text, "pddl_problem", lambda old: old.replace("inReceptacle ?o ?r", "full ?r")),
            "none of the six",
        ),
        (
            lambda text: edit(text, "pddl_problem", lambda old: old.replace("(atLocation agent1", "(examined")),
            "one location",
        ),
        (
            lambda text: edit(text, "grammar", lambda old: old.replace("You arrive at", "You come to")),
            "grammar is not that",
        ),
        (
            lambda text: edit(text, "grammar", lambda old: old.replace("Your task is to", "Please")),
            "grammar is not that",
        ),
        (lambda text: edit(text, "grammar", lambda old: old[:300]), "holds no task"),
        (
            lambda text: edit(text, "pddl_domain", lambda old: old.replace("(not (holdsAny ?a))", "")),
            "domain is not that",
        ),
    ],
)
def test_a_damaged_or_foreign_file_is_told_with_its_path(data: Path, damage: Any, words: str) -> None:
    file = next(iter(sorted(data.rglob("pick*/*/game.tw-pddl"))))
    file.write_text(damage(file.read_text()))
    env = ALFWorldEnv(games=[file])
    with pytest.raises(DataCorrupt, match=words) as caught:
        env.reset()
    assert str(file) in str(caught.value)


def edit(text: str, key: str, change: Any) -> str:
    content = json.loads(text)
    return json.dumps({**content, key: change(content[key])})


def test_a_file_that_vanishes_after_the_index_was_made_is_told(data: Path, tmp_path: Path) -> None:
    tasks = OfficialTasks(data, cache=tmp_path)
    assert tasks.num_tasks("train") == 4
    for file in data.rglob("game.tw-pddl"):
        file.unlink()
    with pytest.raises(DataCorrupt, match=r"game\.tw-pddl, but it cannot be read"):
        tasks.get_task("train", 0)


def test_unknown_ids_and_types_are_told(data: Path, tmp_path: Path) -> None:
    tasks = OfficialTasks(data, cache=tmp_path)
    known = tasks.get_task("train", 0).id
    with pytest.raises(TaskNotFound, match="Did you mean"):
        tasks.find_task(known[:-1])
    with pytest.raises(TaskNotFound):
        tasks.find_task("generated/train/1")
    with pytest.raises(UnknownOption, match="got one text"):
        OfficialTasks(data, task_types="pick_and_place_simple")


@pytest.mark.skipif("ALFWORLD_DATA" not in os.environ, reason="ALFWORLD_DATA is not set")
def test_the_official_games_are_all_there_and_can_be_won(tmp_path: Path) -> None:
    sizes = {"train": 3553, "valid_seen": 140, "valid_unseen": 134}
    tasks = OfficialTasks(os.environ["ALFWORLD_DATA"], cache=tmp_path)
    for split in tasks.list_splits():
        number = int(tasks.num_tasks(split) or 0)
        assert 0 < number <= sizes.get(split, number)
        for index in range(0, number, max(1, number // 50)):
            env = ALFWorldEnv(data=os.environ["ALFWORLD_DATA"])
            env.reset(options={"task_id": tasks.get_task(split, index).id})
            done, reward = False, 0.0
            while not done:
                _, reward, done, _, _ = env.step(env.oracle())
            assert reward == 1.0
