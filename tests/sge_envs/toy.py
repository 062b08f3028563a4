"""A small family for the tests of the framework: walk along a line to a flag, where the wind blows now and then."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium

from sge_envs import Reply, Task, TaskNotFound, TaskSet, TextEnv, Verdict
from sge_envs.tasks import task_rng


class Lines(TaskSet):
    """``train`` never ends, ``test`` has 20 tasks. A task's data is the place of the flag, 2 to 9."""

    _splits: ClassVar[tuple[str, ...]] = ("train", "test")

    def list_splits(self) -> tuple[str, ...]:
        return self._splits

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return None if split == "train" else 20

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        flag = int(task_rng(family=7, split=self._splits.index(split), index=index).integers(2, 10))
        horizon = 30 if index == 19 else None
        return Task(f"{split}/{index}", split, f"Reach the flag at {flag}.", data=flag, max_turns=horizon)

    def find_task(self, task_id: str) -> Task:
        split, _, index = task_id.partition("/")
        if split in self._splits and index.isdecimal() and task_id == f"{split}/{int(index)}":
            return self.get_task(split, int(index))
        raise TaskNotFound(f"There is no task {task_id!r}: ids look like 'train/17'.")


class LineEnv(TextEnv):
    """Actions: ``left``, ``right``, ``roll`` (draws from ``np_random``). Snapshots by replay."""

    def __init__(self, *, split: str = "train", max_turns: int | None = 40, render_mode: str | None = None) -> None:
        super().__init__(Lines(), split=split, max_turns=max_turns, render_mode=render_mode)
        self.place = 0

    def _start(self, task: Task) -> str:
        self.place = 0
        return f"{task.goal} You are at 0."

    def _act(self, action: str) -> Reply:
        if action == "roll":
            return Reply(f"A die shows {self.np_random.integers(1, 7)}. You are at {self.place}.")
        if action not in ("left", "right"):
            error = f"There is no action {action[:20]!r}: left, right and roll exist."
            return Reply(error, error=error)
        self.place += 1 if action == "right" else -1
        won = self.place == self.task.data
        return Reply(f"You are at {self.place}.", reward=float(won), done=won)

    def _verdict(self) -> Verdict:
        won = self.place == self.task.data
        near = max(0.0, 1 - abs(self.task.data - self.place) / self.task.data)
        return Verdict(won, near, f"at {self.place}", "You are there." if won else f"You stopped at {self.place}.")

    def _state_key(self) -> str | None:
        return str(self.place)

    def _admissible(self) -> tuple[str, ...] | None:
        return ("left", "right", "roll")

    def oracle(self) -> str:
        return "right" if self.place < self.task.data else "left"


class StateLineEnv(LineEnv):
    """The same, with snapshots of the state itself."""

    def _save(self) -> bytes:
        return f"{self.place} {self._shown}".encode()

    def _load(self, task: Task, data: bytes) -> str:
        self._start(task)
        place, _, shown = data.decode().partition(" ")
        self.place = int(place)
        return shown


def make_line(**kwargs: Any) -> gymnasium.Env[str, str]:
    """The registered env, as a user gets it."""
    name = "LineTest-v0"
    if name not in gymnasium.registry:
        gymnasium.register(name, entry_point="tests.sge_envs.toy:LineEnv")
    return gymnasium.make(name, **kwargs)
