import numpy as np
import pytest

from sge_agent.exploration.ear import EntropyReshaping
from tests.sge_agent.exploration.made import context, episode, group, shaped

G = group(episode([0, 1]), episode([0]), episode([1]))


def factors(method: EntropyReshaping, entropies: list[list[float]]) -> list[float]:
    ctx = context(features={"entropy": [[np.array(own) for own in entropies]]})
    return [float(own[0]) for own in method.shape([G], shaped([G], [[1.0, 1.0, 1.0]]), ctx).advantages[0]]


def test_sure_episodes_count_more_and_the_mean_stays_1() -> None:
    found = factors(EntropyReshaping(), [[0.5, 0.5, 1.5, 1.5], [1.0, 3.0], [3.0, 3.0]])  # means 1, 2, 3
    assert found == pytest.approx([1.5, 1.0, 0.5])
    assert np.mean(found) == pytest.approx(1)
    assert factors(EntropyReshaping(0.5), [[1.0] * 4, [2.0] * 2, [3.0] * 2]) == pytest.approx([1.25, 1.0, 0.75])


def test_equal_or_no_entropies_change_nothing() -> None:
    assert factors(EntropyReshaping(), [[2.0] * 4, [2.0] * 2, [2.0] * 2]) == [1, 1, 1]
    assert factors(EntropyReshaping(), [[0.0] * 4, [0.0] * 2, [0.0] * 2]) == [1, 1, 1]


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="weight must be 0 or more"):
        EntropyReshaping(-1)
