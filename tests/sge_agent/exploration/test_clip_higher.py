import numpy as np
import torch

from sge_agent.exploration.base import Shaped
from sge_agent.exploration.clip_higher import ClipHigher
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context
from tests.sge_agent.gradients import gradient_of, shift


def test_it_does_what_the_learners_own_bound_does() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=2, members=3)
    shift(policy)
    found, _ = gradient_of(policy, groups, ClipHigher(0.5))
    expected, _ = gradient_of(policy, groups, clip_high=0.5)
    plain, _ = gradient_of(policy, groups)
    assert all(torch.equal(found[n], expected[n]) for n in expected)
    assert not all(torch.equal(found[n], plain[n]) for n in plain)


def test_bounds_that_another_method_has_set_stay() -> None:
    before = Shaped([[np.ones(3)]]).with_extra("clip_high", [[np.array([np.inf, np.nan, 0.1])]])
    found = ClipHigher().shape([], before, context()).extras["clip_high"][0][0]
    assert found.tolist() == [np.inf, 0.28, 0.1]
