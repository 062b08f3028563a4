from itertools import combinations

import numpy as np
import pytest

from sge_agent.exploration.pass_at_k import PassAtK
from tests.sge_agent.exploration.made import context, episode, group, shaped


@pytest.mark.parametrize(("n", "wins", "k"), [(4, 1, 2), (6, 2, 3), (8, 1, 4)])
def test_an_episode_gets_how_much_better_the_sets_with_it_do_than_all_sets(n: int, wins: int, k: int) -> None:
    g = group(*(episode([float(i < wins)]) for i in range(n)))
    found = PassAtK(k).shape([g], shaped([g], [[7.0] * n]), context()).advantages[0]
    sets = list(combinations(range(n), k))
    scores = np.array([float(min(chosen) < wins) for chosen in sets])
    for i in range(n):
        own = scores[[i in chosen for chosen in sets]].mean()
        np.testing.assert_allclose(found[i], (own - scores.mean()) / (scores.std() + 1e-6), rtol=1e-4)


def test_nothing_is_to_be_learned_where_all_fail_or_any_k_hold_a_success() -> None:
    for wins in (0, 3, 4):
        g = group(*(episode([float(i < wins)]) for i in range(4)))
        for own in PassAtK(2).shape([g], shaped([g], [[1.0] * 4]), context()).advantages[0]:
            assert not own.any()


def test_a_group_smaller_than_k_shares_one_success() -> None:
    g = group(episode([1]), episode([0]))
    assert not any(own.any() for own in PassAtK(9).shape([g], shaped([g], [[1.0, -1.0]]), context()).advantages[0])
    with pytest.raises(ValueError, match="k must be 1 or more"):
        PassAtK(0)
