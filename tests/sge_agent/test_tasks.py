from typing import Any

import pytest

from sge_agent.errors import RunError
from sge_agent.tasks import find_tasks, tasks_of_update
from sge_agent.types import TaskRef


class Numbered:
    """Six tasks with ids in split "easy"; without ids when ``named`` is false."""

    def __init__(self, named: bool = True) -> None:
        self.named = named

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        if (options or {}).get("split", "easy") != "easy":
            raise ValueError("there is no such split; did you mean 'easy'?")
        assert seed is not None
        return "go", {"task_id": f"easy/{seed * 7 % 6}"} if self.named else {}

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", 0.0, True, False, {}

    def close(self) -> None: ...


def test_tasks_with_ids_are_all_different_and_asked_for_by_id() -> None:
    refs = find_tasks(Numbered(), name="n", split="easy", count=6)
    assert sorted(ref.options["task_id"] for ref in refs) == [f"easy/{i}" for i in range(6)]
    assert all(ref.options["split"] == "easy" for ref in refs)


def test_without_ids_the_seed_is_the_task_and_no_options_are_invented() -> None:
    assert find_tasks(Numbered(named=False), name="n", count=2) == [TaskRef("n", 0), TaskRef("n", 1)]


@pytest.mark.parametrize("named", [True, False])
def test_tasks_to_avoid_are_never_given(named: bool) -> None:
    env = Numbered(named=named)
    first = find_tasks(env, name="n", count=3)
    second = find_tasks(env, name="n", count=3, avoid=first)
    assert not {ref.key for ref in first} & {ref.key for ref in second}


def test_a_split_with_too_few_tasks_says_how_many_it_has() -> None:
    with pytest.raises(RunError, match="only 6 tasks"):
        find_tasks(Numbered(), name="n", split="easy", count=7)


def test_an_unknown_split_becomes_one_sentence() -> None:
    with pytest.raises(RunError, match="did you mean 'easy'"):
        find_tasks(Numbered(), name="n", split="eazy", count=1)


def test_every_epoch_meets_every_task_once_in_its_own_order() -> None:
    tasks = [TaskRef("n", i) for i in range(12)]
    epochs = [
        [
            ref
            for update in range(4 * e, 4 * e + 4)
            for ref in tasks_of_update(tasks, per_update=3, update=update, seed=5)
        ]
        for e in range(3)
    ]
    assert all(sorted(ref.seed for ref in epoch) == list(range(12)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_an_update_never_has_a_task_twice_even_when_tasks_are_left_over() -> None:
    tasks = [TaskRef("n", i) for i in range(7)]
    for update in range(40):
        assert len({ref.key for ref in tasks_of_update(tasks, per_update=3, update=update, seed=0)}) == 3


def test_more_tasks_per_update_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="between 1 and the number of tasks"):
        tasks_of_update([TaskRef("n", 0)], per_update=2, update=0, seed=0)
