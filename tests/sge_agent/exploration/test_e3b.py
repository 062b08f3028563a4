import numpy as np
import pytest

from sge_agent.exploration.e3b import EllipticalBonus, elliptical
from tests.sge_agent.exploration.made import context, episode, group


def test_the_norm_is_that_of_the_matrices_written_out() -> None:
    states = np.random.default_rng(0).normal(size=(6, 4))
    inverse, expected = np.linalg.inv(0.3 * np.eye(4)), []
    for state in states:
        phi = state / np.linalg.norm(state)
        expected.append(phi @ inverse @ phi)
        inverse -= np.outer(inverse @ phi, phi @ inverse) / (1 + phi @ inverse @ phi)  # rank-one update
    assert elliptical(states, 0.3).tolist() == pytest.approx(expected)


def test_a_repeated_action_is_worth_little_and_a_new_direction_everything() -> None:
    found = elliptical(np.array([[2.0, 0, 0], [5.0, 0, 0], [0, 1.0, 0]]), 0.1)
    assert found.tolist() == pytest.approx([10.0, 1 / 1.1, 10.0])
    assert elliptical(np.array([[np.nan, 0.0], [1.0, 0.0]]), 0.1).tolist() == pytest.approx([0.0, 10.0])


def test_each_episode_begins_anew_and_the_count_of_the_state_divides() -> None:
    method = EllipticalBonus(scale=0.1)
    method.observe([group(*(episode([0], states=["s", "a"]) for _ in range(3)))], {}, context())
    states = [[np.eye(2)[:1], np.eye(2)[:1]], [np.eye(2)[:1]]]
    groups = [group(episode([0], states=["s", "a"]), episode([0], states=["s", "b"])), group(episode([0]))]
    ctx = context(features={"hidden.last": states})
    found = method.bonus(groups, ctx)
    assert found is not None
    assert [own.tolist() for arrays in found for own in arrays] == [pytest.approx([x]) for x in (0.5, 1.0, 1.0)]
    plain = EllipticalBonus(scale=0.1, counts=False).bonus(groups, ctx)
    assert plain is not None
    assert plain[0][0].tolist() == pytest.approx([1.0])
    with pytest.raises(ValueError, match="ridge more than 0"):
        EllipticalBonus(ridge=0)
