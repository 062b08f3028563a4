from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_agent.policies.sampler import draw

LOGITS = torch.tensor([[0.0, 1.0, 2.0, -1.0], [3.0, 3.0, -2.0, 0.5]])


def softmax(row: torch.Tensor, temperature: float) -> np.ndarray:
    scaled = row.double().numpy() / temperature
    weights = np.exp(scaled - scaled.max())
    return np.asarray(weights / weights.sum())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-30, 30), min_size=2, max_size=9),
    st.floats(0.05, 5),
    st.floats(0, 1, exclude_max=True),
)
def test_the_token_is_the_first_whose_cumulative_probability_passes_the_uniform_number(
    values: list[float], temperature: float, uniform: float
) -> None:
    row = torch.tensor(values)
    probs = softmax(row, temperature)
    ((token,), (logprob,), (entropy,)) = draw(row[None], temperatures=[temperature], top_p=[1.0], uniforms=[uniform])
    assert probs[:token].sum() <= uniform + 1e-12
    assert uniform < probs[: token + 1].sum() + 1e-12
    assert logprob == pytest.approx(math.log(probs[token]), abs=1e-9)
    positive = probs[probs > 0]
    assert entropy == pytest.approx(float(-(positive * np.log(positive)).sum()), abs=1e-9)


def test_draws_follow_the_probabilities() -> None:
    n = 20_000
    uniforms = np.random.default_rng(0).random(n).tolist()
    tokens, _, _ = draw(LOGITS[:1].expand(n, -1), temperatures=[0.7] * n, top_p=[1.0] * n, uniforms=uniforms)
    assert np.bincount(tokens, minlength=4) / n == pytest.approx(softmax(LOGITS[0], 0.7), abs=0.01)


def test_rows_may_have_different_temperatures_and_none_depends_on_another() -> None:
    together = draw(LOGITS, temperatures=[0.5, 2.0], top_p=[1.0, 1.0], uniforms=[0.3, 0.9])
    for i, (temperature, uniform) in enumerate([(0.5, 0.3), (2.0, 0.9)]):
        alone = draw(LOGITS[i : i + 1], temperatures=[temperature], top_p=[1.0], uniforms=[uniform])
        assert [part[i] for part in together] == [part[0] for part in alone]


def test_temperature_zero_takes_the_most_likely_token_and_reports_temperature_one() -> None:
    tokens, logprobs, _ = draw(LOGITS, temperatures=[0.0, 1.0], top_p=[1.0, 1.0], uniforms=[0.0, 0.0])
    assert tokens == [2, 0]
    assert logprobs[0] == pytest.approx(math.log(softmax(LOGITS[0], 1.0)[2]))


def test_top_p_leaves_out_the_tail_but_not_from_the_log_probability() -> None:
    uniforms = np.linspace(0, 1, 200, endpoint=False).tolist()
    n = len(uniforms)
    tokens, logprobs, _ = draw(LOGITS[:1].expand(n, -1), temperatures=[1.0] * n, top_p=[0.7] * n, uniforms=uniforms)
    probs = softmax(LOGITS[0], 1.0)  # 0.09, 0.24, 0.64, 0.03: two tokens hold 0.7
    assert set(tokens) == {1, 2}
    assert logprobs[tokens.index(1)] == pytest.approx(math.log(probs[1]))
    assert tokens.count(1) / n == pytest.approx(probs[1] / (probs[1] + probs[2]), abs=0.01)


def test_a_token_without_probability_is_never_drawn() -> None:
    row = torch.tensor([[float("-inf"), 0.0, 0.0, float("-inf")]])
    for uniform in (0.0, 0.5, math.nextafter(1.0, 0.0)):
        (token,), (logprob,), (entropy,) = draw(row, temperatures=[1.0], top_p=[1.0], uniforms=[uniform])
        assert token in (1, 2)
        assert logprob == pytest.approx(math.log(0.5))
        assert entropy == pytest.approx(math.log(2))


def test_weights_that_have_diverged_are_named() -> None:
    with pytest.raises(FloatingPointError, match="diverged"):
        draw(torch.tensor([[0.0, float("nan")]]), temperatures=[1.0], top_p=[1.0], uniforms=[0.5])
