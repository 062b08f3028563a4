from itertools import pairwise

import numpy as np
import pytest

from sge_agent.exploration.verl import RankVelocity, effective_rank
from tests.sge_agent.exploration.made import context, episode, group, shaped

G = group(episode([0, 1], tokens=10), episode([0, 0], tokens=10), episode([0]))


def states(seed: int) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    wide, narrow = rng.normal(size=(20, 6)), rng.normal(size=(20, 6)) * [3, 1, 0.1, 0.1, 0.1, 0.1]
    return [[wide, narrow, rng.normal(size=(2, 6))]]


def after(method: RankVelocity, *seeds: int) -> RankVelocity:
    for seed in seeds:
        method.observe([G], {}, context(features={"hidden.tokens": states(seed)}))
    return method


def advantages(method: RankVelocity, seed: int, base: list[float]) -> list[float]:
    ctx = context(features={"hidden.tokens": states(seed)})
    found = method.shape([G], shaped([G], [base]), ctx).advantages[0]
    assert all((own == own[0]).all() for own in found)
    return [float(own[0]) for own in found]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_effective_rank_of_k_equal_orthogonal_directions_is_k(k: int) -> None:
    directions = np.eye(7)[:k]
    assert effective_rank(np.concatenate([directions, -directions])) == pytest.approx(k)
    assert effective_rank(np.ones((4, 3))) == 1


def motion(h: np.ndarray, stride: int) -> list[float]:
    ranks = [effective_rank(h[: k + 1]) for k in range(stride, len(h), stride)]
    speeds = [r - sum(ranks[:i]) / i for i, r in enumerate(ranks) if i]
    growth = [b - a for a, b in pairwise(speeds)]
    return [effective_rank(h), sum(speeds) / len(speeds), sum(growth) / len(growth)]


def test_it_is_the_formula_written_out() -> None:
    found = advantages(after(RankVelocity(scale=0.5, stride=4), 1, 2), 3, [1.0, -1.0, 1.0])
    means = [np.mean([motion(h, 4) for h in states(seed)[0][:2]], axis=0) for seed in (1, 2)]
    usual = 0.7 * means[0] + 0.3 * means[1]
    for a, h, base in zip(found, states(3)[0], [1.0, -1.0], strict=False):
        rank, speed, growth = np.clip((motion(h, 4) - usual) / np.abs(usual), -5, 5)
        share = 1 / (1 + np.exp(-2 * growth))
        phi = share * np.tanh(rank) + (1 - share) * np.tanh(speed)
        assert a == pytest.approx(base + min(0.5 * max(phi, 0), 0.5))
    assert found[0] > 1  # the wide one
    assert found[2] == 1  # too short


def test_no_sign_flips_and_the_first_update_is_plain() -> None:
    assert advantages(RankVelocity(stride=4), 3, [1.0, -1.0, 0.0]) == [1, -1, 0]
    for seed in range(2, 6):
        found = advantages(after(RankVelocity(scale=100, stride=4), 1), seed, [0.3, -0.3, 0.0])
        assert np.sign(found).tolist() == [1, -1, 0]
        assert all(b <= a <= b + abs(b) / 2 for a, b in zip(found, [0.3, -0.3, 0.0], strict=True))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="stride 1 or more"):
        RankVelocity(stride=0)
