"""Environments that each break one sentence of the contract; its docstring is the sentence's name."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
from gymnasium.spaces import Text

from sge_envs import Reply, SnapshotError, Task
from tests.sge_envs.toy import LineEnv, Lines, StateLineEnv

Step = tuple[Any, Any, bool, bool, dict[str, Any]]


class Eager(LineEnv):
    """reset_comes_first"""

    def step(self, action: str) -> Step:
        if self._task is None and self._phase == "new":
            self.reset()
        return super().step(action)


class Alphanumeric(LineEnv):
    """spaces_take_any_text"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.action_space = Text(20)


class NumpyText(LineEnv):
    """reset_returns_text_and_info"""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return np.str_(observation), info


class NumpyReward(LineEnv):
    """steps_return_plain_values"""

    def step(self, action: str) -> Step:
        observation, reward, *rest = super().step(action)
        return observation, np.float64(reward), *rest  # type: ignore[return-value]


class MovingGoal(LineEnv):
    """info_names_the_task"""

    def _extra_info(self) -> dict[str, Any]:
        return {"goal": f"Reach the flag, {self.turn} turns have gone."} if self.turn else {}


class OneDict(LineEnv):
    """info_is_new_each_time"""

    def _info(self) -> dict[str, Any]:
        if self.turn == 0:
            self._same: dict[str, Any] = {}
        self._same.update(super()._info())
        return self._same


class Counting(LineEnv):
    """equal_seeds_give_equal_episodes"""

    episodes = 0

    def _start(self, task: Task) -> str:
        self.episodes += 1
        return f"{super()._start(task)} Episode {self.episodes}."


class GlobalRandom(LineEnv):
    """seeds_are_the_envs_own"""

    def _start(self, task: Task) -> str:
        random.random()
        return super()._start(task)


class Hashing(LineEnv):
    """equal_in_every_process"""

    def _start(self, task: Task) -> str:
        return f"{super()._start(task)} {hash('wind')}"


class MainThreadOnly(LineEnv):
    """any_thread_will_do"""

    def _act(self, action: str) -> Reply:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("only the main thread may play")
        return super()._act(action)


class Fragile(LineEnv):
    """no_text_raises"""

    def _act(self, action: str) -> Reply:
        action.encode()  # lone surrogates cannot be encoded
        return super()._act(action)


class Lenient(LineEnv):
    """other_types_raise_type_error"""

    def step(self, action: Any) -> Step:
        return super().step(str(action))


class Boasting(LineEnv):
    """admissible_actions_are_legal"""

    def _admissible(self) -> tuple[str, ...] | None:
        return ("left", "right", "roll", "fly")


class Speechless(LineEnv):
    """ends_carry_a_verdict"""

    def _add_verdict(self, info: dict[str, Any]) -> None:
        super()._add_verdict(info)
        del info["feedback"]


class Endless(LineEnv):
    """nothing_follows_the_end"""

    def step(self, action: str) -> Step:
        result = super().step(action)
        self._phase = "live"
        return result


class Lost(LineEnv):
    """the_oracle_solves"""

    def oracle(self) -> str:
        return "left"


class Generous(LineEnv):
    """doing_nothing_fails"""

    def _act(self, action: str) -> Reply:
        return Reply("You wait.", reward=0.1) if action == "" else super()._act(action)


class OverlappingLines(Lines):
    def get_task(self, split: str, index: int) -> Task:
        task = super().get_task(split, index)
        return Task(f"train/{index}", split, task.goal, task.data)


class Overlapping(LineEnv):
    """tasks_have_stable_ids"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tasks = OverlappingLines()


class Stubborn(LineEnv):
    """options_choose_the_task"""

    def _choose(self, wanted: Any) -> Task:
        super()._choose(wanted)
        return self.tasks.sample(self.split, self.np_random)


class Swallowing(LineEnv):
    """unknown_options_raise"""

    def _check_options(self, options: dict[str, Any]) -> dict[str, Any]:
        return super()._check_options({key: value for key, value in options.items() if key != "taskid"})


class Forgetful(StateLineEnv):
    """snapshots_continue_the_episode"""

    def _state_key(self) -> str | None:
        return None

    def _load(self, task: Task, data: bytes) -> str:
        shown = super()._load(task, data)
        self.place = 0
        return shown


class Trusting(LineEnv):
    """bad_snapshots_are_refused"""

    def _restore(self, wanted: Any) -> tuple[str, dict[str, Any]]:
        try:
            return super()._restore(wanted)
        except SnapshotError:
            return self._begin(self._choose({}), None)


class Blank(LineEnv):
    """render_shows_text"""

    def render(self) -> Any:
        return None


class CutOff(LineEnv):
    """the_spec_can_be_pickled"""


class Undying(LineEnv):
    """closing_is_final"""

    def close(self) -> None:
        self.turn = 0


WRONG = (
    *(Eager, Alphanumeric, NumpyText, NumpyReward, MovingGoal, OneDict, Counting, GlobalRandom, Hashing),
    *(MainThreadOnly, Fragile, Lenient, Boasting, Speechless, Endless, Lost, Generous, Overlapping, Stubborn),
    *(Swallowing, Forgetful, Trusting, Blank, CutOff, Undying),
)
"""One for each sentence, in the sentences' order."""
