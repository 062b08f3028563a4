import numpy as np
import pytest

from sge_agent.exploration.gigpo import TurnGroups
from sge_agent.types import Group
from tests.sge_agent.exploration.made import context, episode, group, shaped


def advantages(method: TurnGroups, groups: list[Group]) -> list[list[float]]:
    """One advantage per turn of each episode of the first group, above the 0 of the episode."""
    found = method.shape(groups, shaped(groups, [[0.0] * len(g.trajectories) for g in groups]), context())
    per_turn = [own.reshape(-1, 2) for own in found.advantages[0]]
    assert all((turns[:, 0] == turns[:, 1]).all() for turns in per_turn)
    return [turns[:, 0].tolist() for turns in per_turn]


def test_turns_that_began_in_the_same_state_are_compared_by_what_they_led_to() -> None:
    g = group(
        episode([0, 1], states=["s", "a"]), episode([0, 0], states=["s", "b"]), episode([0, 0], states=["s", "a"])
    )
    first = np.array([0.9, 0.0, 0.0])
    expected = (first - first.mean()) / (first.std() + 1e-6)
    at_a = np.array([1.0, 0.0])
    pair = (at_a - at_a.mean()) / (at_a.std() + 1e-6)
    found = advantages(TurnGroups(discount=0.9), [g])
    assert [turns[0] for turns in found] == pytest.approx(expected.tolist())
    assert [found[0][1], found[1][1], found[2][1]] == pytest.approx([pair[0], 0.0, pair[1]])
    plain = advantages(TurnGroups(weight=0.5, discount=0.9, normalise="mean"), [g])
    assert [turns[0] for turns in plain] == pytest.approx((0.5 * (first - first.mean())).tolist())


def test_it_is_added_to_what_the_episode_has() -> None:
    g = group(episode([0, 1], states=["s", "a"]), episode([0, 0], states=["s", "b"]))
    alone = TurnGroups().shape([g], shaped([g], [[0, 0]]), context()).advantages[0]
    added = TurnGroups().shape([g], shaped([g], [[1, -1]]), context()).advantages[0]
    for a, b, episode_advantage in zip(alone, added, (1, -1), strict=True):
        np.testing.assert_allclose(b, a + episode_advantage)


def test_unknown_states_and_other_groups_are_no_company() -> None:
    unknown = [group(episode([0, 1]), episode([0, 0]))]
    assert advantages(TurnGroups(), unknown) == [[0, 0], [0, 0]]
    apart = [group(episode([1], states=["s"])), group(episode([0], states=["s"], task="b"))]
    assert advantages(TurnGroups(), apart) == [[0]]


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="weight must be 0 or more"):
        TurnGroups(weight=-1)
