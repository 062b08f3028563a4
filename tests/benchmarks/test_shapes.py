"""What a model costs, counted from its shape, beside what it really has and does."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import Qwen3ForCausalLM

from benchmarks.shapes import QWEN3, Shape, pairs_of

TINY = Shape(layers=2, width=32, inner=48, heads=4, kv_heads=2, head_dim=16, vocabulary=97)
UNTIED = Shape(layers=1, width=16, inner=24, heads=2, kv_heads=1, head_dim=8, vocabulary=50, tied=False)


def model(shape: Shape) -> Qwen3ForCausalLM:
    config = shape.config(positions=64)
    config._attn_implementation = "eager"  # whose products are counted whole, the upper triangle too
    return Qwen3ForCausalLM(config)


@pytest.mark.parametrize("shape", [TINY, UNTIED])
def test_the_parameters_are_those_of_the_model(shape: Shape) -> None:
    assert shape.parameters == sum(weight.numel() for weight in model(shape).parameters())


@pytest.mark.parametrize("shape", [TINY, UNTIED])
def test_the_operations_are_those_that_torch_counts(shape: Shape) -> None:
    made, ids = model(shape), torch.arange(3 * 7).reshape(3, 7)
    with FlopCounterMode(display=False) as counter:
        logits = made(input_ids=ids, logits_to_keep=2).logits
    forward = counter.get_total_flops()
    assert forward == shape.forward_flops(tokens=21, logits=6, pairs=3 * 7 * 7)
    with FlopCounterMode(display=False) as counter:
        logits.sum().backward()
    assert forward + counter.get_total_flops() == shape.training_flops(tokens=21, logits=6, pairs=3 * 7 * 7)


def test_the_published_shapes_have_the_published_sizes() -> None:
    sizes = {name: shape.parameters / 1e9 for name, shape in QWEN3.items()}
    assert sizes == pytest.approx({"Qwen3-0.6B": 0.596, "Qwen3-4B": 4.02, "Qwen3-32B": 32.8}, rel=2e-3)


def test_pairs_are_those_of_every_token_with_itself_and_all_before() -> None:
    assert pairs_of([(0, 4)]) == 1 + 2 + 3 + 4
    assert pairs_of([(2, 4), (0, 1)]) == 3 + 4 + 1
    assert pairs_of([]) == 0
