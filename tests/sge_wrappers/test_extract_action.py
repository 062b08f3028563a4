"""Actions are found in their form; where there is none, the environment is not stepped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_wrappers import ExtractAction, JsonField, Tagged, fenced_block, last_line
from sge_wrappers.extract_action import Extractor
from tests.sge_wrappers.envs import Echo, line

FOUND: tuple[tuple[Extractor, str, str | None], ...] = (
    (Tagged(), "well <action>go left</action> and <action> right </action>.", "right"),
    (Tagged(), "<action>go left", None),
    (Tagged(), "go left</action>", None),
    (Tagged("do"), "<do>a <b> c</do>", "a <b> c"),
    (Tagged(), "<action></action>", ""),
    (fenced_block, "Say:\n```text\nlook\n```\nor\n```\nopen door\nthen go\n```\nbye", "open door\nthen go"),
    (fenced_block, "```look```", None),
    (fenced_block, "```\nlook", None),
    (JsonField(), 'I go. {"action": "look", "why": {"action": "no"}} Done.', "look"),
    (JsonField(), '{"action": "one"} {"action": "two"} {"other": 1}', "two"),
    (JsonField(), '{"action": 3} {broken', None),
    (JsonField("tool"), '{"tool": "x{y}"}', "x{y}"),
    (last_line, "thinking\n\n go to desk 1 \n\n", "go to desk 1"),
    (last_line, " \n", None),
)


@pytest.mark.parametrize(("extract", "text", "action"), FOUND)
def test_the_last_action_of_the_form_is_found(extract: Extractor, text: str, action: str | None) -> None:
    assert extract(text) == action


@given(st.text(), st.sampled_from([Tagged(), JsonField(), fenced_block, last_line]))
def test_no_text_at_all_raises(text: str, extract: Extractor) -> None:
    assert isinstance(extract(text), str | None)


@given(st.text().filter(lambda text: "</action>" not in text))
def test_what_is_written_in_the_form_is_read_again(action: str) -> None:
    assert Tagged()(f"so:\n<action>{action}</action>") in (action.strip(), Tagged()(action + "</action>"))
    assert JsonField()("so: " + json.dumps({"action": action})) == action


@pytest.mark.parametrize("text", ["{" * 200_000, '{"a":' * 100_000, "<action>" * 100_000, "```\n" * 100_000])
def test_hostile_texts_are_read_in_no_time(text: str) -> None:
    for extract in (Tagged(), JsonField(), fenced_block, last_line):
        extract(text)


def test_a_failure_leaves_the_env_alone_and_costs_a_turn() -> None:
    env = ExtractAction(line(max_turns=3))
    env.reset(seed=0)
    env.step("<action>right</action>")
    observation, reward, terminated, truncated, info = env.step("right")
    assert observation == info["action_error"] == "No action was found: write it between <action> and </action>."
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info["state_key"] == "1"
    _, _, _, truncated, info = env.step("no action again")
    assert truncated
    assert info["success"] is False


def test_a_failure_can_be_free_and_bounded() -> None:
    env = ExtractAction(line(max_turns=3), last_line, costs_turn=False, max_failures=5)
    env.reset(seed=0)
    flags = [env.step("")[2:4] for _ in range(5)]
    assert flags == [(False, False)] * 4 + [(False, True)]
    assert env.unwrapped.turn == 0  # type: ignore[attr-defined]


def test_a_foreign_env_needs_a_bound() -> None:
    with pytest.raises(UnknownOption, match="costs_turn=False and max_failures"):
        ExtractAction(Echo())
    env = ExtractAction(Echo(), costs_turn=False, max_failures=2, failure="Say it in tags.")
    env.reset(seed=0)
    assert env.step("hm")[0] == "Say it in tags."
    assert env.step("<action>please</action>")[1] == 1.0
    assert env.step("hm")[2:4] == (False, True)


def test_a_snapshot_after_a_failure_shows_the_failure() -> None:
    env = ExtractAction(line(), max_failures=2)
    env.reset(seed=0)
    shown = env.step("hm")[0]
    taken = env.snapshot()
    again = ExtractAction(line(), max_failures=2)
    observation, info = again.reset(options={"snapshot": taken})
    assert observation == shown
    assert "action_error" not in info
    assert again.step("hm")[3]


def test_texts_that_are_too_long_are_not_read() -> None:
    env = ExtractAction(line(), max_chars=20)
    env.reset(seed=0)
    info: dict[str, Any] = env.step("<action>right</action>")[4]
    assert "at most 20" in info["action_error"]
