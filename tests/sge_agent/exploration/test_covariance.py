import numpy as np
import pytest
import torch

from sge_agent.exploration.base import Shaped
from sge_agent.exploration.covariance import ClipCov, KLCov, covariances
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context, episode, group, shaped
from tests.sge_agent.gradients import distance, gradient_of, shift

MIXED = group(episode([0, 1], logprobs=[-0.1, -4, -1, -2]), episode([0], logprobs=[-9, -0.2]))
EQUAL = group(episode([0], logprobs=[-7, -7], task="b"))


def base(groups: list[Group]) -> Shaped:
    return shaped(groups, [[1, -2], [0]][: len(groups)])


def test_covariances_are_those_of_all_trained_tokens() -> None:
    a = np.array([1, 1, 1, 1, -2, -2])
    logp = np.array([-0.1, -4, -1, -2, -9, -0.2])
    expected = (a - a.mean()) * (logp - logp.mean())
    found = covariances([MIXED, EQUAL], base([MIXED, EQUAL]))
    np.testing.assert_allclose(found, [*expected, np.nan, np.nan])


def test_clip_cov_takes_the_gradient_from_exactly_so_many_eligible_tokens() -> None:
    eligible = [i for i, cov in enumerate(covariances([MIXED], base([MIXED]))) if 1 < cov < 10]
    seen = set()
    for update in range(30):
        found = ClipCov(share=0.2, high=10).shape([MIXED], base([MIXED]), context(update)).advantages[0]
        lost = [i for i, a in enumerate(np.concatenate(found)) if a == 0]
        assert len(lost) == 1  # of 6 tokens
        assert set(lost) <= set(eligible)
        seen |= set(lost)
    assert seen == set(eligible)
    both = ClipCov(share=0.9, high=10).shape([MIXED], base([MIXED]), context()).advantages[0]
    assert np.flatnonzero(np.concatenate(both) == 0).tolist() == eligible
    one = ClipCov(high=20).shape([MIXED], base([MIXED]), context()).advantages[0]
    assert np.count_nonzero(np.concatenate(one) == 0) == 1
    none = ClipCov(low=30, high=40).shape([MIXED], base([MIXED]), context()).advantages[0]
    assert np.count_nonzero(np.concatenate(none)) == 6


def test_kl_cov_holds_the_tokens_of_the_highest_covariance_and_no_others() -> None:
    top = np.argsort(covariances([MIXED], base([MIXED])))[-2:]
    found = KLCov(share=0.4).shape([MIXED, EQUAL], base([MIXED, EQUAL]), context())
    for name in ("clip_low", "clip_high", "kl_cov"):
        marks = np.concatenate([own for arrays in found.extras[name] for own in arrays])
        assert sorted(np.flatnonzero(np.isinf(marks)).tolist()) == sorted(top.tolist())
        assert np.isnan(marks[~np.isinf(marks)]).all()


def test_kl_cov_is_grpo_on_fresh_data_and_pulls_back_what_has_moved() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=2, members=3)
    fresh, _ = gradient_of(policy, groups, KLCov(share=0.3))
    plain, _ = gradient_of(policy, groups)
    assert distance(fresh, plain) < 1e-6
    shift(policy)
    moved, _ = gradient_of(policy, groups, KLCov(share=0.3))
    dearer, _ = gradient_of(policy, groups, KLCov(share=0.3, coefficient=2))
    unclipped, _ = gradient_of(policy, groups, KLCov(share=0.3, coefficient=0))
    assert all(
        torch.allclose(dearer[n] - moved[n], moved[n] - unclipped[n], atol=1e-6) for n in moved
    )  # the price is linear in its coefficient
    assert distance(moved, unclipped) > 1e-3


@pytest.mark.parametrize("wrong", [lambda: ClipCov(share=2), lambda: ClipCov(low=5), lambda: KLCov(coefficient=-1)])
def test_impossible_settings_are_refused(wrong: type) -> None:
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        wrong()
