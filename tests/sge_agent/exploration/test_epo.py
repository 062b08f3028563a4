from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.exploration.entropy_bonus import EntropyBonus
from sge_agent.exploration.epo import EntropySmoothing
from tests.sge_agent.exploration.made import batch, context, episode, group, shaped

G = group(episode([0, 1]), episode([0]))
LOGITS = [[0.0, 0, 0], [3.0, 0, 0], [0.0, 0, 0], [6.0, 0, 0]]


def remembering(method: EntropySmoothing, *updates: list[float]) -> EntropySmoothing:
    """After updates whose first episode had these entropies in its four tokens, and whose second one had 0.5."""
    for entropies in updates:
        ctx = context(features={"entropy": [[np.array(entropies), np.array([0.5, 0.5])]]})
        method.observe([G], {}, ctx)
    return method


def gradient(method: EntropySmoothing | EntropyBonus, usual: list[float]) -> torch.Tensor:
    logits = torch.tensor(LOGITS, requires_grad=True)
    found = method.token_loss(batch(episode([0, 1]), [0] * 4, {"epo": usual}), logits, context())
    assert found is not None
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    return logits.grad


def test_history_is_the_mean_over_updates_and_reaches_the_later_turns_only() -> None:
    method = remembering(EntropySmoothing(), [1, 1, 2, 4], [1, 1, 0, 2])
    found = method.shape([G], shaped([G], [[1, -1]]), context()).extras["epo"][0]
    np.testing.assert_allclose(found[0], [np.nan, np.nan, 2, 2])  # of turns 0 and 1 of at most 2
    assert np.isnan(found[1]).all()
    fresh = EntropySmoothing().shape([G], shaped([G], [[1, -1]]), context()).extras["epo"][0]
    assert all(np.isnan(own).all() for own in fresh)


def test_inside_the_band_it_is_the_bonus_and_outside_it_pulls_back() -> None:
    bonus = gradient(EntropyBonus(0.001), [float("nan")] * 4)
    inside = gradient(EntropySmoothing(), [0.7, 0.7, float("nan"), float("nan")])
    assert torch.allclose(inside, bonus)
    strict = EntropySmoothing(smoothing=10, lower=0.9, upper=1.1)
    outside = gradient(strict, [0.1, 1.0, float("nan"), 1.0])
    assert outside[1, 0] > bonus[1, 0]  # too low: up with the entropy, down with the likeliest token
    assert outside[3, 0] > bonus[3, 0]
    assert torch.allclose(outside[2], bonus[2])
    high = gradient(strict, [0.7, 0.01, 0.7, 0.001])
    assert high[1, 0] < 0 < bonus[1, 0]  # too high: the other way


def test_as_published_it_is_the_bonus_whatever_the_history() -> None:
    published = EntropySmoothing(smoothing=10, lower=0.9, upper=1.1, as_published=True)
    assert torch.allclose(gradient(published, [0.1, 5.0, 9.0, 1.0]), gradient(EntropyBonus(0.001), [0.0] * 4))


@pytest.mark.parametrize(
    ("update", "expected"), [(0, 1.0), (4, 1 - 0.2 * (1 - np.exp(-1.6))), (5, 0.8), (9, 0.8 * np.exp(-2.4))]
)
def test_the_price_follows_its_schedule(update: int, expected: float) -> None:
    ctx = replace(context(), update=update)  # of 10
    logits = torch.tensor([[0.0, 0.0]] * 2, dtype=torch.float64)
    made = batch(episode([0]), [0, 0], {"epo": [0.0, 0.0]})
    found = EntropySmoothing(coefficient=1, smoothing=1).token_loss(made, logits, ctx)
    assert found is not None
    assert found[0].item() == pytest.approx((expected - 1) * np.log(2))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="upper no less than lower"):
        EntropySmoothing(lower=3)
