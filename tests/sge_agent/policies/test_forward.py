"""What is computed once for several rows equals what is computed row by row, and so does its gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sge_agent import families
from sge_agent.policies.forward import Forward
from tests.sge_agent import tiny

WIDTH = 120


def drawn(rng: np.random.Generator, *, prompts: int, members: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Right-padded rows of several groups, their masks, and positions to keep, some of them in the shared part."""
    rows = []
    for _ in range(prompts):
        prompt = rng.integers(0, 256, int(rng.integers(30, 70))).tolist()
        rows += [prompt + rng.integers(0, 256, int(rng.integers(1, 40))).tolist() for _ in range(members)]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    ids, mask = torch.zeros(len(rows), WIDTH, dtype=torch.long), torch.zeros(len(rows), WIDTH, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = torch.tensor(row), True
    return ids, mask, mask & torch.from_numpy(rng.random(mask.shape) < 0.5)


@pytest.mark.parametrize(("prompts", "members"), [(1, 6), (3, 4), (4, 1), (2, 2)])
def test_sharing_a_beginning_changes_neither_logits_nor_gradient(
    prompts: int, members: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny.model(seed=1).eval()
    forward = Forward(model)
    ids, mask, keep = drawn(np.random.default_rng(prompts), prompts=prompts, members=members)
    assert bool(families.worthwhile([row[row_mask].tolist() for row, row_mask in zip(ids, mask, strict=True)])) == (
        members > 1
    )

    def run(worth: float) -> tuple[torch.Tensor, torch.Tensor]:
        monkeypatch.setattr(families, "WORTH", worth)
        model.zero_grad()
        logits = forward.forward_logits(ids, mask, keep)
        torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)) % 256).backward()
        return logits.detach(), torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])

    (logits, gradient), (plain_logits, plain_gradient) = run(0.01), run(2.0)
    torch.testing.assert_close(logits, plain_logits, rtol=1e-4, atol=1e-4)
    assert float((gradient - plain_gradient).norm() / plain_gradient.norm()) < 1e-5


def test_hidden_states_are_those_of_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Forward(tiny.model(seed=2).eval())
    ids, mask, keep = drawn(np.random.default_rng(7), prompts=2, members=5)
    with torch.no_grad():
        shared = forward.forward_hidden(ids, mask, keep)
        monkeypatch.setattr(families, "WORTH", 2.0)
        torch.testing.assert_close(shared, forward.forward_hidden(ids, mask, keep), rtol=1e-4, atol=1e-4)


def test_a_beginning_is_computed_once() -> None:
    model = tiny.model(seed=3).eval()
    forward, seen = Forward(model), []
    model.get_decoder().register_forward_pre_hook(  # type: ignore[no-untyped-call]
        lambda module, args, kwargs: seen.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    ids = torch.cat([torch.full((8, 100), 5), torch.arange(8 * 10).view(8, 10)], dim=1)
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.no_grad():
        forward.forward_logits(ids, mask, mask)
    assert sum(seen) == 100 + 8 * 10
