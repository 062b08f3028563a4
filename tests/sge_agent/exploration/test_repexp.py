import numpy as np
import pytest

from sge_agent.exploration.repexp import RepExp, leverages, projection
from tests.sge_agent.exploration.made import context, episode, group


def means(count: int, seed: int = 0, size: int = 50) -> list[np.ndarray]:
    return [np.random.default_rng([seed, i]).normal(size=(1, size)) for i in range(count)]


def paid(method: RepExp, states: list[np.ndarray], wins: int = 1) -> list[float]:
    g = group(*(episode([0, float(i < wins)]) for i in range(len(states))))
    found = method.bonus([g], context(3, features={"hidden.mean@frozen": [states]}))
    assert found is not None
    assert all(own[0] == 0 for own in found[0])
    return [float(own[-1]) for own in found[0]]


def test_each_bonus_is_a_leverage_in_the_group() -> None:
    states = means(5)
    matrix = projection(50, 8, np.random.default_rng(np.random.SeedSequence(0, spawn_key=(3,))))
    h = np.concatenate(states) @ matrix
    h -= h.mean(axis=0)
    inverse = np.linalg.inv(0.01 * np.eye(8) + sum(np.outer(x, x) for x in h))
    assert paid(RepExp(scale=2.0, size=8), states) == pytest.approx([2.0 * x @ inverse @ x for x in h])


def test_leverages_lie_between_0_and_1_and_add_up_to_at_most_the_rank() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        h = rng.normal(size=(6, 3)) * rng.choice([0.01, 1, 100])
        b = leverages(h, 0.01)
        assert (b >= 0).all()
        assert (b < 1).all()
        assert b.sum() <= 3 + 1e-9


def test_alone_leaves_the_member_itself_out() -> None:
    h = np.random.default_rng(0).normal(size=(4, 3))
    b = leverages(h, 0.01)
    for i, x in enumerate(h):
        others = np.delete(h, i, axis=0)
        direct = x @ np.linalg.inv(0.01 * np.eye(3) + others.T @ others) @ x
        assert b[i] / (1 - b[i]) == pytest.approx(direct)
    one, other = paid(RepExp(), means(4)), paid(RepExp(alone=True), means(4))
    assert other == pytest.approx([0.01 * (x / 0.01) / (1 - x / 0.01) for x in one])


def test_members_that_wrote_the_same_and_groups_without_a_success_get_nothing() -> None:
    assert paid(RepExp(), [means(1)[0]] * 3) == pytest.approx([0, 0, 0], abs=1e-12)
    assert paid(RepExp(), means(3), wins=0) == [0, 0, 0]


def test_the_projection_is_sparse_keeps_lengths_on_average_and_changes_with_the_update() -> None:
    rng = np.random.default_rng(0)
    matrix = projection(400, 32, rng)
    assert np.mean(matrix != 0) == pytest.approx(400**-0.5, rel=0.2)
    x = np.random.default_rng(1).normal(size=400)
    lengths = [np.square(x @ projection(400, 32, rng)).sum() for _ in range(200)]
    assert np.mean(lengths) == pytest.approx(x @ x, rel=0.1)
    g = group(*(episode([1]) for _ in range(3)))
    one, other = (RepExp(size=2).bonus([g], context(u, features={"hidden.mean@frozen": [means(3)]})) for u in (0, 1))
    assert one is not None
    assert other is not None
    assert one[0][0] != other[0][0]
    with pytest.raises(ValueError, match="ridge more than 0"):
        RepExp(ridge=0)
