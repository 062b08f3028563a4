from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain, ExplorationContext
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.prompt_order import PromptOrder
from sge_agent.heads import household
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from sge_agent.types import Group, Trajectory
from tests.sge_agent.fakes import Shelves, always, specs


def context(update: int, *, total: int = 10, evaluation: bool = False) -> ExplorationContext:
    return ExplorationContext(update, total, np.random.default_rng(0), evaluation=evaluation)


def orders(method: PromptOrder, *, total: int = 10) -> list[str]:
    return [method.plan(specs(1), context(update, total=total))[0].order for update in range(total)]


@pytest.mark.parametrize(
    ("switch", "total", "early"),
    [(0.5, 10, 5), (0.25, 10, 3), (1.0, 4, 4), (0.0, 4, 0), (1, 4, 1), (0, 4, 0), (99, 4, 4)],
)
def test_a_float_is_a_share_of_all_updates_and_an_int_the_number_of_one(switch: Any, total: int, early: int) -> None:
    assert orders(PromptOrder(switch), total=total) == ["action_first"] * early + ["strategy_first"] * (total - early)


def test_evaluation_always_has_the_usual_order() -> None:
    assert PromptOrder(1.0).plan(specs(1), context(0, evaluation=True))[0].order == "strategy_first"


def test_nothing_but_the_order_of_a_spec_changes() -> None:
    before = [replace(spec, hint="look up", tag="mine", strategy=False) for spec in specs(3)]
    assert list(PromptOrder().plan(before, context(0))) == [replace(spec, order="action_first") for spec in before]
    assert list(PromptOrder().plan(before, context(9))) == before


@pytest.mark.parametrize(("switch", "complaint"), [(1.5, "a share of all updates"), (-0.1, "share"), (-1, "from 0")])
def test_an_impossible_switch_is_refused(switch: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        PromptOrder(switch)


def played(method: PromptOrder, ctx: ExplorationContext) -> list[Group]:
    heads = household(COMPACT)
    agent = StrategyAgent(prompts=COMPACT, strategy=heads.strategy, action=heads.action)
    policy = ScriptedPolicy(always(" look in the shelf 1\n", " go to shelf 1\n"))
    method_and_heat = Chain(method, MixedTemperature())
    return play_groups(specs(2), agent, policy, LocalPool({"shelves": Shelves}), method_and_heat, ctx)


def roles(trajectory: Trajectory) -> list[str]:
    return [segment.role for segment in trajectory.turns[0].segments]


def test_before_the_switch_the_model_acts_and_then_says_why() -> None:
    (early,), (late,) = (played(PromptOrder(0.5), context(update)) for update in (4, 5))
    assert [roles(t) for t in early.trajectories] == [["action", "strategy"]] * 2
    assert [roles(t) for t in late.trajectories] == [["strategy", "action"]] * 2
    assert early.trajectories[0].strategies == late.trajectories[0].strategies == ("look in the shelf 1",)
    heat = {segment.role: segment.temperatures[0] for segment in early.trajectories[0].segments}
    assert heat == {"action": 0.7, "strategy": 1.2}


def test_the_share_of_episodes_played_action_first_is_in_the_metrics() -> None:
    for update, share in ((0, 1.0), (9, 0.0)):
        metrics: dict[str, float] = {}
        method = PromptOrder()
        method.observe(played(method, context(update)), metrics, context(update))
        assert metrics == {"prompt_order/action_first_share": share}
