"""Every wrapper that keeps text in and out keeps the contract; all can be rebuilt, restored and put side by side."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from gymnasium.wrappers import TransformAction

import sge_wrappers as w
from sge_envs import FreeText, NotText, ResetNeeded, SnapshotError
from sge_envs.checks import check_text_env
from tests.sge_wrappers.envs import Echo, count_words, line, play

Wrap = Callable[[Any], Any]


def in_tags(action: Any) -> Any:
    """An action as a model that was told the form would write it."""
    return f"I think so.\n<action>{action}</action>" if isinstance(action, str) else action


def tagged(env: Any) -> Any:
    """ExtractAction under a speaker of its form, so that plain actions can be played through it."""
    return TransformAction(w.ExtractAction(env, w.Tagged(), max_failures=3), in_tags, FreeText())


def whole_stack(env: Any) -> Any:
    env = w.FaultInjection(env, errors=0.1, timeouts=0.1)
    env = w.NoveltyBonus(w.RestartOnCrash(env), scope="episode")
    env = w.TokenLimit(w.ExtractAction(env, w.last_line), 3000, count_tokens=count_words)
    return w.GoalPrompt(w.ChatHistory(env, max_turns=3, count_tokens=count_words), turns=2)


SNAPSHOT = line()
SNAPSHOT.reset(seed=4)
SNAPSHOT.step("right")
START: bytes = SNAPSHOT.unwrapped.snapshot()  # type: ignore[attr-defined]

TEXT: dict[str, tuple[Wrap, tuple[str, ...]]] = {
    "ChatHistory": (partial(w.ChatHistory, max_turns=2, max_tokens=90, count_tokens=count_words), ()),
    "GoalPrompt": (partial(w.GoalPrompt, turns=2), ()),
    "ExtractAction": (tagged, ()),
    "ExtractAction, last line": (partial(w.ExtractAction, extract=w.last_line), ()),
    "StrictActions": (w.StrictActions, ()),
    "StrictActions, penalty": (partial(w.StrictActions, penalty=1.0, ends=False), ("no_text_raises",)),
    "NoveltyBonus, episode": (partial(w.NoveltyBonus, scope="episode"), ()),
    "NoveltyBonus, global": (  # its rewards depend on the episodes before
        partial(w.NoveltyBonus, scope="global"),
        (
            *("equal_seeds_give_equal_episodes", "seeds_are_the_envs_own", "equal_in_every_process"),
            *("any_thread_will_do", "snapshots_continue_the_episode"),
        ),
    ),
    "FaultInjection": (partial(w.FaultInjection, errors=0.2, timeouts=0.2, slow=0.1, delay=0.0), ()),
    "RestartOnCrash": (w.RestartOnCrash, ()),
    "TokenLimit": (partial(w.TokenLimit, limit=60, count_tokens=count_words), ("the_oracle_solves",)),
    "TokenLimit, actions": (partial(w.TokenLimit, limit=200, observations=False), ()),
    "StartFromSnapshots": (partial(w.StartFromSnapshots, snapshots=(START,), share=0.5), ()),
    "whole stack": (whole_stack, ()),
}
"""The wrapper, and the sentences that it does not mean to keep."""

ARRAYS: dict[str, Wrap] = {
    "ActionMenu": partial(w.ActionMenu, size=4),
    "HashedNgrams": partial(w.TextToBox, encode=w.HashedNgrams(64)),
    "TextBytes": partial(w.TextToBox, encode=w.TextBytes(64)),
    "TokenIds": partial(w.TextToBox, encode=w.TokenIds(str.encode, 256, 64)),
    "menu and box": lambda env: w.TextToBox(w.ActionMenu(env, size=4)),
}
EVERY = {**{name: wrap for name, (wrap, _) in TEXT.items()}, **ARRAYS}
ACTIONS = ["right", "roll", "left", "right", "right", "roll"]
NAMES = ("left", "right", "roll")  # the toy's admissible actions


def made(name: str) -> gymnasium.Env[Any, Any]:
    return EVERY[name](line())  # type: ignore[no-any-return]


def actions_for(env: gymnasium.Env[Any, Any]) -> list[Any]:
    discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    return [NAMES.index(action) if discrete else action for action in ACTIONS]


@pytest.mark.parametrize("name", TEXT)
def test_the_contract_holds_through_the_wrapper(name: str) -> None:
    wrap, skip = TEXT[name]
    if name != "whole stack":  # the sentence about other processes is tried once, on all of them together
        skip = (*skip, "equal_in_every_process")
    check_text_env(wrap(line()), skip=skip)


def test_the_contract_holds_for_a_recorded_env(tmp_path: Path) -> None:
    check_text_env(w.TranscriptRecorder(line(), tmp_path), skip=["equal_in_every_process"])


@pytest.mark.parametrize("name", EVERY)
def test_a_pickled_spec_makes_the_same_env(name: str) -> None:
    env = made(name)
    assert env.spec is not None
    spec = env.spec
    other = (copy.deepcopy(spec) if "menu and" in name else pickle.loads(pickle.dumps(spec))).make()
    assert str(other) == str(env)
    assert other.unwrapped.spec is not None
    assert (other.observation_space, other.action_space) == (env.observation_space, env.action_space)
    assert data_equivalence(play(env, actions_for(env)), play(other, actions_for(env)))


@pytest.mark.parametrize("name", EVERY)
def test_envs_side_by_side_do_not_know_of_each_other(name: str) -> None:
    one, two = made(name), made(name)
    alone = play(one, actions_for(one), seed=3)
    one.reset(seed=3), two.reset(seed=9)
    for action, expected in zip(actions_for(one), alone[1:]):
        assert data_equivalence(one.step(action)[:4], expected[:4]) or "global" in name
        two.step(action)


@pytest.mark.parametrize("name", EVERY)
def test_vector_environments_play_what_single_ones_play(name: str) -> None:
    singles = [made(name) for _ in range(2)]
    expected = [play(env, actions_for(env)[:3], seed=7 + i) for i, env in enumerate(singles)]
    envs = SyncVectorEnv([partial(made, name)] * 2)
    observations, _ = envs.reset(seed=7)
    for turn, action in enumerate(actions_for(singles[0])[:3]):
        for i in range(2):
            assert data_equivalence(_plain(observations[i]), _plain(expected[i][turn][0]))
        observations, rewards, *_ = envs.step([action] * 2)
        assert rewards.tolist() == [expected[i][turn + 1][1] for i in range(2)]
    envs.close()


@pytest.mark.parametrize("name", EVERY)
def test_asynchronous_vector_environments_play_the_same(name: str) -> None:
    with_processes, without = AsyncVectorEnv([partial(made, name)] * 2), SyncVectorEnv([partial(made, name)] * 2)
    actions = actions_for(made(name))
    assert data_equivalence(with_processes.reset(seed=1), without.reset(seed=1))
    for action in actions[:4]:
        assert data_equivalence(with_processes.step([action] * 2), without.step([action] * 2))
    with_processes.close(), without.close()


@pytest.mark.parametrize("name", EVERY)
def test_an_episode_continues_from_a_snapshot_in_another_env(name: str) -> None:
    one, two = made(name), made(name)
    play(one, actions_for(one)[:3], seed=2)
    taken = one.get_wrapper_attr("snapshot")()
    observation, info = two.reset(options={"snapshot": taken})
    again, _ = one.reset(options={"snapshot": taken})
    assert data_equivalence(observation, again)
    assert "action_error" not in info
    if "global" not in name:  # counts over all episodes are no part of one
        for action in actions_for(one)[3:]:
            assert data_equivalence(one.step(action), two.step(action))


@pytest.mark.parametrize("name", EVERY)
def test_a_snapshot_of_the_bare_env_is_understood(name: str) -> None:
    env = made(name)
    _, info = env.reset(seed=1, options={"snapshot": START})
    assert info["state_key"] == "1"
    env.step(actions_for(env)[0])


def test_a_layers_snapshot_is_refused_where_there_is_no_such_layer() -> None:
    env = w.TokenLimit(line(), 50)
    env.reset(seed=0)
    taken = env.snapshot()
    with pytest.raises(SnapshotError, match="do not start with"):
        line().reset(options={"snapshot": taken})
    with pytest.raises(SnapshotError, match="do not start with"):
        w.ChatHistory(line()).reset(options={"snapshot": taken})
    flipped = taken[:60] + bytes([taken[60] ^ 1]) + taken[61:]
    with pytest.raises(SnapshotError, match="damaged"):
        env.reset(options={"snapshot": flipped})
    through = w.ChatHistory(w.TokenLimit(line(), 50))
    _, info = through.reset(options={"snapshot": taken})  # the chat begins anew, the count goes on
    assert info["tokens"] == through.env.reset(options={"snapshot": taken})[1]["tokens"]


def test_an_env_without_snapshots_says_so() -> None:
    env = w.ChatHistory(Echo())
    env.reset(seed=0)
    with pytest.raises(SnapshotError, match="has no snapshot"):
        env.snapshot()


@pytest.mark.parametrize("name", [name for name in TEXT if name != "ExtractAction"])
def test_text_wrappers_refuse_an_env_without_text(name: str) -> None:
    box = w.TextToBox(line())
    with pytest.raises(NotText, match="text in and out"):
        EVERY[name](box)


def test_a_foreign_env_is_not_answered_for_before_a_reset_or_after_its_end() -> None:
    for env in (w.FaultInjection(Echo(), errors=1.0), w.ExtractAction(Echo(), costs_turn=False, max_failures=9)):
        with pytest.raises(ResetNeeded, match="call reset"):
            env.step("hm")
    env.reset(seed=0)
    for _ in range(5):
        env.step("<action>a</action>")
    with pytest.raises(ResetNeeded, match="call reset"):
        env.step("hm")


def test_after_an_end_that_a_wrapper_decides_a_step_raises() -> None:
    for env in (
        w.TokenLimit(Echo(), 1),
        w.StrictActions(Echo(listed=("yes",))),
        w.ExtractAction(Echo(), costs_turn=False, max_failures=1),
    ):
        env.reset(seed=0)
        _, _, terminated, truncated, _ = env.step("no")
        assert terminated or truncated
        with pytest.raises(ResetNeeded, match="call reset"):
            env.step("yes")
        env.reset()
        env.step("yes")


def _plain(observation: Any) -> Any:
    return observation.tolist() if isinstance(observation, np.ndarray) else observation
