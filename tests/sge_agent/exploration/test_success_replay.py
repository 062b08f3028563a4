from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.exploration.base import Exploration
from sge_agent.exploration.success_replay import SuccessReplay
from sge_agent.types import Group, Trajectory
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.gradients import distance, gradient_of, shift, with_rewards


def filled(*groups: Group, **settings: object) -> SuccessReplay:
    method = SuccessReplay(**settings)  # type: ignore[arg-type]
    method.observe(groups, {}, context())
    return method


def test_a_success_is_replayed_with_what_it_is_above_the_mean_of_its_tasks_last_group() -> None:
    method = filled(group(episode([0, 1]), episode([0, 0]), episode([0, 0]), episode([0, 0])), weight=2.0)
    [scored] = method.replay(context(1))
    assert scored.advantages.tolist() == [2.0 * 0.75] * 4
    assert scored.trajectory.contexts == episode([0, 1]).contexts
    method.observe([group(episode([0, 0]), episode([0, 0]))], {}, context())
    assert method.replay(context(1))[0].advantages.tolist() == [2.0] * 4
    method.observe([group(episode([0, 1]), episode([1, 0], start=5))], {}, context())
    assert method.replay(context(1)) == []


def test_the_last_different_successes_of_each_task_are_kept() -> None:
    wins = [episode([0, 1], start=n) for n in (0, 0, 1, 2, 3)]
    metrics: dict[str, float] = {}
    method = SuccessReplay(size=3, per_update=9)
    method.observe([group(*wins, episode([0, 0]))], metrics, context())
    assert metrics == {"success_replay/kept": 3.0, "success_replay/tasks": 1.0}
    assert sorted(s.trajectory.contexts[0].tokens[0] for s in method.replay(context())) == [1, 2, 3]


def test_tasks_are_drawn_evenly_and_each_once_before_any_comes_again() -> None:
    groups = [
        group(*[episode([0, 1], task=name, start=n) for n in range(count)], episode([0, 0], task=name))
        for name, count in (("a", 5), ("b", 1), ("c", 2))
    ]
    method = filled(*groups, per_update=4)
    drawn: Counter[str] = Counter()
    for seed in range(200):
        replayed = [s.trajectory for s in method.replay(context(seed))]
        assert len({(t.task.env, t.contexts) for t in replayed}) == 4
        assert {t.task.env for t in replayed} == {"a", "b", "c"}
        drawn.update(t.task.env for t in replayed)
    assert drawn["b"] == 200
    assert drawn["c"] == pytest.approx(300, abs=40)
    first = [s.trajectory.contexts for s in method.replay(context(3))]
    assert first == [s.trajectory.contexts for s in method.replay(context(3))]


def test_what_was_shown_a_hint_is_kept_as_if_it_had_not_been() -> None:
    def plain(trajectory: Trajectory, hint: str) -> Trajectory:
        assert hint == ""
        return replace(trajectory, contexts=episode([0, 1], start=9).contexts, recompute=True)

    method = SuccessReplay(importance="sampled")
    groups = [group(episode([0, 1], hint="Failed: x;"), episode([0, 0]))]
    method.observe(groups, {}, context(rewrite=plain))
    [scored] = method.replay(context())
    assert scored.trajectory.contexts[0].tokens[0] == 9
    assert scored.trajectory.recompute
    assert scored.trajectory.spec.hint == ""
    with pytest.raises(ValueError, match="rewrite"):
        SuccessReplay().observe(groups, {}, context())


@pytest.mark.parametrize("importance", ["none", "sampled"])
def test_the_gradient_is_that_of_grpo_with_the_success_beside_it(importance: str) -> None:
    policy = tiny.policy()
    past, now = (
        g.with_trajectories([with_rewards(t, float(i == 0)) for i, t in enumerate(g.trajectories)])
        for g in tiny.groups(policy, tasks=2)
    )
    method = SuccessReplay(importance=importance)  # type: ignore[arg-type]
    method.observe([past], {}, context())
    shift(policy)

    class ByHand(Exploration):
        """The success, all of its tokens with the advantage 1 - 1/4."""

        def replay(self, ctx):  # type: ignore[no-untyped-def]
            from sge_agent.exploration.base import Scored

            won = replace(past.trajectories[0], recompute=importance == "none")
            return [Scored(won, np.full(won.sampled_tokens, 0.75))]

    found, metrics = gradient_of(policy, [now], method)
    expected, _ = gradient_of(policy, [now], ByHand())
    assert metrics["rows"] == 5
    assert all(torch.equal(found[n], expected[n]) for n in expected)
    assert distance(found, gradient_of(policy, [now])[0]) > 0.1


def test_the_state_goes_through_json_and_on() -> None:
    method = filled(
        group(episode([0, 1]), episode([0, 0])), group(episode([1, 0], task="b"), episode([0, 0], task="b"))
    )
    copy = SuccessReplay()
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    assert copy.state_dict() == method.state_dict()
    for seed in range(5):
        a, b = method.replay(context(seed)), copy.replay(context(seed))
        assert [s.trajectory for s in a] == [s.trajectory for s in b]
        assert [s.advantages.tolist() for s in a] == [s.advantages.tolist() for s in b]


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="size must be 1 or more"):
        SuccessReplay(size=0)
