from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored
from sge_agent.exploration.rehearse import Rehearsal
from sge_agent.types import Group, Trajectory
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.gradients import distance, gradient_of, shift, with_rewards


def as_it_was(trajectory: Trajectory, hint: str) -> Trajectory:
    assert hint == ""
    return replace(trajectory, recompute=True, spec=replace(trajectory.spec, hint=""))


def filled(*groups: Group, **settings: object) -> Rehearsal:
    method = Rehearsal(**settings)  # type: ignore[arg-type]
    method.observe(groups, {}, context(rewrite=as_it_was))
    return method


def advantages(method: Rehearsal) -> list[float]:
    return [scored.advantages[0] for scored in method.replay(context())]


def test_the_baseline_is_what_members_without_a_hint_reached_in_the_last_group_that_had_any() -> None:
    hinted, plain = episode([0, 1], hint="Failed: x;"), episode([0, 0])
    method = filled(group(hinted, hinted, hinted, plain), weight=2.0)
    assert advantages(method) == [2.0]
    method.observe([group(episode([0, 1], start=1), plain)], {}, context())
    assert advantages(method) == [1.0, 1.0]
    method.observe([group(hinted, hinted)], {}, context(rewrite=as_it_was))
    assert advantages(method) == [1.0, 1.0]
    method.observe([group(episode([0, 1], start=1), episode([1, 0], start=2))], {}, context())
    assert advantages(method) == []
    assert advantages(filled(group(hinted, hinted))) == [1.0]
    broken = replace(plain, error="lost")
    assert advantages(filled(group(episode([0, 1]), plain, broken))) == [0.5]


def test_all_tokens_are_replayed_without_a_hint_and_without_the_upper_clip() -> None:
    [scored] = filled(group(episode([0, 1], hint="Worked: y;"), episode([0, 0]))).replay(context())
    assert scored.trajectory.spec.hint == ""
    assert scored.trajectory.recompute
    assert scored.advantages.tolist() == [1.0] * 4
    assert scored.extras["clip_high"].tolist() == [np.inf] * 4


def test_the_gradient_is_that_of_grpo_with_an_unclipped_success_beside_it() -> None:
    policy = tiny.policy()
    past, now = (
        g.with_trajectories([with_rewards(t, float(i == 0)) for i, t in enumerate(g.trajectories)])
        for g in tiny.groups(policy, tasks=2)
    )
    method = filled(past)
    shift(policy)

    class ByHand(Exploration):
        """The success, all of its tokens with the advantage 1 - 1/4."""

        def replay(self, ctx: ExplorationContext) -> list[Scored]:
            won = replace(past.trajectories[0], recompute=True)
            size = won.sampled_tokens
            return [Scored(won, np.full(size, 0.75), {"clip_high": np.full(size, np.inf)})]

    found, metrics = gradient_of(policy, [now], method)
    expected, _ = gradient_of(policy, [now], ByHand())
    assert metrics["rows"] == 5
    assert all(torch.equal(found[n], expected[n]) for n in expected)
    assert distance(found, gradient_of(policy, [now])[0]) > 0.1


def test_the_state_goes_through_json_and_on_and_impossible_settings_are_refused() -> None:
    method = filled(group(episode([0, 1]), episode([0, 0])), group(episode([1], task="b"), episode([0], task="b")))
    copy = Rehearsal()
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    assert copy.state_dict() == method.state_dict()
    for seed in range(5):
        a, b = method.replay(context(seed)), copy.replay(context(seed))
        assert [s.trajectory for s in a] == [s.trajectory for s in b]
        assert [s.advantages.tolist() for s in a] == [s.advantages.tolist() for s in b]
    for wrong in ({"size": 0}, {"weight": float("nan")}):
        with pytest.raises(ValueError, match="size must be 1 or more"):
            Rehearsal(**wrong)  # type: ignore[arg-type]
