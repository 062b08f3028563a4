import numpy as np
import pytest
import torch

from sge_agent.exploration.lp_reg import LowProbabilityRegularisation
from tests.sge_agent.exploration.made import batch, context, episode, group, shaped

INF, NAN = float("inf"), float("nan")


def test_the_least_likely_tokens_of_negative_advantage_are_looked_at_without_clip() -> None:
    g = group(episode([0, 1], logprobs=[-9, -9, -9, -9]), episode([0, 0], logprobs=[-0.1, -5, -6, -0.2]))
    found = LowProbabilityRegularisation(share=0.5).shape([g], shaped([g], [[1, -1]]), context())
    for name in ("clip_low", "clip_high", "lp_reg"):
        good, bad = found.extras[name][0]
        assert np.isnan(good).all()
        np.testing.assert_array_equal(bad, [NAN, INF, INF, NAN])
    assert found.advantages[0][1].tolist() == [-1, -1, -1, -1]


def loss(marks: list[float], probabilities: list[list[float]], targets: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss per token and its gradient at the logits of the four tokens, of which only the first two matter."""
    logits = torch.tensor(probabilities * 2, dtype=torch.float64).log().requires_grad_()
    made = batch(episode([0, 0], start=0), [-1.0] * 4, {"lp_reg": marks})
    made.targets[:] = torch.tensor(targets * 2)
    found = LowProbabilityRegularisation(kappa=0.1, coefficient=2).token_loss(made, logits, context())
    assert found is not None
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    return found.detach(), logits.grad


def test_an_unlikely_token_that_makes_sense_is_pulled_up_and_noise_is_left_alone() -> None:
    rows = [[0.8, 0.15, 0.05], [0.8, 0.15, 0.05]]
    found, gradient = loss([INF, INF, NAN, NAN], rows, [1, 2])
    d = np.log(0.15 / 0.95) - np.log(0.15)
    assert found.tolist() == pytest.approx([2 * (np.exp(d) - d - 1), 0, 0, 0])
    assert gradient[0, 1] < 0 < gradient[0, 0]  # descending raises the token
    assert not gradient[1:].any()


def test_without_anything_to_look_at_there_is_no_loss() -> None:
    made = batch(episode([0]), [-1, -1], {})
    assert LowProbabilityRegularisation().token_loss(made, torch.zeros(2, 3), context()) is None
    found, _ = loss([NAN] * 4, [[0.5, 0.3, 0.2]] * 2, [0, 1])
    assert found.tolist() == [0, 0, 0, 0]


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="kappa more than 0"):
        LowProbabilityRegularisation(kappa=0)
