"""Numbers stand for the admissible actions of the moment, and the mask says which."""

from __future__ import annotations

import numpy as np
import pytest

from sge_envs import UnknownOption
from sge_wrappers import ActionMenu
from tests.sge_wrappers.envs import Echo, line


def test_a_number_is_its_action() -> None:
    menu, env = ActionMenu(line(), size=5), line()
    menu.reset(seed=0), env.reset(seed=0)
    for number, name in ((1, "right"), (2, "roll"), (0, "left")):
        ours, theirs = menu.step(np.int64(number)), env.step(name)
        assert ours[:4] == theirs[:4]
        assert ours[4]["action_mask"].tolist() == [1, 1, 1, 0, 0]


def test_sampling_with_the_mask_only_plays_admissible_actions() -> None:
    env = ActionMenu(line(max_turns=20), size=30)
    _, info = env.reset(seed=0)
    over = False
    while not over:
        _, _, terminated, truncated, info = env.step(env.action_space.sample(info["action_mask"]))
        assert "action_error" not in info
        over = terminated or truncated


@pytest.mark.parametrize("number", [3, 4, -1])
def test_an_empty_place_costs_a_turn_and_changes_nothing(number: int) -> None:
    env = ActionMenu(line(max_turns=2), size=5)
    first, _ = env.reset(seed=0)
    observation, reward, _, truncated, info = env.step(number)
    assert (observation, reward, truncated, info["state_key"]) == (first, 0.0, False, "0")
    assert f"no action number {number}" in info["action_error"]
    assert env.step(number)[3]


def test_too_many_actions_are_refused_or_cut_as_asked() -> None:
    with pytest.raises(UnknownOption, match="size=3 or more"):
        ActionMenu(line(), size=2).reset(seed=0)
    env = ActionMenu(line(), size=2, overflow="cut")
    _, info = env.reset(seed=0)
    assert info["action_mask"].tolist() == [1, 1]
    assert info["menu_left_out"] == 1


def test_envs_without_a_list_are_named_and_numbers_are_needed() -> None:
    with pytest.raises(UnknownOption, match="admissible_actions"):
        ActionMenu(Echo()).reset(seed=0)
    env = ActionMenu(Echo(listed=("please",)), size=2)
    env.reset(seed=0)
    assert "action_error" in env.step(1)[4]
    assert env.step(0)[1] == 1.0
    with pytest.raises(TypeError):
        env.step("please")  # type: ignore[arg-type]
