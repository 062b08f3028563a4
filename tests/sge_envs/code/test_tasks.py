import json

import numpy as np
import pytest

from sge_envs.code.build import SPLITS, build_problem
from sge_envs.code.problem import DIFFICULTIES
from sge_envs.code.problems import FAMILIES, PROBLEMS
from sge_envs.code.tasks import FamilyTasks, ListedTasks, Wanted, choose_tasks
from sge_envs.errors import DataCorrupt, TaskNotFound, UnknownOption
from tests.sge_envs.code.samples import ADD, SAMPLES, TIMES
from tests.sge_envs.code.test_loaders import HUMANEVAL, LEETCODE, write


def choose(source="own", *, path=None, problems=None, split="train", difficulty=None, topics=None):
    return choose_tasks(source=source, path=path, problems=problems, split=split, difficulty=difficulty, topics=topics)


def ids(tasks, split, number=None):
    return [tasks.get_task(split, index).id for index in range(tasks.num_tasks(split) if number is None else number)]


def test_our_problems_are_divided_into_splits_without_a_common_one():
    tasks = choose()
    found = {split: ids(tasks, split) for split in SPLITS}
    everything = [one for split in SPLITS for one in found[split]]
    assert sorted(everything) == sorted(one.id for one in PROBLEMS)
    assert all(found.values())
    for split, names in found.items():
        assert all(tasks.find_task(name).split == split for name in names[:3])


def test_families_never_end_and_their_splits_share_no_instance():
    tasks = choose("families")
    assert tasks.num_tasks("train") is None
    said = {
        split: {tasks.get_task(split, index).data.statement for index in range(2 * len(FAMILIES))} for split in SPLITS
    }
    for one in SPLITS:
        for other in SPLITS:
            assert one == other or said[one].isdisjoint(said[other])
    task = tasks.get_task("valid", 2**31 - 1)
    assert tasks.find_task(task.id) == task


def test_a_mixed_set_draws_from_both_with_equal_chances():
    tasks = choose("mixed")
    rng = np.random.default_rng(0)
    drawn = [tasks.sample("train", rng).id for _ in range(60)]
    instances = sum("/" in one for one in drawn)
    assert 15 < instances < 45
    assert tasks.get_task("train", choose().num_tasks("train")).id == f"{FAMILIES[0].name}/train/0"
    for one in drawn[:4]:
        assert tasks.find_task(one).id == one


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_filters_leave_the_ids_as_they_are(difficulty):
    tasks = choose(difficulty=difficulty)
    names = {name for split in SPLITS for name in ids(tasks, split)}
    assert names == {one.id for one in PROBLEMS if one.difficulty == difficulty}
    assert choose("families", difficulty=difficulty).num_tasks("test") in (None, 0)


def test_topics_join_and_difficulties_restrict():
    topic = PROBLEMS[0].topics[0]
    tasks = choose(topics=[topic], difficulty=["easy", "medium"])
    wanted = {one.id for one in PROBLEMS if topic in one.topics and one.difficulty != "hard"}
    assert {name for split in SPLITS for name in ids(tasks, split)} == wanted
    with pytest.raises(UnknownOption, match="topic"):
        choose(topics="no such topic")


def test_a_file_is_the_split_that_one_names_and_several_are_several(tmp_path):
    first = write(tmp_path, HUMANEVAL, name="a.jsonl")
    second = write(tmp_path, {**HUMANEVAL, "task_id": "HumanEval/8"}, name="b.jsonl.gz")
    tasks = choose("humaneval", path=first, split="test")
    assert (tasks.list_splits(), ids(tasks, "test")) == (("test",), ["HumanEval/7"])
    tasks = choose("humaneval", path={"train": str(first), "test": second})
    assert (tasks.list_splits(), ids(tasks, "test")) == (("train", "test"), ["HumanEval/8"])
    twice = choose("humaneval", path={"train": first, "test": first})
    with pytest.raises(DataCorrupt, match="twice"):
        twice.num_tasks("train")


def test_a_files_labels_are_filtered_too(tmp_path):
    path = write(tmp_path, LEETCODE, {**LEETCODE, "task_id": "other", "difficulty": "Hard", "tags": ["Graph"]})
    assert ids(choose("leetcode", path=path, difficulty="hard"), "train") == ["LeetCode/other"]
    assert ids(choose("leetcode", path=path, topics=["array"]), "train") == ["LeetCode/two-sum"]
    path.write_text(f"{path.read_text()}{json.dumps({**LEETCODE, 'task_id': 'third'})}\n")
    assert len(ids(choose("leetcode", path=path), "train")) == 3


def test_problems_of_ones_own_are_a_split():
    tasks = choose(problems=[*SAMPLES, build_problem(ADD)][1:], split="valid")
    assert ids(tasks, "valid")[-1] == "sample-add"
    assert tasks.get_task("valid", 0).data == tasks.get_task("valid", 0).data


@pytest.mark.parametrize(
    "name", ["", "sample", "sample-times/train", "sample-times/train/01", "sample-times/spring/1", "a/train/1"]
)
def test_ids_that_no_task_has_are_not_found(name):
    for tasks in (FamilyTasks([TIMES], Wanted()), ListedTasks(["train"], lambda split: (), Wanted())):
        with pytest.raises(TaskNotFound):
            tasks.find_task(name)
