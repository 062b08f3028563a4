"""Faults happen as often as asked, by a plan that the seed decides, and do what they say."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from sge_envs import UnknownOption
from sge_wrappers import FaultInjection
from sge_wrappers.faults import ERROR, TIMEOUT
from tests.sge_wrappers.envs import Echo, line


def plan(env: Any, seed: int | None, turns: int = 30) -> list[str | None]:
    env.reset(seed=seed)
    return [env.step("left")[4].get("fault") for _ in range(turns)]


def test_equal_seeds_give_equal_faults_and_other_seeds_others() -> None:
    one, two = (FaultInjection(line(), errors=0.3, timeouts=0.3) for _ in range(2))
    assert plan(one, 3) == plan(two, 3) != plan(one, 4)
    assert plan(two, 4) == plan(one, 4)
    assert plan(two, None) == plan(one, None)


def test_faults_are_as_frequent_as_asked() -> None:
    env = FaultInjection(line(max_turns=None), errors=0.2, timeouts=0.1, slow=0.3, delay=0.0)
    counts = Counter(plan(env, 0, 2000))
    assert [counts[fault] / 2000 for fault in ("error", "timeout", "slow")] == pytest.approx([0.2, 0.1, 0.3], abs=0.04)


def test_an_error_does_nothing_and_costs_a_turn() -> None:
    env = FaultInjection(line(max_turns=2), errors=1.0)
    env.reset(seed=0)
    observation, reward, _, truncated, info = env.step("right")
    assert (observation, reward, truncated, info["state_key"], info["fault"]) == (ERROR, 0.0, False, "0", "error")
    assert "action_error" not in info
    assert env.step("right")[3]


def test_a_timeout_hides_an_answer_but_no_end() -> None:
    env = FaultInjection(line(max_turns=2), timeouts=1.0)
    env.reset(seed=0)
    observation, _, _, _, info = env.step("right")
    assert (observation, info["state_key"], info["fault"]) == (TIMEOUT, "1", "timeout")
    observation, _, _, truncated, info = env.step("right")
    assert (observation, truncated, "fault" in info) == ("You are at 2.", True, False)


def test_a_slow_answer_is_late_and_right() -> None:
    env = FaultInjection(line(), slow=1.0, delay=0.05)
    env.reset(seed=0)
    began = time.monotonic()
    observation, _, _, _, info = env.step("right")
    assert time.monotonic() - began >= 0.05
    assert (observation, info["fault"]) == ("You are at 1.", "slow")


def test_foreign_envs_have_faults_too() -> None:
    env = FaultInjection(Echo(), errors=1.0)
    env.reset(seed=0)
    assert env.step("please") == (ERROR, 0.0, False, False, {"fault": "error"})


def test_probabilities_are_checked() -> None:
    for wrong in ({"errors": -0.1}, {"errors": 0.6, "slow": 0.6}, {"delay": -1.0}):
        with pytest.raises(UnknownOption, match="probabilities"):
            FaultInjection(line(), **wrong)
