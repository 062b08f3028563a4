"""The other way round: what environments of other libraries share when they become a ``TextEnv``."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sge_envs import Reply, Task, TaskSet, TextEnv, Verdict
from sge_envs.errors import SGEError, TaskNotFound
from sge_envs.tasks import task_rng

SPLITS = ("train", "test")


class NoOracle(SGEError, LookupError):
    """The environment of another library cannot say how it is solved."""


class SeedTasks(TaskSet):
    """Tasks that are seeds: endless ``train`` and ``test``, whose seeds come from streams that never meet.

    A task's data is its seed, from 0 to 2**31 - 1, and its id ``"train/17"``.
    """

    _FAMILY: ClassVar[int] = 0xF0_4E

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return None

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        rng = task_rng(family=self._FAMILY, split=SPLITS.index(split), index=index)
        return Task(f"{split}/{index}", split, "", data=int(rng.integers(2**31)))

    def find_task(self, task_id: str) -> Task:
        split, _, index = task_id.partition("/")
        if split in SPLITS and index.isdecimal() and task_id == f"{split}/{int(index)}":
            return self.get_task(split, int(index))
        raise TaskNotFound(f"There is no task {task_id!r}: ids look like 'train/17'.")


class ForeignEnv(TextEnv):
    """A ``TextEnv`` whose rewards, end and feedback are another library's.

    A family writes ``_open`` and ``_move``. An episode is a success when its rewards add up to ``solved_at`` or more.
    ``solver`` plays it, from the last observation to an action: it is the ``oracle``; without one there is none.
    Snapshots are by replay, and equal the original where the library's env is deterministic.
    """

    def __init__(
        self,
        tasks: TaskSet,
        *,
        split: str,
        max_turns: int | None,
        solved_at: float,
        solver: Callable[[str], str] | None,
        render_mode: str | None,
    ) -> None:
        super().__init__(tasks, split=split, max_turns=max_turns, render_mode=render_mode)
        self.solved_at = solved_at
        self._solver = solver
        self._total = 0.0
        self._last_words = ""

    @abc.abstractmethod
    def _move(self, action: str) -> Reply:
        """Do what ``action`` says."""

    def oracle(self) -> str:
        """What the solver would do. Raises ``NoOracle`` where there is none."""
        if self._solver is None:
            raise NoOracle(f"{type(self).__name__} does not know how its tasks are solved: pass solver=, a function.")
        return self._solver(self._last_words)

    @abc.abstractmethod
    def _open(self, data: Any) -> str:
        """Begin the task with this data (a seed, where tasks are :class:`SeedTasks`); the first observation."""

    def _start(self, task: Task) -> str:
        self._total = 0.0
        self._last_words = self._open(task.data)
        return self._last_words

    def _act(self, action: str) -> Reply:
        reply = self._move(action)
        self._total += reply.reward
        self._last_words = reply.observation
        return reply

    def _verdict(self) -> Verdict:
        success = self._total >= self.solved_at
        progress = 1.0 if success else min(max(self._total / self.solved_at, 0.0), 1.0)
        return Verdict(success, progress, "solved" if success else f"reward {self._total:g}", self._last_words)


def first_text(observation: Mapping[str, Any]) -> str:
    """The text of an observation that is a mapping: its field ``text``, or its only text, or all of it as lines."""
    if isinstance(observation.get("text"), str):
        return str(observation["text"])
    texts = [value for value in observation.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else "\n".join(f"{key}: {value}" for key, value in observation.items())
