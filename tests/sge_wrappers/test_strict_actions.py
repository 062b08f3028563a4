"""An invalid action costs what was said, or ends the episode with its verdict."""

from __future__ import annotations

import pytest

from sge_envs import UnknownOption
from sge_wrappers import StrictActions
from tests.sge_wrappers.envs import Echo, line


def test_a_penalty_is_taken_and_the_episode_goes_on() -> None:
    env = StrictActions(line(), penalty=0.25, ends=False)
    env.reset(seed=0)
    assert env.step("fly")[1:4] == (-0.25, False, False)
    assert env.step("right")[1:4] == (0.0, False, False)


def test_an_end_carries_the_verdict_and_is_the_tasks_own() -> None:
    env = StrictActions(line())
    env.reset(seed=0)
    env.step("right")
    _, reward, terminated, truncated, info = env.step("fly")
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert (info["success"], info["outcome"]) == (False, "at 1")
    assert "action_error" in info


def test_an_invalid_action_on_the_last_turn_ends_once() -> None:
    env = StrictActions(line(max_turns=1), penalty=0.5)
    env.reset(seed=0)
    assert env.step("fly")[1:4] == (-0.5, False, True)


def test_a_foreign_env_is_judged_by_its_list() -> None:
    env = StrictActions(Echo(listed=("please", "thanks")))
    env.reset(seed=0)
    assert env.step("please")[1:3] == (1.0, False)
    assert env.step("now")[2]
    free = StrictActions(Echo())
    free.reset(seed=0)
    assert not free.step("anything")[2]


def test_a_wrapper_that_would_do_nothing_is_refused() -> None:
    for penalty, ends in ((0.0, False), (-1.0, True)):
        with pytest.raises(UnknownOption, match="penalty above 0"):
            StrictActions(line(), penalty=penalty, ends=ends)
