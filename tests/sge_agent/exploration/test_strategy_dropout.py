from dataclasses import replace

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain, ExplorationContext
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.exploration.strategy_dropout import StrategyDropout
from sge_agent.heads import household
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from tests.sge_agent.fakes import Shelves, always, specs, task


def context(seed: int = 0, *, evaluation: bool = False) -> ExplorationContext:
    return ExplorationContext(0, 1, np.random.default_rng(seed), evaluation=evaluation)


def test_about_a_quarter_of_the_episodes_act_without_a_strategy() -> None:
    plan = StrategyDropout().plan(specs(1000), context())
    assert sum(not spec.strategy for spec in plan) == pytest.approx(250, abs=55)
    assert [replace(spec, strategy=True) for spec in plan] == specs(1000)


def test_the_same_random_stream_drops_the_same_episodes() -> None:
    once, again, other = (StrategyDropout(0.5).plan(specs(50), context(seed)) for seed in (0, 0, 1))
    assert once == again
    assert once != other


def test_an_episode_with_a_hint_keeps_its_strategy() -> None:
    hinted = [replace(spec, hint="You failed with: ...") for spec in specs(20)]
    assert list(StrategyDropout(1.0).plan(hinted, context())) == hinted


def test_the_bounds_of_the_probability_are_never_and_always() -> None:
    assert all(spec.strategy for spec in StrategyDropout(0.0).plan(specs(50), context()))
    assert not any(spec.strategy for spec in StrategyDropout(1.0).plan(specs(50), context()))
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="p must be a probability between 0 and 1"):
            StrategyDropout(wrong)


def test_in_evaluation_nothing_is_dropped() -> None:
    assert all(spec.strategy for spec in StrategyDropout(1.0).plan(specs(9), context(evaluation=True)))


def test_before_reflection_the_share_is_exact_and_no_hint_is_wasted() -> None:
    memory = ReflectionMemory()
    memory.add(task().key, Entry(("look up",), success=False))
    method = Chain(StrategyDropout(0.5), StrategyReflection(memory, p_failure=1.0, p_success=0.0))
    plan = method.plan(specs(200), context())
    assert all(bool(spec.hint) == spec.strategy for spec in plan)
    assert 60 < sum(not spec.strategy for spec in plan) < 140


def test_a_dropped_episode_is_asked_for_actions_alone_and_counted_apart() -> None:
    heads = household(COMPACT)
    agent = StrategyAgent(prompts=COMPACT, strategy=heads.strategy, action=heads.action)
    policy = ScriptedPolicy(always(" look in the shelf 1\n", " go to shelf 1\n"))
    method = StrategyDropout(0.5)
    groups = play_groups(specs(12), agent, policy, LocalPool({"shelves": Shelves}), method, context())
    episodes = groups[0].trajectories
    without = [t for t in episodes if not t.spec.strategy]
    assert 0 < len(without) < 12
    assert all({s.role for s in t.segments} == {"action"} and t.strategies == () for t in without)
    assert all({s.role for s in t.segments} == {"strategy", "action"} for t in episodes if t.spec.strategy)
    metrics: dict[str, float] = {}
    method.observe(groups, metrics, context())
    assert metrics == {"strategy_dropout/share": len(without) / 12, "strategy_dropout/success": 1.0}


def test_without_dropped_episodes_their_success_is_unknown_rather_than_zero() -> None:
    metrics: dict[str, float] = {}
    StrategyDropout().observe([], metrics, context())
    assert metrics == {"strategy_dropout/share": 0.0}
