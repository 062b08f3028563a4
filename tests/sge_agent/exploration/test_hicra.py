import numpy as np
import pytest

from sge_agent.exploration.hicra import PlanningCredit
from tests.sge_agent.exploration.made import context, episode, group, shaped


def test_only_strategy_tokens_change_and_good_plans_gain_what_bad_ones_are_spared() -> None:
    g = group(episode([0, 1]), episode([0, 0], tokens=3))
    good, bad = PlanningCredit().shape([g], shaped([g], [[2, -1]]), context()).advantages[0]
    np.testing.assert_allclose(good, [2.4, 2, 2.4, 2])
    np.testing.assert_allclose(bad, [-0.8, -1, -1, -0.8, -1, -1])


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha must be 0 or more"):
        PlanningCredit(alpha=-1)
