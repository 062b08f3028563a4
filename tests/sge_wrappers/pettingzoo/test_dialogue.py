"""The assistant can ask the user, whose replies cost turns and change nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.sge_wrappers.envs import Echo, line

pytest.importorskip("pettingzoo", reason="needs the extra pettingzoo")

from sge_envs import UnknownOption
from sge_envs.tools.env import ToolAPIEnv
from sge_wrappers.pettingzoo.dialogue import DialogueGame, Line, tool_user


def user(goal: str, conversation: Sequence[Line]) -> str:
    """Tells the goal at the second question."""
    asked = sum(one.speaker == "assistant" for one in conversation)
    return goal if asked > 1 else "Guess!"


def test_questions_go_to_the_user_and_actions_to_the_environment() -> None:
    game = DialogueGame(line(), user=user)
    game.begin(0, None)
    for expected in ("Guess!", game.env.unwrapped.task.goal):  # type: ignore[attr-defined]
        assert game.to_move == "assistant_0"
        game.play("<say>What do you want?</say>")
        assert game.to_move == "user_0"
        assert game.observations["user_0"].endswith("assistant: What do you want?")
        reply = game.infos["user_0"]["scripted_reply"]
        assert reply == expected
        game.play(reply)
        assert game.observations["assistant_0"] == f"The user says: {expected}"
        assert "scripted_reply" not in game.infos["user_0"]
    game.play("right")
    assert (game.to_move, game.observations["assistant_0"]) == ("assistant_0", "You are at 1.")
    assert game.env.unwrapped.turn == 3  # type: ignore[attr-defined]
    assert "user: Guess!\nassistant: What" in game.observations["user_0"]


def test_talking_for_ever_ends_at_the_environments_horizon_with_its_verdict() -> None:
    game = DialogueGame(line(max_turns=2))
    game.begin(0, None)
    for _ in range(2):
        game.play("<say>Hello?</say>")
        game.play("Yes?")
    assert game.truncated
    assert game.infos["assistant_0"]["success"] is False


def test_messages_can_be_limited() -> None:
    game = DialogueGame(line(), max_messages=1)
    game.begin(0, None)
    game.play("<say>Hello?</say>")
    game.play("Yes?")
    assert game.truncated
    assert game.infos["user_0"]["outcome"] == "at 0"
    with pytest.raises(UnknownOption, match="max_messages=20"):
        DialogueGame(Echo())
    foreign = DialogueGame(Echo(), max_messages=1)
    foreign.begin(0, None)
    foreign.play("<say>Hello?</say>")
    foreign.play("Yes?")
    assert foreign.truncated


def test_the_user_is_any_text_and_bounded() -> None:
    game = DialogueGame(line(), max_messages=3)
    game.begin(0, None)
    game.play("<say>Hello?</say>")
    game.play("blah " * 10_000)
    assert "characters left out" in game.observations["assistant_0"]
    assert all(shown in game.observation_space for shown in game.observations.values())
    with pytest.raises(UnknownOption, match="at least 1"):
        DialogueGame(line(), max_messages=0)


def test_the_user_of_a_tool_task_tells_what_the_task_leaves_out() -> None:
    env = ToolAPIEnv(scenarios=["across.dinner"])
    game = DialogueGame(env, user=tool_user(env))
    game.begin(0, None)
    game.play("<say>Where do we eat?</say>")
    game.play(game.infos["user_0"]["scripted_reply"])
    assert game.observations["assistant_0"].startswith("The user says: We eat at ")
    while not game.terminated:
        game.play(env.oracle())
    assert game.infos["assistant_0"]["success"]
    with pytest.raises(UnknownOption, match="has no scripted user"):
        tool_user(line())
