from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.exploration.steer import EntropyChangeWeights
from tests.sge_agent.exploration.made import context, episode, group, shaped

LOGPROBS = [-0.01, -2.0, -0.5, -3.0]
ENTROPIES = [0.05, 1.0, 0.4, 2.5]
OTHERS = [-0.7, -0.2]


def weights(method: EntropyChangeWeights, a: float = 1.0, entropies: list[float] = ENTROPIES) -> list[float]:
    """Of the tokens of the first episode; the second one's have A = -a."""
    g = group(episode([0, 1], logprobs=LOGPROBS), episode([0], logprobs=OTHERS))
    ctx = context(features={"entropy": [[np.array(entropies), np.array([0.3, 0.3])]]})
    return [float(w) for w in method.shape([g], shaped([g], [[a, -a]]), ctx).advantages[0][0] / a]


def effects() -> list[float]:
    rows = zip([*LOGPROBS, *OTHERS], [*ENTROPIES, 0.3, 0.3], strict=True)
    return [abs((1 - np.exp(lp)) * (lp + h)) for lp, h in rows]


def test_weights_are_the_formula_written_out() -> None:
    found = effects()
    k = -np.log(0.6) / max(found)
    assert weights(EntropyChangeWeights(0.6)) == pytest.approx([np.exp(-k * e) for e in found[:4]])
    straight = [1.4 - (e - min(found)) / (max(found) - min(found)) * 0.8 for e in found[:4]]
    assert weights(EntropyChangeWeights(0.6, "linear")) == pytest.approx(straight)


def test_the_largest_effect_gets_the_lowest_weight_and_a_sure_token_keeps_1() -> None:
    found = weights(EntropyChangeWeights())
    assert found[int(np.argmax(effects()[:4]))] == pytest.approx(0.8)
    assert found[0] == pytest.approx(1, abs=1e-3)


def test_effects_below_the_floor_are_not_blown_up() -> None:
    assert min(weights(EntropyChangeWeights(), a=0.001)) > 0.97


@pytest.mark.parametrize("mapping", ["exponential", "linear"])
@given(entropies=st.lists(st.floats(0, 5), min_size=4, max_size=4), a=st.floats(0.1, 3))
def test_no_weight_leaves_its_range(
    mapping: Literal["exponential", "linear"], entropies: list[float], a: float
) -> None:
    found = weights(EntropyChangeWeights(0.7, mapping), a, entropies)
    assert min(found) >= 0.7 - 1e-9
    assert max(found) <= (1 if mapping == "exponential" else 1.3) + 1e-9


def test_an_impossible_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="lowest must be more than 0"):
        EntropyChangeWeights(0)
