"""A crash ends one episode and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sge_envs import NotText, ResetNeeded, UnknownOption
from sge_envs.checks import check_text_env
from sge_wrappers import RestartOnCrash
from tests.sge_wrappers.envs import Moody, line, moody, play


def break_engine(env: RestartOnCrash) -> None:
    def act(action: str) -> Any:
        raise OSError("the engine is gone")

    env.unwrapped._act = act  # type: ignore[attr-defined]


def test_a_crash_truncates_and_the_next_reset_plays_on() -> None:
    env = RestartOnCrash(line())
    env.reset(seed=0)
    env.step("right")
    broken = env.unwrapped
    break_engine(env)
    observation, reward, terminated, truncated, info = env.step("right")
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert "started anew" in observation
    assert info["env_error"] == "OSError: the engine is gone"
    assert (info["success"], info["outcome"], info["state_key"]) == (False, "env_error", "1")
    assert env.unwrapped is not broken
    with pytest.raises(ResetNeeded):
        env.step("right")
    env.reset()
    assert env.step("right")[0] == "You are at 1."


def test_after_a_crash_the_episodes_are_the_same_in_every_run() -> None:
    def run() -> list[Any]:
        env = RestartOnCrash(line())
        env.reset(seed=3)
        break_engine(env)
        return [env.step("right"), env.reset(), env.step("roll"), env.reset()]

    assert run() == run()


def test_a_rebuilt_env_keeps_the_contract() -> None:
    env = RestartOnCrash(line())
    env.reset(seed=0)
    break_engine(env)
    env.step("right")
    check_text_env(env, skip=["equal_in_every_process"])


def test_a_foreign_env_is_made_again_by_the_function_given() -> None:
    with pytest.raises(UnknownOption, match="make=\\.\\.\\."):
        RestartOnCrash(Moody())
    env = RestartOnCrash(moody(), moody)
    env.reset(seed=0)
    assert env.step("raise")[4]["env_error"] == "OSError: the engine is gone"
    assert play(env, ["a"])[1][0] == "You said a."


def test_a_reset_that_fails_is_tried_again_and_then_raised() -> None:
    made = []

    def make() -> Moody:
        made.append(Moody())
        return made[-1]

    env = RestartOnCrash(Moody(), make, tries=3)
    with pytest.raises(OSError, match="no engine today"):
        env.reset(seed=0, options={"moody": True})
    assert len(made) == 2
    env.reset(seed=0)


def test_mistakes_of_the_caller_are_no_crashes() -> None:
    env = RestartOnCrash(line())
    env.reset(seed=0)
    before = env.unwrapped
    with pytest.raises(NotText):
        env.step(3)  # type: ignore[arg-type]
    with pytest.raises(UnknownOption):
        env.reset(options={"nonsense": 1})
    assert env.unwrapped is before
