"""Bonuses follow from the counts, which can be saved, restored and switched off."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from sge_envs import UnknownOption
from sge_wrappers import NoveltyBonus
from tests.sge_wrappers.envs import Echo, line

TASK = {"task_id": "test/19"}
WALK = ["right", "left", "right", "right"]  # to 1, 0, 1, 2; the reset was at 0


def bonuses(env: Any, actions: list[str] = WALK) -> list[float]:
    env.reset(options=TASK)
    return [env.step(action)[4]["bonus"] for action in actions]


def test_each_scope_counts_what_it_says() -> None:
    everywhere = NoveltyBonus(line(), scope="global")
    assert bonuses(everywhere) == [1, 1 / sqrt(2), 1 / sqrt(2), 1]
    assert bonuses(everywhere) == pytest.approx([1 / sqrt(3), 1 / sqrt(4), 1 / sqrt(4), 1 / sqrt(2)])
    here = NoveltyBonus(line(), scope="episode")
    assert bonuses(here) == bonuses(here) == [1, 1 / sqrt(2), 1 / sqrt(2), 1]
    both = NoveltyBonus(line(), scope="both")
    assert bonuses(both) == [1, 0, 0, 1]
    assert bonuses(both) == pytest.approx([1 / sqrt(3), 0, 0, 1 / sqrt(2)])


def test_the_weight_is_paid_on_top_of_the_reward() -> None:
    env = NoveltyBonus(line(), weight=0.5)
    env.reset(options=TASK)
    flag = int(env.unwrapped.task.data)  # type: ignore[attr-defined]
    assert [env.step("right")[1] for _ in range(flag)] == [0.5] * (flag - 1) + [1.5]
    off = NoveltyBonus(line(), weight=0.0)
    off.reset(options=TASK)
    assert off.step("right")[1] == 0.0


def test_bad_actions_earn_and_count_nothing() -> None:
    env = NoveltyBonus(line())
    env.reset(options=TASK)
    assert env.step("fly")[4]["bonus"] == 0.0
    env.step("right")
    assert env.step("left")[4]["bonus"] == 1 / sqrt(2)


def test_equal_keys_of_two_tasks_are_two_states() -> None:
    env = NoveltyBonus(line())
    bonuses(env)
    env.reset(options={"task_id": "test/18"})
    assert env.step("right")[4]["bonus"] == 1.0


def test_counts_continue_where_they_were_saved() -> None:
    one, two = NoveltyBonus(line()), NoveltyBonus(line())
    bonuses(one)
    two.load_novelty_state(one.novelty_state())
    assert bonuses(two) == bonuses(one)


def test_switched_off_it_neither_pays_nor_counts() -> None:
    env = NoveltyBonus(line())
    env.set_wrapper_attr("bonus_on", False)
    assert bonuses(env) == [0.0] * 4
    assert env.novelty_state() == {}
    env.set_wrapper_attr("bonus_on", True)
    assert bonuses(env)[0] == 1.0


def test_foreign_states_need_a_key_and_opaque_ones_have_no_bonus() -> None:
    with pytest.raises(UnknownOption, match="key="):
        NoveltyBonus(Echo()).reset(seed=0)
    assert bonuses_of(NoveltyBonus(Echo(), key=lambda info: "one state")) == [1 / sqrt(2), 1 / sqrt(3)]
    assert bonuses_of(NoveltyBonus(Echo(), key=lambda info: None)) == [0.0, 0.0]


def bonuses_of(env: Any) -> list[float]:
    env.reset(seed=0)
    return [env.step(word)[1] for word in ("a", "b")]
