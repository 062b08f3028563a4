from typing import Any

import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.errors import RunError
from sge_agent.evaluate import evaluate, summarise
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.types import EpisodeSpec, Group, SamplingParams, TaskRef, Trajectory, Turn
from tests.sge_agent import tiny


class Door:
    """One turn: the door of task n opens to the word of its seed's parity. Seed 13 breaks."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        assert seed is not None
        if seed == 13:
            raise RuntimeError("the hinge is off")
        self.word = ("even", "odd")[seed % 2]
        return f"door {seed}\n", {}

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        won = action == self.word
        return "", float(won), True, False, {"success": won, "outcome": action}

    def close(self) -> None: ...


def run(
    policy: ScriptedPolicy, seeds: list[int], *, episodes: int = 4, ks: tuple[int, ...] = (1, 4), **more: Any
) -> Any:
    return evaluate(
        policy,
        StrategyAgent(prompts=COMPACT),
        LocalPool({"door": Door}),
        [TaskRef("door", seed) for seed in seeds],
        episodes_per_task=episodes,
        temperature=0.3,
        seed=0,
        ks=ks,
        **more,
    )


def test_success_is_counted_per_task_and_averaged_over_tasks() -> None:
    result = run(ScriptedPolicy(lambda context, sampling: "odd\n"), [0, 1, 3])
    assert [(task.episodes, task.successes) for task in result.tasks] == [(4, 0), (4, 4), (4, 4)]
    assert result.pass_at[1].mean == pytest.approx(2 / 3)
    assert result.tasks[0].outcomes == {"odd": 4}
    assert (result.episodes, result.successes, result.turns) == (12, 8, 1.0)


def test_every_token_of_every_span_is_sampled_at_the_one_temperature() -> None:
    seen: list[SamplingParams] = []

    def script(context: str, sampling: SamplingParams) -> str:
        seen.append(sampling)
        return "even\n"

    assert run(ScriptedPolicy(script), [0]).temperature == 0.3
    assert {sampling.temperature for sampling in seen} == {0.3}
    assert {sampling.stop for sampling in seen} == {("\n",)}  # what ends a span stays the head's affair


def test_no_episode_is_shown_a_hint_and_none_is_meant_for_training() -> None:
    groups: list[Group] = []
    run(ScriptedPolicy(lambda context, sampling: "even\n"), [0, 1], on_episodes=groups.extend)
    specs = [trajectory.spec for group in groups for trajectory in group.trajectories]
    assert {(spec.hint, spec.train) for spec in specs} == {("", "no")}
    assert len({spec.seed for spec in specs}) == len(specs) == 8


def test_k_beyond_the_episodes_played_is_left_out() -> None:
    assert set(run(ScriptedPolicy(lambda context, sampling: "even\n"), [0], ks=(1, 4, 8)).pass_at) == {1, 4}


def test_a_task_that_never_runs_to_its_end_is_an_error_with_its_cause() -> None:
    with pytest.raises(RunError, match="the hinge is off"):
        run(ScriptedPolicy(lambda context, sampling: "even\n"), [0, 13])


def test_the_result_as_json_has_everything_that_a_report_shows() -> None:
    value = run(ScriptedPolicy(lambda context, sampling: "even\n"), [0, 1]).to_json()
    assert value["temperature"] == 0.3
    assert value["pass_at"]["1"]["mean"] == 0.5
    assert [task["successes"] for task in value["tasks"]] == [4, 0]
    assert value["tasks"][0]["pass_at"] == {"1": 1.0, "4": 1.0}
    assert value["tasks"][0]["strategies"] == [{"strategy": "even", "outcomes": {"even": 4}}]
    assert (value["distinct_strategies"], value["outcomes_per_strategy"]) == (1.0, 1.0)


def by_hand(*episodes: tuple[str, bool, str], task: int = 0) -> Group:
    """Episodes of one task: strategy, success, outcome."""
    ref = TaskRef("toy", task)
    turns = [
        (Turn("", (), strategy, "", float(won), True, False, {"success": won, "outcome": outcome}),)
        for strategy, won, outcome in episodes
    ]
    return Group(ref, tuple(Trajectory(EpisodeSpec(ref), own, ()) for own in turns))


def test_variety_is_counted_per_task_and_averaged_over_tasks() -> None:
    first = by_hand(("near", True, "a"), ("near", False, "b"), ("far  off", False, "c"), ("", False, "c"))
    second = by_hand(*[("near", False, "c")] * 4, task=1)
    result = summarise([first, second], temperature=1.0, ks=(1, 2))
    assert result.tasks[0].strategies == {"near": {"a": 1, "b": 1}, "far off": {"c": 1}}
    assert (result.distinct_strategies, result.distinct_outcomes) == (1.5, 2.0)
    assert result.outcomes_per_strategy == (1.5 + 1.0) / 2
    assert result.tasks[0].pass_at(2) == 0.5
    assert result.pass_at[2].mean == 0.25
    assert result.tasks[0].interval.low == 0.0
    assert 0.5 <= result.tasks[0].interval.high <= 1.0


def test_entropies_are_those_of_the_tokens_by_role() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    found = summarise(groups, temperature=1.0).entropies
    for role in ("strategy", "action"):
        told = [e for g in groups for t in g.trajectories for s in t.segments if s.role == role for e in s.entropies]
        assert found[role] == pytest.approx(sum(told) / len(told))
