"""The tasks of ``SGE-ToolAPI-v0``: every scenario in endless worlds, in splits that share neither scenarios nor people."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence

from sge_envs.errors import TaskNotFound, UnknownOption, UnknownSplit, did_you_mean
from sge_envs.tasks import Task, TaskSet
from sge_envs.tools import scenarios
from sge_envs.tools.scenario import Prepared, Scenario, prepare

SPLITS = ("train", "valid", "test")
DIFFICULTIES = ("easy", "medium", "hard")


@functools.cache
def all_scenarios() -> tuple[Scenario, ...]:
    """Every scenario of the package ``scenarios``, by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(scenarios.__path__))
    found = [one for name in modules for one in importlib.import_module(f"{scenarios.__name__}.{name}").SCENARIOS]
    return tuple(sorted(found, key=lambda one: one.name))


class ToolTasks(TaskSet):
    """Task ``i`` of a split is scenario ``i % n`` in instance ``i // n``.

    ``difficulty`` and ``names`` keep only some of the scenarios.
    """

    def __init__(self, *, difficulty: str | None = None, names: Sequence[str] | None = None) -> None:
        known = all_scenarios()
        if difficulty is not None and difficulty not in DIFFICULTIES:
            raise UnknownOption(f"There is no difficulty {difficulty!r}.{did_you_mean(str(difficulty), DIFFICULTIES)}")
        for name in names or ():
            if name not in {one.name for one in known}:
                raise UnknownOption(f"There is no scenario {name!r}.{did_you_mean(name, [one.name for one in known])}")
        self._scenarios = {
            split: tuple(
                one
                for one in known
                if one.split == split and difficulty in (None, one.difficulty) and (names is None or one.name in names)
            )
            for split in SPLITS
        }

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        if split not in SPLITS:
            raise UnknownSplit(f"There is no split {split!r}.{did_you_mean(str(split), SPLITS)}")
        return None if self._scenarios[split] else 0

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        number, place = divmod(index, len(self._scenarios[split]))
        return task_of(self._scenarios[split][place], number)

    def find_task(self, task_id: str) -> Task:
        split, _, rest = task_id.partition("/")
        name, _, number = rest.rpartition("/")
        for one in self._scenarios.get(split, ()):
            if one.name == name and number.isascii() and number.isdigit() and str(int(number[:12])) == number:
                return task_of(one, int(number))
        raise TaskNotFound(
            f"There is no task {task_id!r} here: an id is made of split, scenario and number, such as "
            f"{next((f'{s}/{found[0].name}/0' for s, found in self._scenarios.items() if found), 'train/NAME/0')!r}."
        )


def task_of(scenario: Scenario, number: int) -> Task:
    """Instance ``number`` of a scenario as a task; its data is the :class:`Prepared` one."""
    made = prepare(scenario, number)
    return Task(id=f"{scenario.split}/{scenario.name}/{number}", split=scenario.split, goal=made.goal, data=made)


def prepared(task: Task) -> Prepared:
    """The prepared instance of a task of :class:`ToolTasks`."""
    assert isinstance(task.data, Prepared)
    return task.data
