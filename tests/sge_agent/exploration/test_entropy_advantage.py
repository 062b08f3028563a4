import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.exploration.base import Shaped
from sge_agent.exploration.entropy_advantage import EntropyAdvantage
from tests.sge_agent.exploration.made import context

numbers = st.lists(st.tuples(st.floats(-3, 3), st.floats(0, 10)), min_size=1, max_size=6)


def shape(method: EntropyAdvantage, advantages: list[float], entropies: list[float]) -> list[float]:
    ctx = context(features={"entropy": [[np.array(entropies)]]})
    return list(method.shape([], Shaped([[np.array(advantages)]]), ctx).advantages[0][0])


def test_each_token_gains_what_its_entropy_is_worth_up_to_a_part_of_its_advantage() -> None:
    found = shape(EntropyAdvantage(), [1.0, 1.0, -1.0, -1.0, 0.0], [0.5, 9.0, 0.5, 9.0, 9.0])
    assert found == pytest.approx([1.2, 1.5, -0.8, -0.5, 0.0])
    assert shape(EntropyAdvantage(alpha=0.1, kappa=4), [2.0, 2.0], [1.0, 9.0]) == pytest.approx([2.1, 2.5])


@given(numbers)
def test_no_advantage_changes_its_sign_and_none_falls(tokens: list[tuple[float, float]]) -> None:
    before = [a for a, _ in tokens]
    after = shape(EntropyAdvantage(), before, [h for _, h in tokens])
    assert [np.sign(a) for a in after] == [np.sign(a) for a in before]
    assert all(a >= b for a, b in zip(after, before, strict=True))


def test_impossible_settings_are_refused() -> None:
    for wrong in ({"alpha": -0.1}, {"kappa": 0.0}):
        with pytest.raises(ValueError, match="alpha must be 0 or more and kappa more than 0"):
            EntropyAdvantage(**wrong)
