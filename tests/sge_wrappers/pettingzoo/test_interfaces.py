"""PettingZoo's own tests pass: with texts where they can, with arrays where they look at dtypes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sge_wrappers import TextBytes
from tests.sge_wrappers.envs import line

pytest.importorskip("pettingzoo", reason="needs the extra pettingzoo")

from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from sge_envs import NotText, ResetNeeded, UnknownOption
from sge_wrappers.pettingzoo import (
    TaskGroup,
    TurnAEC,
    TurnParallel,
    dialogue,
    parallel_dialogue,
    parallel_strategist_actor,
    strategist_actor,
)

AEC: dict[str, Callable[..., TurnAEC]] = {
    "once": strategist_actor,
    "every turn": partial(strategist_actor, every=1, rewards="separate"),
    "dialogue": partial(dialogue, user=lambda goal, conversation: goal, addressed=lambda text: text[:1] or None),
}
PARALLEL: dict[str, Callable[..., TurnParallel]] = {
    "once": parallel_strategist_actor,
    "every second turn": partial(parallel_strategist_actor, every=2),
    "dialogue": partial(parallel_dialogue, addressed=lambda text: text[:1] or None, max_messages=5),
}
CODEC = TextBytes(256)


def group(**kwargs: Any) -> TaskGroup:
    return TaskGroup([line, partial(line, max_turns=3), line], **kwargs)


@pytest.mark.parametrize("name", AEC)
def test_aec_environments_with_arrays_pass_the_api_test(name: str) -> None:
    api_test(AEC[name](line(render_mode="ansi"), codec=CODEC), num_cycles=60)


@pytest.mark.parametrize("name", AEC)
def test_aec_environments_with_texts_are_repeatable(name: str) -> None:
    seed_test(lambda: AEC[name](line()), num_cycles=30)


@pytest.mark.parametrize("codec", [None, CODEC], ids=["texts", "arrays"])
@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_environments_pass_the_api_test(name: str, codec: TextBytes | None) -> None:
    parallel_api_test(PARALLEL[name](line(), codec=codec), num_cycles=60)


@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_environments_are_repeatable(name: str) -> None:
    parallel_seed_test(lambda: PARALLEL[name](line()), num_cycles=30)


@pytest.mark.parametrize("codec", [None, CODEC], ids=["texts", "arrays"])
def test_groups_pass_the_parallel_tests(codec: TextBytes | None) -> None:
    parallel_api_test(group(codec=codec), num_cycles=60)
    parallel_api_test(group(board=True, codec=codec), num_cycles=60)
    parallel_seed_test(lambda: group(board=True, codec=codec), num_cycles=30)


def finish(env: TurnAEC, says: dict[str, str]) -> dict[str, list[Any]]:
    """Play an AEC episode in which everybody says one thing; what each saw on its turns."""
    seen: dict[str, list[Any]] = {agent: [] for agent in env.possible_agents}
    env.reset(seed=1)
    for agent in env.agent_iter(200):
        observation, reward, terminated, truncated, _ = env.last()
        seen[agent].append((observation, reward))
        env.step(None if terminated or truncated else says[agent])
    assert env.agents == []
    return seen


def test_both_forms_play_the_same_episode() -> None:
    says = {"strategist_0": "left, always left", "actor_0": "left"}
    aec = strategist_actor(line(max_turns=4), every=2)
    turns = finish(aec, says)
    parallel = parallel_strategist_actor(line(max_turns=4), every=2)
    observations, infos = parallel.reset(seed=1)
    told: dict[str, list[str]] = {agent: [] for agent in says}
    while parallel.agents:
        (active,) = (agent for agent in says if infos[agent]["to_move"])
        told[active].append(observations[active])
        observations, _, _, truncated, infos = parallel.step({active: says[active]})
    assert all(truncated.values())
    for agent in says:
        assert told[agent] == [observation for observation, _ in turns[agent]][: len(told[agent])]


def test_render_and_close_are_the_environments() -> None:
    env = strategist_actor(line(render_mode="ansi"))
    env.reset(seed=0)
    env.step("go right")
    env.step("right")
    assert env.render() == "> right\nYou are at 1."
    env.close()
    parallel = parallel_strategist_actor(line(render_mode="ansi"))
    parallel.reset(seed=0)
    assert "Reach the flag" in parallel.render()
    parallel.close()


def test_misuse_says_what_was_expected() -> None:
    env = parallel_strategist_actor(line())
    with pytest.raises(ResetNeeded, match="call reset"):
        env.step({"strategist_0": "a"})
    env.reset(seed=0)
    with pytest.raises(UnknownOption, match="turn of 'strategist_0'"):
        env.step({"actor_0": "a"})
    with pytest.raises(NotText, match="got int"):
        env.step({"strategist_0": 3})
    with pytest.raises(UnknownOption, match="no option 'nonsense'"):
        env.reset(options={"nonsense": 1})
