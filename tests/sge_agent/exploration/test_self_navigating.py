from dataclasses import replace

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Shaped
from sge_agent.exploration.self_navigating import SelfNavigating
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups, rewrite
from sge_agent.scoring import Scoring
from sge_agent.types import Trajectory
from tests.sge_agent.exploration.made import context, episode, group, shaped
from tests.sge_agent.fakes import Shelves, always, specs, task

AGENT = StrategyAgent(prompts=COMPACT)


def said(strategy: str, *, won: bool = False, feedback: str = "") -> Trajectory:
    made = episode([float(won)])
    turn = replace(made.turns[0], strategy=strategy, info={"success": won, "feedback": feedback})
    return replace(made, turns=(turn,), spec=replace(made.spec, task=task()))


def filled(*episodes: Trajectory, **settings: object) -> SelfNavigating:
    method = SelfNavigating(**settings)  # type: ignore[arg-type]
    method.observe([group(*episodes)], {}, context())
    return method


def test_half_of_a_group_is_shown_the_latest_different_episodes_successes_first() -> None:
    method = filled(said("a"), said("b"), said("b"), said("w", won=True), said("c", feedback="Too far."))
    ctx = context(prompts=COMPACT)
    planned = method.plan([*specs(5), *specs(2, of=task(2))], ctx)
    assert [bool(spec.hint) for spec in planned] == [True, True, False, False, False, False, False]
    assert planned[0].hint == "Failed: b; c;\nWorked: w;\n"
    assert planned[0].train == "plain_prompt"
    words = method.plan(specs(2), context())[0].hint
    assert "Feedback: Too far." in words
    assert list(method.plan(specs(4), replace(ctx, evaluation=True))) == specs(4)


def test_hinted_members_are_left_alone() -> None:
    hinted = [replace(spec, hint="Failed: x;\n") for spec in specs(4)]
    assert list(filled(said("a")).plan(hinted, context())) == hinted


def test_only_the_members_with_experience_have_the_wider_clip() -> None:
    g = group(said("a"), said("b"))
    seen = replace(g.trajectories[1], spec=replace(g.trajectories[1].spec, tag="experience"))
    before = shaped([g], [[1.0, -1.0]])
    after = SelfNavigating().shape([group(g.trajectories[0], seen)], before, context())
    assert np.isnan(after.extras["clip_high"][0][0]).all()
    assert after.extras["clip_high"][0][1].tolist() == [0.6, 0.6]
    other = Shaped(before.advantages, {"clip_high": [[np.full(2, 0.3), np.full(2, 0.3)]]})
    joined = SelfNavigating().shape([group(g.trajectories[0], seen)], other, context()).extras["clip_high"][0]
    assert [own.tolist() for own in joined] == [[0.3, 0.3], [0.6, 0.6]]
    assert SelfNavigating().shape([g], before, context()) is before


def test_no_token_of_the_experience_is_in_what_is_trained() -> None:
    method = filled(said("look in the safe 9", won=True))
    policy = ScriptedPolicy(always(" look up\n", " go up\n"))
    ctx = context(prompts=COMPACT, rewrite=lambda trajectory, hint: rewrite(AGENT, policy, trajectory, hint))
    groups = play_groups(specs(4), AGENT, policy, LocalPool({"shelves": Shelves}), method, ctx)
    assert sum("safe 9" in policy.decode(t.contexts[0].tokens) for t in groups[0].trajectories) == 2
    won = [
        replace(t, turns=(*t.turns[:-1], replace(t.turns[-1], reward=float(i % 2))))
        for i, t in enumerate(groups[0].trajectories)
    ]
    rows, _ = Scoring().rows([groups[0].with_trajectories(won)], method, ctx)
    assert len(rows) == 4
    assert not any("safe" in policy.decode(row.tokens) for row in rows)
    assert sorted({float(np.nan_to_num(row.extras["clip_high"][0])) for row in rows}) == [0.0, 0.6]


def test_the_memory_goes_on_and_impossible_settings_are_refused() -> None:
    method, copy = filled(said("a"), said("w", won=True)), SelfNavigating()
    copy.load_state_dict(method.state_dict())
    assert copy.plan(specs(4), context()) == method.plan(specs(4), context())
    metrics: dict[str, float] = {}
    copy.observe([group(said("a"))], metrics, context())
    assert metrics == {"self_navigating/share": 0.0}
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        SelfNavigating(share=2)
