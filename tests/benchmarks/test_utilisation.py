"""What the utilisation benchmark says that an update computes, beside what torch counts in one."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.shapes import Shape
from benchmarks.utilisation import Device, Load, make_groups, make_policy, sampler_seconds, work_of
from sge_agent.learner import Learner
from tests.sge_agent import tiny

SHAPE = Shape(layers=2, width=32, inner=48, heads=4, kv_heads=2, head_dim=8, vocabulary=260)
LOAD = Load(groups=2, members=4, turns=2, prompt=24, written=4, seen=3)
CPU = Device("cpu", "float32")


def products(counter: FlopCounterMode) -> int:
    """Operations of products with weights; those of attention have other names."""
    return sum(counter.get_flop_counts()["Global"].get(name, 0) for name in (torch.ops.aten.mm, torch.ops.aten.addmm))


def test_an_update_computes_what_is_said_each_prompt_once() -> None:
    policy = make_policy(SHAPE, CPU, tiny.tokenizer(), rows=8)
    learner, groups = Learner(policy, epochs=1, old_logprobs="recomputed"), make_groups(LOAD, SHAPE.vocabulary)
    work = work_of(learner, groups)
    own = 4 + 3 + 4  # the last observation trains nothing
    assert (work.tokens, work.logits) == (2 * 24 + 8 * own, 8 * 2 * 4)
    with FlopCounterMode(display=False) as counter:
        metrics = learner.step(groups)
    assert metrics["rows"] == 8
    assert products(counter) == SHAPE.training_flops(work.tokens, work.logits, pairs=0)


def test_sampling_computes_what_is_said() -> None:
    policy = make_policy(SHAPE, CPU, tiny.tokenizer(), rows=8)
    with FlopCounterMode(display=False) as counter:
        _, work = sampler_seconds(policy, CPU, LOAD, repeats=1)
    assert 0 < work.logits <= 8 * 4
    # twice: once to fill caches; a text may end early, and its row then costs what is left of it
    assert 2 * SHAPE.forward_flops(work.tokens, 8, pairs=0) <= products(counter)
