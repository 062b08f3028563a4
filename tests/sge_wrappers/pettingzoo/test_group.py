"""Players of a group play one task apart, and see each other only on the notice board."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.sge_wrappers.envs import Echo, line

pytest.importorskip("pettingzoo", reason="needs the extra pettingzoo")

from sge_envs import ResetNeeded, UnknownOption
from sge_wrappers.pettingzoo import TaskGroup, split_strategy

TWO = ("player_0", "player_1")


def says(*texts: str) -> dict[str, str]:
    return dict(zip(TWO, texts))


def test_all_begin_the_same_task_alike_with_and_without_a_seed() -> None:
    group = TaskGroup([line] * 2)
    tasks = []
    for seed in (0, None, None):
        observations, infos = group.reset(seed=seed)
        assert observations["player_0"] == observations["player_1"]
        assert infos["player_0"] == infos["player_1"]
        rolled = group.step(says("roll", "roll"))[0]
        assert rolled["player_0"] == rolled["player_1"]
        tasks.append(infos["player_0"]["task_id"])
    assert len(set(tasks)) == 3
    again = TaskGroup([line] * 2)
    assert [again.reset(seed=seed)[1]["player_1"]["task_id"] for seed in (0, None, None)] == tasks


def test_each_plays_its_own_environment_and_leaves_when_it_ends() -> None:
    group = TaskGroup([partial(line, max_turns=2), line])
    group.reset(options={"task_id": "test/3"})
    group.step(says("left", "right"))
    observations, rewards, _, truncated, infos = group.step(says("left", "right"))
    assert observations == {"player_0": "You are at -2.", "player_1": "You are at 2."}
    assert truncated == {"player_0": True, "player_1": False}
    assert set(rewards) == set(TWO)
    assert infos["player_0"]["outcome"] == "at -2"
    assert group.agents == ["player_1"]
    assert set(group.step({"player_1": "left"})[0]) == {"player_1"}
    with pytest.raises(UnknownOption, match="no action for player_1"):
        group.step({})


def test_the_board_shows_the_others_strategies_and_outcomes() -> None:
    group = TaskGroup([partial(line, max_turns=2), line], board=True)
    group.reset(options={"task_id": "test/3"})
    observations = group.step(says("<strategy>go\nleft</strategy> left", "right"))[0]
    assert observations["player_0"] == "You are at -1."
    assert observations["player_1"] == "You are at 1.\n\nNotice board:\nplayer_0 tries: go left"
    observations = group.step(says("left", "<strategy>the other way</strategy>left"))[0]
    assert observations["player_0"].endswith("player_1 tries: the other way")
    assert observations["player_1"].endswith("player_0 tries: go left\nplayer_0 failed (at -2)")
    observations, _ = group.reset(options={"task_id": "test/3"})
    assert "Notice board" not in observations["player_1"] + group.step(says("left", "left"))[0]["player_1"]


def test_a_board_is_bounded_and_its_space_holds_it() -> None:
    group = TaskGroup([line] * 2, board=True)
    group.reset(seed=0)
    long = f"<strategy>{'x' * 50_000}</strategy>left"
    observations = group.step(says(long, long))[0]
    for player in TWO:
        assert "characters left out" in observations[player]
        assert observations[player] in group.observation_space(player)


def test_without_a_board_the_text_is_the_action() -> None:
    group = TaskGroup([Echo] * 2)
    group.reset(seed=0)
    assert group.step(says("<strategy>a</strategy>b", "c"))[0]["player_0"] == "You said <strategy>a</strategy>b."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("left", (None, "left")),
        ("<strategy> a\nb </strategy>\n left", ("a\nb", "left")),
        ("go <strategy></strategy> on", ("", "go  on")),
    ],
)
def test_strategy_and_action_are_told_apart(text: str, parts: tuple[Any, str]) -> None:
    assert split_strategy(text) == parts


def test_wrong_groups_are_refused() -> None:
    with pytest.raises(UnknownOption, match="at least one"):
        TaskGroup([])
    group = TaskGroup([line, partial(line, split="test")])
    with pytest.raises(ResetNeeded):
        group.step({})
    with pytest.raises(UnknownOption, match="make their environments alike"):
        group.reset(seed=0)


def test_every_environment_is_rendered() -> None:
    group = TaskGroup([partial(line, render_mode="ansi")] * 2)
    group.reset(seed=0)
    group.step(says("left", "right"))
    assert group.render() == ["> left\nYou are at -1.", "> right\nYou are at 1."]
    group.close()
