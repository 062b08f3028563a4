from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_agent.stats import area_under, bootstrap, bootstrap_difference, pass_at_k


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_pass_at_k_equals_the_share_of_all_subsets_of_k_episodes_with_a_success(
    played: list[bool], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(played)))
    subsets = list(combinations(played, k))
    expected = sum(any(subset) for subset in subsets) / len(subsets)
    assert pass_at_k(episodes=len(played), successes=sum(played), k=k) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(n=st.integers(256, 4000), data=st.data())
def test_pass_at_k_is_exact_to_the_last_bit_up_to_large_k(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, 256))
    missed = Fraction(1)
    for i in range(k):  # draw k episodes without a success, one after the other
        missed *= Fraction(max(0, n - c - i), n - i)
    assert pass_at_k(episodes=n, successes=c, k=k) == float(1 - missed)


def test_pass_at_k_is_unbiased_for_a_known_chance() -> None:
    rng = np.random.default_rng(0)
    wins = rng.binomial(16, 0.1, size=20_000)
    estimate = np.mean([pass_at_k(episodes=16, successes=int(c), k=8) for c in wins])
    assert estimate == pytest.approx(1 - 0.9**8, abs=0.01)


@pytest.mark.parametrize(
    ("successes", "k", "named"), [(5, 1, "successes"), (-1, 1, "successes"), (1, 5, "k"), (1, 0, "k")]
)
def test_pass_at_k_refuses_what_it_cannot_estimate(successes: int, k: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        pass_at_k(episodes=4, successes=successes, k=k)


def test_the_bootstrap_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        estimate = bootstrap(rng.normal(size=40).tolist(), seed=trial, resamples=500)
        hits += estimate.low <= 0 <= estimate.high
    assert 175 <= hits <= 199


def test_equal_values_have_an_interval_of_width_zero() -> None:
    estimate = bootstrap([0.5] * 7)
    assert (estimate.low, estimate.mean, estimate.high) == (0.5, 0.5, 0.5)


def test_the_interval_of_a_difference_turns_with_its_sign() -> None:
    high, low = [0.8, 0.9, 1.0], [0.0, 0.1, 0.2]
    there, back = bootstrap_difference(high, low), bootstrap_difference(low, high)
    assert there.low > 0 > back.high
    assert there.mean == pytest.approx(-back.mean)


def test_the_area_under_a_straight_line_is_its_middle_height() -> None:
    assert area_under([(0, 0), (1, 0.25), (4, 1.0)]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="rise"):
        area_under([(0, 0), (0, 1)])


def test_nothing_to_average_is_an_error_and_not_zero() -> None:
    with pytest.raises(ValueError, match="at least one"):
        bootstrap([])
    with pytest.raises(ValueError, match="at least two"):
        area_under([(0, 1)])
