import copy

import pytest
import torch

from sge_agent.exploration.base import Chain
from sge_agent.exploration.kl import KLToInitial
from sge_agent.learner import Learner
from tests.sge_agent import tiny
from tests.sge_agent.gradients import Watch, distance, shift


@pytest.mark.parametrize("microbatch_tokens", [16384, 50])
def test_loss_and_gradient_are_those_of_the_estimate_written_out(microbatch_tokens: int) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=1, members=3, contexts=2)
    groups = [g.with_trajectories([_without_reward(t) for t in g.trajectories]) for g in groups]
    learner = Learner(policy, epochs=1, reference=policy.frozen(), microbatch_tokens=microbatch_tokens)
    watch = Watch(learner)
    initial = copy.deepcopy(policy.model).double()
    shift(policy)
    metrics = learner.step(groups, Chain(KLToInitial(0.5)))

    model = copy.deepcopy(policy.model).double()
    terms = []
    for trajectory in groups[0].trajectories:
        for segment in trajectory.segments:
            tokens = trajectory.contexts[segment.context].tokens
            own, first = (m(input_ids=torch.tensor([tokens])).logits[0] for m in (model, initial))
            for at in range(segment.start, segment.end):
                new, old = ((x[at - 1] / segment.temperatures[0]).log_softmax(-1)[tokens[at]] for x in (own, first))
                terms.append((old.detach() - new).exp() - (old.detach() - new) - 1)
    price = torch.stack(terms).mean()
    (0.5 * price).backward()  # type: ignore[no-untyped-call]
    expected = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert metrics["kl"] == pytest.approx(price.item(), rel=1e-4)
    assert metrics["loss"] == pytest.approx(0.5 * price.item(), rel=1e-4)
    assert distance(watch.gradients[0], expected) < 1e-4


def _without_reward(trajectory):  # type: ignore[no-untyped-def]
    from tests.sge_agent.gradients import with_rewards

    return with_rewards(trajectory, 0.0)


def test_before_the_weights_have_moved_the_price_and_its_gradient_are_nothing() -> None:
    policy = tiny.policy()
    groups = [g.with_trajectories([_without_reward(t) for t in g.trajectories]) for g in tiny.groups(policy)]
    learner = Learner(policy, epochs=1, reference=policy.frozen())
    watch = Watch(learner)
    assert learner.step(groups, KLToInitial(1.0))["kl"] == pytest.approx(0, abs=1e-9)
    assert max(float(g.abs().max()) for g in watch.gradients[0].values()) < 1e-5


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match="coefficient must be 0 or more"):
        KLToInitial(-1)
