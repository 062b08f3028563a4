"""The prompt has goal, history and actions where the template wants them, and never grows beyond its bound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_wrappers import GoalPrompt
from tests.sge_wrappers.envs import Echo, line


def test_the_default_template_shows_all_four() -> None:
    env = GoalPrompt(line())
    shown, info = env.reset(seed=0)
    assert f"Your goal: {info['goal']}" in shown
    assert "(nothing yet)" in shown
    assert shown.endswith("What you can do:\nleft\nright\nroll")
    shown = env.step("right")[0]
    assert "You are at 0.\n> right\n\nWhat you see now:\nYou are at 1." in shown


def test_only_the_last_turns_are_history() -> None:
    env = GoalPrompt(line(), template="{history}|{observation}", turns=1)
    env.reset(seed=0)
    env.step("right")
    assert env.step("left")[0] == "You are at 1.\n> left|You are at 0."
    none = GoalPrompt(line(), template="{history}|{observation}", turns=0)
    none.reset(seed=0)
    assert none.step("left")[0] == "(nothing yet)|You are at -1."


@given(st.lists(st.text(max_size=300), max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_prompt_is_never_longer_than_its_bound_and_braces_are_text(actions: list[str]) -> None:
    env = GoalPrompt(Echo(), template="{history}{{}}\n{observation}", max_chars=256)
    shown = [env.reset(seed=0)[0], *(env.step(action + "{goal}")[0] for action in actions)]
    assert all(len(text) <= 256 for text in shown)


def test_templates_are_checked_at_once() -> None:
    with pytest.raises(UnknownOption, match="Did you mean 'goal'"):
        GoalPrompt(line(), template="{gaol}")
    for wrong in ("{goal", "{}", "{goal!r}", "{goal:>9}"):
        with pytest.raises(UnknownOption, match="template"):
            GoalPrompt(line(), template=wrong)
    with pytest.raises(UnknownOption, match="turns >= 0"):
        GoalPrompt(line(), turns=-1)


def test_an_env_without_a_goal_is_named_when_the_template_wants_one() -> None:
    with pytest.raises(UnknownOption, match="no 'goal'"):
        GoalPrompt(Echo()).reset(seed=0)
    shown, _ = GoalPrompt(Echo(), template="{observation} {actions}").reset(seed=0)
    assert shown.endswith("(any text)")
