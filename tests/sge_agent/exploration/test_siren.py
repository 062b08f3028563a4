import numpy as np
import pytest
import torch

from sge_agent.exploration.siren import SelectiveEntropy
from sge_agent.learner import Learner
from sge_agent.losses import nucleus_entropies
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context
from tests.sge_agent.gradients import distance, gradient_of, shift


def selective_mean(policy: TransformersPolicy, groups: list[Group]) -> torch.Tensor:
    """h written out, token by token, with gradient."""
    means = []
    for trajectory in (t for g in groups for t in g.trajectories):
        values = []
        for s in trajectory.segments:
            logits = policy.model(input_ids=torch.tensor([trajectory.contexts[s.context].tokens])).logits[0]
            for i, at in enumerate(range(s.start, s.end)):
                log_p = (logits[at - 1] / s.temperatures[i]).log_softmax(-1)
                values.append(nucleus_entropies(log_p[None], 0.8)[0])
        found = torch.stack(values)
        border = np.quantile(found.detach().numpy().astype(np.float64), 0.8)
        means.append(found[found.detach().double() >= border - 1e-9].mean())
    return torch.stack(means).mean()


def test_its_gradient_is_that_of_the_squared_distance() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=1, members=3)
    method = SelectiveEntropy(coefficient=50.0)
    first = float(selective_mean(policy, groups).detach())
    metrics: dict[str, float] = {}
    method.observe(groups, metrics, Learner(policy).with_features(groups, method, context()))
    assert metrics["siren/entropy"] == pytest.approx(first, rel=1e-4)
    shift(policy)
    found, _ = gradient_of(policy, groups, method, aggregate="sequence_mean")
    plain, _ = gradient_of(policy, groups, aggregate="sequence_mean")
    policy.model.zero_grad()
    (50.0 * (selective_mean(policy, groups) - first) ** 2).backward()  # type: ignore[no-untyped-call]
    expected = {n: p.grad for n, p in policy.model.named_parameters() if p.grad is not None}
    assert distance({n: found[n] - plain[n] for n in plain}, expected) < 1e-3


def test_in_the_first_update_it_pulls_nowhere() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=1, members=3)
    shift(policy)
    found, _ = gradient_of(policy, groups, SelectiveEntropy(coefficient=50.0))
    plain, _ = gradient_of(policy, groups)
    assert distance(found, plain) < 1e-6


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="top_p more than 0"):
        SelectiveEntropy(top_p=0)
