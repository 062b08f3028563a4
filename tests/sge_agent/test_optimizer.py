from __future__ import annotations

import pytest
import torch

from sge_agent.optimizer import Optimizer


def weights(dtype: torch.dtype = torch.float32) -> list[torch.nn.Parameter]:
    return [
        torch.nn.Parameter(torch.linspace(-1, 1, 6, dtype=dtype)),
        torch.nn.Parameter(torch.ones(2, 2, dtype=dtype)),
    ]


def push(optimizer: Optimizer, parameters: list[torch.nn.Parameter], size: float = 1.0) -> float | None:
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, size)
    return optimizer.step()


def test_the_rate_warms_up_and_falls_to_its_share() -> None:
    optimizer = Optimizer(weights(), lr=1.0, warmup_updates=2, final_lr=0.1, total_updates=11)
    rates = []
    for update in range(12):
        optimizer.begin(update)
        rates.append(optimizer.rate)
    assert rates[:3] == pytest.approx([0.5, 0.91, 0.82])
    assert rates[10] == rates[11] == pytest.approx(0.1)


def test_a_constant_rate_is_the_default() -> None:
    optimizer = Optimizer(weights(), lr=0.3, total_updates=5)
    for update in range(5):
        optimizer.begin(update)
        assert optimizer.rate == 0.3


def test_gradients_are_clipped_to_a_norm_and_reported_before() -> None:
    parameters = weights()
    optimizer = Optimizer(parameters, lr=0.1, max_grad_norm=1.0)
    assert push(optimizer, parameters, size=3.0) == pytest.approx(3 * 10**0.5)
    assert all(parameter.grad is None for parameter in parameters)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_moves_nothing(bad: float) -> None:
    parameters = weights()
    optimizer = Optimizer(parameters, lr=0.1)
    push(optimizer, parameters)
    before = [p.detach().clone() for p in parameters], {k: v.clone() for k, v in optimizer.tensors().items()}
    assert push(optimizer, parameters, size=bad) is None
    assert all(torch.equal(a, b) for a, b in zip(before[0], parameters, strict=True))
    assert all(torch.equal(value, optimizer.tensors()[name]) for name, value in before[1].items())


def test_steps_too_small_for_bfloat16_still_add_up() -> None:
    parameters = [torch.nn.Parameter(torch.ones(3, dtype=torch.bfloat16))]
    optimizer = Optimizer(parameters, lr=1e-4)
    for _ in range(100):
        push(optimizer, parameters)
    assert parameters[0].data[0].item() == pytest.approx(0.99, abs=0.004)
    lone = torch.nn.Parameter(torch.ones(3, dtype=torch.bfloat16))
    naive = torch.optim.AdamW([lone], lr=1e-4, weight_decay=0.0)
    for _ in range(100):
        lone.grad = torch.ones_like(lone)
        naive.step()
    assert lone.data[0].item() == 1.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_loaded_state_goes_on_bit_for_bit(dtype: torch.dtype) -> None:
    whole, cut = weights(dtype), weights(dtype)
    straight = Optimizer(whole, lr=0.01)
    for size in (1.0, 2.0, 3.0):
        push(straight, whole, size)
    first = Optimizer(cut, lr=0.01)
    for size in (1.0, 2.0):
        push(first, cut, size)
    second = Optimizer(cut, lr=0.01)
    second.load_tensors({name: value.clone() for name, value in first.tensors().items()})
    push(second, cut, 3.0)
    assert all(torch.equal(a, b) for a, b in zip(whole, cut, strict=True))
    assert all(torch.equal(value, second.tensors()[name]) for name, value in straight.tensors().items())


def test_a_state_of_another_model_is_refused() -> None:
    parameters = weights()
    optimizer = Optimizer(parameters, lr=0.1)
    push(optimizer, parameters)
    with pytest.raises(ValueError, match=r"parameter 0 .*expected shape \(4,\), got \(6,\)"):
        Optimizer([torch.nn.Parameter(torch.ones(4))], lr=0.1).load_tensors(optimizer.tensors())
    with pytest.raises(ValueError, match="of 1 parameters"):
        Optimizer(parameters[:1], lr=0.1).load_tensors(optimizer.tensors())


def test_a_model_without_trainable_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="trainable"):
        Optimizer([], lr=0.1)
