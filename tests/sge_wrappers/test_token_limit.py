"""An episode ends with the turn that reaches the limit, and its end has a verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_wrappers import TokenLimit, approximate_tokens
from sge_wrappers.tokens import fit
from tests.sge_wrappers.envs import Echo, count_words, line


def test_observations_and_actions_count_once_each() -> None:
    env = TokenLimit(line(), 100, count_tokens=count_words)
    first, info = env.reset(seed=0)
    tokens = count_words(first)
    assert info["tokens"] == tokens
    for action in ("left", "right now"):
        observation, _, _, _, info = env.step(action)
        tokens += count_words(observation) + count_words(action)
        assert info["tokens"] == tokens


def test_the_end_has_the_verdict_of_the_env() -> None:
    env = TokenLimit(line(), 2, count_tokens=count_words, observations=False)
    env.reset(seed=0)
    assert not env.step("right")[3]
    _, _, terminated, truncated, info = env.step("right")
    assert (terminated, truncated) == (False, True)
    assert (info["success"], info["outcome"], info["tokens"]) == (False, "at 2", 2)


def test_a_success_on_the_last_token_stays_a_success() -> None:
    env = TokenLimit(line(), 1, observations=False)
    _, info = env.reset(seed=0)
    env.unwrapped.place = env.unwrapped.task.data - 1  # type: ignore[attr-defined]
    _, reward, terminated, truncated, info = env.step("right")
    assert (reward, terminated, truncated, info["success"]) == (1.0, True, False, True)


def test_a_foreign_env_is_truncated_without_a_verdict() -> None:
    env = TokenLimit(Echo(), 1)
    env.reset(seed=0)
    assert env.step("a")[2:4] == (False, True)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(UnknownOption, match="at least 1 token"):
        TokenLimit(line(), 0)


@given(st.text(max_size=500), st.integers(0, 50))
def test_a_text_that_is_cut_fits_and_one_that_fits_is_not_cut(text: str, limit: int) -> None:
    for count in (approximate_tokens, count_words):
        cut = fit(text, limit, count)
        assert count(cut) <= limit
        assert cut == text or count(text) > limit


@given(st.text(alphabet=st.characters(), max_size=100), st.text(max_size=100))
def test_the_approximation_counts_words_and_grows_with_the_text(text: str, more: str) -> None:
    assert approximate_tokens(text) >= len(text.split())
    assert approximate_tokens(text + more) >= approximate_tokens(text)
    assert approximate_tokens("") == 0
