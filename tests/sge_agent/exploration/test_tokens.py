import numpy as np

from sge_agent.exploration.base import Shaped
from sge_agent.exploration.tokens import joined, logprobs, per_episode, roles, split, trained, turn_means, turns
from tests.sge_agent.exploration.made import episode, group, shaped

G = group(episode([0, 1], tokens=3, logprobs=[-1, -2, -3, -4, -5, -6]), episode([0]))


def test_numbers_go_into_one_array_and_back() -> None:
    there = per_episode([G], logprobs)
    assert joined(there).tolist() == [-1, -2, -3, -4, -5, -6, -1, -1]
    back = split(joined(there), there)
    assert [[own.tolist() for own in arrays] for arrays in back] == [[[-1, -2, -3, -4, -5, -6], [-1, -1]]]
    assert split(joined([]), []) == []


def test_every_token_knows_its_turn_and_its_role() -> None:
    first = G.trajectories[0]
    assert turns(first).tolist() == [0, 0, 0, 1, 1, 1]
    assert roles(first).tolist() == ["strategy", "action", "action"] * 2
    assert turn_means(first, np.arange(6.0)).tolist() == [1, 4]
    assert np.isnan(turn_means(episode([0], tokens=1), np.zeros(1))).tolist() == [False]


def test_tokens_of_equal_and_of_incomplete_groups_are_not_trained() -> None:
    equal = group(episode([1], task="b"), episode([1], task="b"))
    incomplete = type(G)(G.task, (episode([1], task="c"),), missing=1)
    groups = [G, equal, incomplete]
    found = trained(groups, shaped(groups, [[1, 0], [0, 0], [1]]).advantages)
    assert found.tolist() == [True] * 8 + [False] * 4 + [False] * 2


def test_an_extra_fills_in_where_a_later_one_says_nothing() -> None:
    nothing = np.nan
    there = Shaped([[np.zeros(3)]]).with_extra("clip_high", [[np.array([1.0, 2.0, nothing])]])
    found = there.with_extra("clip_high", [[np.array([nothing, 5.0, nothing])]]).with_extra("x", [[np.ones(3)]])
    np.testing.assert_array_equal(found.extras["clip_high"][0][0], [1, 5, nothing])
    assert set(found.extras) == {"clip_high", "x"}
