"""Every scenario: its solution solves it, nothing cheap does, and it reads like something that a person would ask."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.tools.cheats import CHEATS, Cheat
from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.scenario import Scenario, prepare
from sge_envs.tools.tasks import SPLITS, all_scenarios

SCENARIOS = all_scenarios()
NAMES = [one.name for one in SCENARIOS]


def solved(task_id: str) -> bool:
    env = ToolAPIEnv(max_turns=100)
    env.reset(options={"task_id": task_id})
    while True:
        _, reward, terminated, truncated, info = env.step(env.oracle())
        if terminated or truncated:
            env.close()
            return bool(reward == 1.0 and info["success"] and info["progress"] == 1.0 and info["outcome"] == "solved")


def cheated(task_id: str, cheat: Cheat) -> bool:
    env = ToolAPIEnv(max_turns=100)
    _, info = env.reset(options={"task_id": task_id})
    for action in cheat(env, info["goal"]):
        _, reward, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            env.close()
            return bool(reward > 0 or info["success"])
    raise AssertionError("a cheat ends the episode")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_the_solution_solves_it_and_no_cheat_does(scenario: Scenario) -> None:
    task_id = f"{scenario.split}/{scenario.name}/0"
    assert solved(task_id)
    assert [name for name, cheat in CHEATS.items() if cheated(task_id, cheat)] == []
    goal = prepare(scenario, 0).goal
    assert goal[0].isupper() or goal[0] in "'\""
    assert goal[-1] in ".?!"
    assert "None" not in goal
    assert "{" not in goal


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SCENARIOS), st.integers(0, 10**8), st.sampled_from(sorted(CHEATS)))
def test_any_instance_is_solved_by_its_solution_and_by_no_cheat(scenario: Scenario, number: int, cheat: str) -> None:
    task_id = f"{scenario.split}/{scenario.name}/{number}"
    assert solved(task_id)
    assert not cheated(task_id, CHEATS[cheat])


def test_there_are_scenarios_of_every_kind_in_every_split() -> None:
    assert len(SCENARIOS) >= 60
    assert len(set(NAMES)) == len(NAMES)
    for split in SPLITS:
        assert len([one for one in SCENARIOS if one.split == split]) >= 8
    for difficulty in ("easy", "medium", "hard"):
        assert len([one for one in SCENARIOS if one.difficulty == difficulty]) >= 10
    apps = [{call.name.partition(".")[0] for call in prepare(one, 0).calls} for one in SCENARIOS]
    assert max(map(len, apps)) >= 4
    assert max(len(prepare(one, 0).calls) for one in SCENARIOS) >= 10
    assert min(len(prepare(one, 0).calls) for one in SCENARIOS) == 1


def test_instances_of_one_scenario_differ() -> None:
    for scenario in SCENARIOS:
        made = [prepare(scenario, number) for number in range(3)]
        assert len({one.image.digest for one in made}) == 3
