from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.agent import StrategyAgent
from sge_agent.batch import Batch
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain, Exploration
from sge_agent.exploration.critique import CritiqueRefinement
from sge_agent.exploration.refill import Refill
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import MARKDOWN
from sge_agent.rollout import play_groups
from sge_agent.types import Group, SamplingParams
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.fakes import Shelves, specs, task
from tests.sge_agent.gradients import distance, gradient_of, with_rewards


def script(text: str, sampling: SamplingParams) -> str:
    """Finds the mug on shelf 1 only after a critique."""
    if text.endswith("### Strategy\n"):
        return "look further\n\n###" if "You have tried" in text else "look near\n\n###"
    return "go to shelf 1\n\n###" if "You have tried" in text else "go to shelf 2\n\n###"


def play(method: Exploration, policy: ScriptedPolicy, count: int = 3) -> list[Group]:
    agent = StrategyAgent(prompts=MARKDOWN)
    pool = LocalPool({"shelves": Shelves})
    return play_groups(specs(count), agent, policy, pool, method, context(tasks=(task(1), task(3))))


def test_failures_are_shown_what_they_tried_and_the_feedback_and_one_refinement_joins_the_group() -> None:
    policy = ScriptedPolicy(script)
    [g] = play(CritiqueRefinement(), policy)
    assert [t.spec.tag for t in g.trajectories] == ["", "", "", "critique"]
    assert [t.success for t in g.trajectories] == [False, False, False, True]
    refinement = g.trajectories[-1].spec
    assert refinement.train == "plain_prompt"
    assert "- look near\n  Feedback: No mug there.\n" in refinement.hint
    assert sum("You have tried" in text and text.endswith("### Strategy\n") for text in policy.requests) == 3


def test_the_first_success_is_kept_else_the_best_and_broken_ones_never() -> None:
    def tried(reward: float, **more: str) -> object:
        made = episode([reward], **more)
        info = {**made.turns[-1].info, "success": reward == 1}
        turns = (replace(made.turns[-1], info=info),)
        return replace(made, turns=turns, spec=replace(made.spec, tag="critique"))

    method, plain = CritiqueRefinement(), episode([0])
    for members, kept in (
        ([plain, tried(0.5), tried(1), tried(1)], 2),
        ([plain, tried(0.2), tried(0.5), tried(0)], 2),
        ([plain, tried(1, error="died"), tried(0)], 2),
    ):
        wanted, drops = method.more(group(*members), context())  # type: ignore[arg-type]
        assert wanted == ()
        assert set(drops) == set(range(1, len(members))) - {kept}


def test_successes_broken_episodes_and_evaluations_ask_for_nothing_and_refined_bounds_the_rest() -> None:
    g = group(episode([1]), episode([0], error="died"), episode([0]), episode([0]))
    assert len(CritiqueRefinement().more(g, context())[0]) == 2
    assert len(CritiqueRefinement(refined=1).more(g, context())[0]) == 1
    assert CritiqueRefinement().more(g, replace(context(), evaluation=True)) == ((), ())
    with pytest.raises(ValueError, match="gamma more than 0"):
        CritiqueRefinement(gamma=0)


def test_groups_that_refill_asks_for_are_refined_too() -> None:
    groups = play(Chain(CritiqueRefinement(), Refill()), ScriptedPolicy(script), count=2)
    assert [[t.spec.tag for t in g.trajectories].count("critique") for g in groups] == [1, 1]


def test_the_gradient_is_that_of_the_formula_written_out() -> None:
    policy = tiny.policy()
    [g] = tiny.groups(policy, tasks=1)
    members = [with_rewards(t, float(i == 3)) for i, t in enumerate(g.trajectories)]
    members[3] = replace(members[3], spec=replace(members[3].spec, tag="critique", train="plain_prompt"))
    method = CritiqueRefinement(gamma=0.2)
    found, _ = gradient_of(
        policy, [g.with_trajectories(members)], method, estimator="dr_grpo", plain_temperature="sampled"
    )

    class ByHand(Exploration):
        """The same by the weight of log p, f (1 - f), as an advantage: at a ratio of 1 both have one gradient."""

        def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: object) -> torch.Tensor:
            logp = logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
            f = logp.exp() / (logp.exp() + 0.2)
            own = torch.tensor([bool(i == 3) for i in batch.rows.tolist()])
            return torch.where(own, -0.75 * (f * (1 - f)).detach() * logp, 0.0)

        def shape(self, groups, shaped, ctx):  # type: ignore[no-untyped-def]
            own = [a if i < 3 else np.zeros(len(a)) for i, a in enumerate(shaped.advantages[0])]
            return replace(shaped, advantages=[own])

    plain = [replace(t, spec=replace(t.spec, train="as_sampled")) for t in members]
    expected, _ = gradient_of(policy, [g.with_trajectories(plain)], ByHand(), estimator="dr_grpo")
    assert distance(found, expected) < 1e-5


def test_the_slope_of_f_is_gamma_over_the_square_and_its_weight_on_log_p_peaks_at_gamma() -> None:
    p = torch.linspace(0.001, 0.999, 999, dtype=torch.float64, requires_grad=True)
    f = p / (p + 0.1)
    f.sum().backward()  # type: ignore[no-untyped-call]
    assert p.grad is not None
    torch.testing.assert_close(p.grad, 0.1 / (p.detach() + 0.1) ** 2)
    weight = (p.grad * p).detach()
    torch.testing.assert_close(weight, (f * (1 - f)).detach())
    assert float(p.detach()[int(weight.argmax())]) == pytest.approx(0.1)
