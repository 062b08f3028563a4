"""Task sets: splits, ids, indices, seeded streams that never meet."""

from __future__ import annotations

import numpy as np
import pytest

from sge_envs import Task, TaskNotFound, TaskSet, UnknownSplit
from sge_envs.tasks import ENDLESS, task_rng
from tests.sge_envs.toy import Lines


class Empty(Lines):
    def num_tasks(self, split: str) -> int | None:
        return 0


def test_ids_lead_back_to_their_tasks() -> None:
    tasks = Lines()
    for split, index in [("train", 0), ("train", 2**31 - 1), ("test", 19)]:
        task = tasks.get_task(split, index)
        assert tasks.find_task(task.id) == task


def test_a_task_that_does_not_exist_is_said_to_be_so() -> None:
    tasks = Lines()
    with pytest.raises(UnknownSplit, match="Did you mean 'test'"):
        tasks.get_task("tests", 0)
    with pytest.raises(TaskNotFound, match="it has 20 tasks"):
        tasks.get_task("test", 20)
    with pytest.raises(TaskNotFound, match="it never ends"):
        tasks.get_task("train", -1)
    with pytest.raises(TaskNotFound, match="no tasks to choose from"):
        Empty().sample("train", np.random.default_rng(0))


def test_sampling_draws_from_the_given_stream_alone_and_reaches_every_task() -> None:
    tasks = Lines()
    first, second = np.random.default_rng(1), np.random.default_rng(1)
    drawn = [tasks.sample("test", first).id for _ in range(200)]
    assert drawn == [tasks.sample("test", second).id for _ in range(200)]
    assert len(set(drawn)) == 20
    assert {int(tasks.sample("train", first).id.split("/")[1]) >= ENDLESS // 2 for _ in range(30)} == {True, False}


def test_streams_of_different_keys_share_nothing() -> None:
    keys = [(family, split, index) for family in (1, 2) for split in (0, 1) for index in range(200)]
    values = {int(task_rng(family=f, split=s, index=i).integers(2**63)) for f, s, i in keys}
    assert len(values) == len(keys)


def test_a_stream_is_what_it_was_when_its_version_was_frozen() -> None:
    assert task_rng(family=1, split=2, index=3).integers(10**9, size=3).tolist() == [925296833, 40872202, 228668690]


def test_a_task_cannot_be_changed() -> None:
    task = Task("a/1", "a", "Do it.")
    with pytest.raises(AttributeError):
        task.goal = "Do something else."  # type: ignore[misc]


def test_a_task_set_has_to_say_what_it_holds() -> None:
    with pytest.raises(TypeError, match="abstract"):
        TaskSet()  # type: ignore[abstract]
