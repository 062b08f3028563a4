from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.losses import (
    PolicyLoss,
    Terms,
    cispo,
    clipped,
    dual_clipped,
    entropies,
    gspo,
    kl_to,
    nucleus_entropies,
    token_weights,
)


def terms(
    new: list[float],
    old: list[float],
    advantages: list[float],
    *,
    low: float = 0.2,
    high: float = 0.2,
    rows: list[int] | None = None,
) -> Terms:
    n = len(new)
    return Terms(
        logprobs=torch.tensor(new, dtype=torch.float64, requires_grad=True),
        old_logprobs=torch.tensor(old, dtype=torch.float64),
        advantages=torch.tensor(advantages, dtype=torch.float64),
        clip_low=torch.full((n,), low, dtype=torch.float64),
        clip_high=torch.full((n,), high, dtype=torch.float64),
        rows=torch.tensor(rows or [0] * n),
    )


def gradient(loss: PolicyLoss, t: Terms) -> list[float]:
    (found,) = torch.autograd.grad(loss(t).sum(), t.logprobs)
    return [float(g) for g in found]


logs = st.floats(-3, 0)


@given(logs, logs, st.floats(-2, 2), st.floats(0.05, 0.5), st.floats(0.05, 0.5))
def test_the_clipped_loss_is_the_textbook_formula(new: float, old: float, a: float, low: float, high: float) -> None:
    ratio = math.exp(new - old)
    expected = -min(ratio * a, min(max(ratio, 1 - low), 1 + high) * a)
    assert float(clipped(terms([new], [old], [a], low=low, high=high)).detach()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("loss", [clipped, gspo, cispo])
@given(a=st.lists(st.floats(-2, 2), min_size=2, max_size=2))
def test_on_fresh_data_every_loss_has_the_gradient_of_the_policy_gradient(loss: PolicyLoss, a: list[float]) -> None:
    a = a if loss is not gspo else a[:1] * 2  # one advantage per sequence
    assert gradient(loss, terms([-1.0, -2.0], [-1.0, -2.0], a)) == pytest.approx([-x for x in a], abs=1e-9)


def test_a_ratio_out_of_bounds_loses_its_gradient_only_where_it_would_go_further() -> None:
    moved = [math.log(1.5), math.log(0.5)]
    assert gradient(clipped, terms(moved, [0.0, 0.0], [1.0, -1.0])) == [0.0, 0.0]
    back = gradient(clipped, terms(moved, [0.0, 0.0], [-1.0, 1.0]))
    assert back == pytest.approx([1.5, -0.5])


def test_each_token_has_its_own_bounds() -> None:
    t = terms([math.log(1.5)] * 2, [0.0, 0.0], [1.0, 1.0])
    t.clip_high[1] = 0.6
    assert gradient(clipped, t) == pytest.approx([0.0, -1.5])


def test_gspo_has_one_ratio_per_row() -> None:
    t = terms([0.1, 0.3, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, -1.0], low=9, high=9, rows=[0, 0, 4])
    ratio = math.exp(0.2)
    assert gspo(t).tolist() == pytest.approx([-ratio, -ratio, math.e])


def test_cispo_keeps_the_gradient_of_clipped_tokens() -> None:
    found = gradient(cispo, terms([math.log(1.5), math.log(1.1)], [0.0, 0.0], [1.0, 1.0]))
    assert found == pytest.approx([-1.2, -1.1])


@given(st.lists(logs, min_size=1, max_size=5))
def test_the_kl_estimate_is_never_negative_and_zero_without_change(values: list[float]) -> None:
    new = torch.tensor(values, dtype=torch.float64)
    assert (kl_to(new, new.flip(0)) >= 0).all()
    assert not kl_to(new, new).any()


def test_the_kl_estimate_is_unbiased() -> None:
    p, q = torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.5, 0.25, 0.25])
    expected = float((p * (p / q).log()).sum())
    assert float((p * kl_to(p.log(), q.log())).sum()) == pytest.approx(expected, rel=1e-6)


def test_tokens_are_weighed_alike_or_by_sequence_or_by_a_constant() -> None:
    lengths, sequences = torch.tensor([3.0, 1.0]), torch.tensor([0, 0, 0, 1])
    assert token_weights(lengths, sequences, "token_mean", 1.0).tolist() == pytest.approx([0.25] * 4)
    assert token_weights(lengths, sequences, "sequence_mean", 1.0).tolist() == pytest.approx([1 / 6] * 3 + [1 / 2])
    assert token_weights(lengths, sequences, "constant", 10.0).tolist() == pytest.approx([0.05] * 4)


def test_the_dual_clip_bounds_tokens_of_negative_advantage_and_leaves_the_rest_alone():
    t = terms([0.0, 0.0, -2.0, -0.1, 0.0], [-9.0, -0.5, -1.0, -0.1, -9.0], [-1.0, -1.0, -1.0, -2.0, 1.0])
    plain, bounded = clipped(t).tolist(), dual_clipped(3.0)(t).tolist()
    assert plain[0] == pytest.approx(math.exp(9))
    assert bounded == pytest.approx([3.0, *plain[1:]])
    assert gradient(dual_clipped(3.0), t) == pytest.approx([0.0, *gradient(clipped, t)[1:]])


def test_a_dual_bound_that_would_cut_ordinary_ratios_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        dual_clipped(1.0)


def test_the_entropy_of_the_likeliest_tokens_takes_the_one_that_reaches_the_share() -> None:
    log_p = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.05, 0.9, 0.03, 0.02]]).log().requires_grad_()
    found = nucleus_entropies(log_p, 0.75)
    q = torch.tensor([0.5, 0.3]) / 0.8
    assert found.tolist() == pytest.approx([float(-(q * q.log()).sum()), 0.0], abs=1e-6)
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert log_p.grad is not None
    assert torch.isfinite(log_p.grad).all()
    assert not log_p.grad[0, 2:].any()
    torch.testing.assert_close(nucleus_entropies(log_p, 1.0), entropies(log_p))
