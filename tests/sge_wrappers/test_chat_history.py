"""The conversation stays within its window and always shows the task and the last turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_wrappers import ChatHistory
from tests.sge_wrappers.envs import Echo, count_words, line


def test_everything_said_is_shown_in_order() -> None:
    env = ChatHistory(line())
    first, _ = env.reset(seed=0)
    env.step("right")
    shown = env.step("roll")[0]
    assert shown.startswith(f"{first}\n\n> right\nYou are at 1.\n\n> roll\nA die shows ")


def test_older_turns_go_first_and_are_counted() -> None:
    env = ChatHistory(line(), max_turns=2)
    first, _ = env.reset(seed=0)
    for action in ("right", "left", "right"):
        shown = env.step(action)[0]
    assert shown == f"{first}\n\n[... turns left out: 1 ...]\n\n> left\nYou are at 0.\n\n> right\nYou are at 1."


@given(st.lists(st.text(max_size=60), max_size=5), st.integers(1, 60), st.integers(256, 400))
@settings(max_examples=60, deadline=None)
def test_no_window_is_ever_exceeded(actions: list[str], tokens: int, chars: int) -> None:
    env = ChatHistory(Echo(), max_tokens=tokens, count_tokens=count_words, max_chars=chars)
    shown = [env.reset(seed=0)[0], *(env.step(action)[0] for action in actions)]
    assert all(count_words(text) <= tokens and len(text) <= chars for text in shown)


def test_a_last_turn_that_is_too_long_loses_its_middle() -> None:
    env = ChatHistory(Echo(), max_chars=300)
    env.reset(seed=0)
    shown = env.step("x" * 900)[0]
    assert len(shown) <= 300
    assert shown.startswith("Say something")
    assert "characters left out" in shown
    assert shown.endswith("x.")


def test_the_window_is_also_there_as_messages_for_a_chat_template() -> None:
    env = ChatHistory(line(), max_turns=1)
    env.reset(seed=0)
    env.step("right")
    env.step("left")
    roles, contents = zip(*((message["role"], message["content"]) for message in env.messages))
    assert roles == ("user", "assistant", "user")
    assert contents[0].endswith("[... turns left out: 1 ...]")
    assert contents[1:] == ("left", "You are at 0.")


def test_bounds_that_are_none_are_refused() -> None:
    for wrong in ({"max_turns": 0}, {"max_tokens": 0}, {"max_chars": 255}):
        with pytest.raises(UnknownOption, match="at least"):
            ChatHistory(line(), **wrong)  # type: ignore[arg-type]
