from dataclasses import replace

import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain
from sge_agent.exploration.prompt_order import PromptOrder
from sge_agent.exploration.refill import Refill
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.fakes import Shelves, always, specs, task

TASKS = tuple(task(seed) for seed in range(1, 4))


def test_only_a_group_of_equal_returns_is_given_company() -> None:
    method, ctx = Refill(), context(tasks=TASKS)
    wanted, drops = method.more(group(episode([0]), episode([0]), episode([0], error="died")), ctx)
    assert drops == ()
    assert len(wanted) == 2
    assert len({spec.task.key for spec in wanted}) == 1
    assert len({spec.seed for spec in wanted}) == 2
    assert method.more(group(episode([0]), episode([1])), ctx) == ((), ())
    assert method.more(group(episode([0])), context()) == ((), ())
    assert method.more(group(episode([0])), replace(ctx, evaluation=True)) == ((), ())


def test_never_the_same_task_and_any_other() -> None:
    method = Refill()
    lost = group(replace(episode([0]), spec=specs(1)[0]))
    found = {method.more(lost, context(seed, tasks=TASKS))[0][0].task.key for seed in range(30)}
    assert found == {task(2).key, task(3).key}


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_an_update_is_filled_up_in_so_many_rounds_and_planned_as_it_began(rounds: int) -> None:
    method = Chain(Refill(rounds), PromptOrder(1.0))
    policy = ScriptedPolicy(always(" x\n", " y\n"))
    groups = play_groups(
        specs(2),
        StrategyAgent(prompts=COMPACT),
        policy,
        LocalPool({"shelves": Shelves}),
        method,
        context(tasks=TASKS),
    )
    assert sum(len(g.trajectories) for g in groups) == 2 * (1 + rounds)
    assert all(t.spec.order == "action_first" for g in groups for t in g.trajectories)


def test_a_negative_number_of_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="rounds must be 0 or more"):
        Refill(-1)
