from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.advantages import dr_grpo, grpo, pass_at_k, returns_to_go, rloo, separate, step_groups

ESTIMATORS = (grpo, dr_grpo, rloo)
some_returns = st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=9).map(np.array)


def all_of(returns: np.ndarray) -> np.ndarray:
    return np.ones(len(returns), dtype=bool)


@given(some_returns)
def test_advantages_of_a_group_sum_to_zero_and_keep_the_order_of_the_returns(returns: np.ndarray) -> None:
    for estimator in ESTIMATORS:
        found = estimator(returns, all_of(returns))
        assert found.sum() == pytest.approx(0, abs=1e-9)
        assert (np.argsort(found, kind="stable") == np.argsort(returns, kind="stable")).all()


@given(st.floats(-1e6, 1e6), st.integers(1, 9))
def test_equal_returns_give_exactly_zero(value: float, members: int) -> None:
    returns = np.full(members, value)
    for estimator in ESTIMATORS:
        assert not estimator(returns, all_of(returns)).any()


def test_grpo_divides_by_the_standard_deviation() -> None:
    returns = np.array([0.0, 0.0, 0.0, 1.0])
    found = grpo(returns, all_of(returns))
    assert found == pytest.approx([-(3**-0.5)] * 3 + [3**0.5], rel=1e-5)


@given(some_returns.filter(lambda r: len(r) > 1))
def test_leave_one_out_compares_each_with_the_mean_of_the_others(returns: np.ndarray) -> None:
    expected = [r - np.delete(returns, i).mean() for i, r in enumerate(returns)]
    assert rloo(returns, all_of(returns)) == pytest.approx(expected, abs=1e-9)


def test_a_member_outside_the_baseline_does_not_move_it() -> None:
    returns, counts = np.array([0.0, 1.0, 5.0]), np.array([True, True, False])
    assert dr_grpo(returns, counts) == pytest.approx([-0.5, 0.5, 4.5])
    assert grpo(returns, counts) == pytest.approx([-1, 1, 9], rel=1e-5)
    assert rloo(returns, counts) == pytest.approx([-1, 1, 4.5])
    assert not grpo(returns, np.zeros(3, dtype=bool)).any()


def test_separate_baselines_compare_like_with_like() -> None:
    returns = np.array([0.0, 1.0, 10.0, 12.0, 7.0])
    found = separate(dr_grpo, returns, all_of(returns), ["a", "a", "b", "b", "c"])
    assert found == pytest.approx([-0.5, 0.5, -1, 1, 0])


@given(st.lists(st.booleans(), min_size=2, max_size=7), st.integers(1, 7))
def test_pass_at_k_is_the_mean_advantage_of_all_sets_that_a_member_stands_in(wins: list[bool], k: int) -> None:
    n = len(wins)
    if k > n:
        with pytest.raises(ValueError, match="between 1 and"):
            pass_at_k(np.array(wins), k)
        return
    sets = list(combinations(range(n), k))
    reward = {s: float(any(wins[i] for i in s)) for s in sets}
    mean = np.mean(list(reward.values()))
    deviation = np.sqrt(mean * (1 - mean)) + 1e-6
    expected = [np.mean([(reward[s] - mean) / deviation for s in sets if i in s]) for i in range(n)]
    assert pass_at_k(np.array(wins), k) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.booleans(), min_size=2, max_size=9).map(np.array))
def test_pass_at_1_is_grpo(wins: np.ndarray) -> None:
    assert pass_at_k(wins, 1) == pytest.approx(grpo(wins.astype(float), all_of(wins)), abs=1e-5)


def test_later_rewards_count_less() -> None:
    assert returns_to_go(np.array([1.0, 0.0, 2.0]), 0.5) == pytest.approx([1.5, 1.0, 2.0])


def test_turns_are_compared_with_turns_that_began_in_the_same_state() -> None:
    values = [np.array([1.0, 5.0]), np.array([3.0, 5.0, 9.0])]
    keys = [["start", "hall"], ["start", "hall", "attic"]]
    first, second = step_groups(values, keys, dr_grpo)
    assert first == pytest.approx([-1, 0])
    assert second == pytest.approx([1, 0, 0])
    hidden = step_groups(values, [[None, None], [None, None, None]])
    assert not any(own.any() for own in hidden)
