"""The actor sees the strategist's text; rewards go where they were said to go."""

from __future__ import annotations

import pytest

from tests.sge_wrappers.envs import Echo, line

pytest.importorskip("pettingzoo", reason="needs the extra pettingzoo")

from sge_envs import UnknownOption
from sge_wrappers.pettingzoo.game import MAX_SAID
from sge_wrappers.pettingzoo.strategy import StrategyGame


def test_the_strategists_text_is_part_of_what_the_actor_sees() -> None:
    game = StrategyGame(line())
    game.begin(0, None)
    assert game.to_move == "strategist_0"
    assert game.observations["actor_0"].endswith("Your strategy: (none yet)")
    shown = game.observations["strategist_0"]
    game.play("Walk {right}.")
    assert game.to_move == "actor_0"
    assert game.observations == {"strategist_0": shown, "actor_0": f"{shown}\n\nYour strategy: Walk {{right}}."}
    game.play("right")
    assert game.to_move == "actor_0"
    assert game.observations["actor_0"] == "You are at 1.\n\nYour strategy: Walk {right}."


def test_the_strategist_speaks_again_when_it_is_time() -> None:
    game = StrategyGame(line(), every=2)
    game.begin(0, None)
    moves = []
    for number in range(7):
        moves.append(game.to_move[0])
        game.play(f"right{number}")
    assert moves == ["s", "a", "a", "s", "a", "a", "s"]
    assert game.observations["actor_0"].endswith("right6")


def solve(game: StrategyGame) -> list[dict[str, float]]:
    game.begin(0, {"task_id": "test/19"})
    game.play("right until the flag")
    came = []
    while not game.over:
        game.play("right")
        came.append(game.rewards)
    assert game.terminated
    return came


def test_shared_rewards_go_to_both_and_separate_ones_to_each() -> None:
    shared = solve(StrategyGame(line()))
    assert shared[-1] == {"strategist_0": 1.0, "actor_0": 1.0}
    separate = StrategyGame(line(), rewards="separate")
    assert solve(separate)[-1] == {"strategist_0": 1.0, "actor_0": 1.0}
    foreign = StrategyGame(Echo(), rewards="separate")
    foreign.begin(0, None)
    foreign.play("be polite")
    rewards = []
    for word in ("please", "please", "a", "b", "c"):
        foreign.play(word)
        rewards.append((foreign.rewards["strategist_0"], foreign.rewards["actor_0"]))
    assert rewards == [(0.0, 1.0), (0.0, 1.0), (0.0, 0.0), (0.0, 0.0), (1.0, 0.0)]


def test_a_failure_earns_the_strategist_nothing() -> None:
    game = StrategyGame(line(max_turns=1), rewards="separate")
    game.begin(0, None)
    game.play("give up")
    game.play("left")
    assert game.truncated
    assert game.rewards == {"strategist_0": 0.0, "actor_0": 0.0}


def test_long_strategies_lose_their_middle_and_the_space_holds_what_is_shown() -> None:
    game = StrategyGame(line())
    game.begin(0, None)
    game.play("go " * 50_000)
    shown = game.observations["actor_0"]
    assert "characters left out" in shown
    assert len(shown) < MAX_SAID + 200
    assert shown in game.observation_space


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(UnknownOption, match="every >= 1"):
        StrategyGame(line(), every=0)
    with pytest.raises(UnknownOption, match=r"no field \{plan\}"):
        StrategyGame(line(), template="{plan}")
