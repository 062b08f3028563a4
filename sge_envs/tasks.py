"""What can be played: a task, and the set of all tasks of a family, in splits that never overlap."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any

import numpy as np

from sge_envs.errors import TaskNotFound, UnknownSplit, did_you_mean

ENDLESS = 2**31
"""How many indices of an endless split are sampled from."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task. Equal ids mean equal tasks, in every process and every release of the same ``-vN``.

    ``goal`` is the instruction in words (empty where it is known only when the task is played: see ``info["goal"]``),
    ``data`` the family's own payload, ``max_turns`` the task's own horizon (None: the environment's).
    """

    id: str
    split: str
    goal: str
    data: Any = None
    max_turns: int | None = None


class TaskSet(abc.ABC):
    """All tasks of a family. Tasks may be generated on demand: only names and numbers have to be cheap."""

    @abc.abstractmethod
    def list_splits(self) -> tuple[str, ...]:
        """Names of the splits, cheap: it is called when an environment is made."""

    @abc.abstractmethod
    def num_tasks(self, split: str) -> int | None:
        """Number of tasks in ``split``; None where they never end."""

    @abc.abstractmethod
    def get_task(self, split: str, index: int) -> Task:
        """Task number ``index`` (from 0) of ``split``.

        Raises:
            UnknownSplit: no such split.
            TaskNotFound: the index is negative or too large.
        """

    @abc.abstractmethod
    def find_task(self, task_id: str) -> Task:
        """The task with this id: the inverse of ``Task.id``.

        Raises:
            TaskNotFound: no task has this id.
        """

    def sample(self, split: str, rng: np.random.Generator) -> Task:
        """A task of ``split``, drawn from ``rng`` alone, uniformly over the indices."""
        number = self.num_tasks(split)
        if number == 0:
            raise TaskNotFound(
                f"The split {split!r} has no tasks to choose from: install its data, or take another split."
            )
        return self.get_task(split, int(rng.integers(ENDLESS if number is None else number)))

    def check_split(self, split: str) -> None:
        """Raise ``UnknownSplit``, with the nearest name, unless ``split`` exists."""
        splits = self.list_splits()
        if split not in splits:
            raise UnknownSplit(f"There is no split {split!r}.{did_you_mean(str(split), splits)}")

    def check_index(self, split: str, index: int) -> None:
        """Raise ``UnknownSplit`` or ``TaskNotFound`` unless ``split`` has a task number ``index``."""
        self.check_split(split)
        number = self.num_tasks(split)
        if index < 0 or (number is not None and index >= number):
            last = "it never ends" if number is None else f"it has {number} tasks"
            raise TaskNotFound(f"The split {split!r} has no task number {index}: indices start at 0, and {last}.")


def task_rng(*, family: int, split: int, index: int) -> np.random.Generator:
    """The random stream that generates task ``index`` of ``split``: streams of different keys never meet.

    ``family`` is a constant of the family, ``split`` the number of the split. NumPy's spawn keys keep the streams
    apart; sums such as ``seed + index`` would let neighbouring splits share tasks.
    """
    return np.random.default_rng(np.random.SeedSequence(family, spawn_key=(split, index)))
