import pytest
import torch

from sge_agent.exploration.entropy_bonus import EntropyBonus
from tests.sge_agent.exploration.made import batch, context, episode


def test_it_is_the_entropy_and_has_no_gradient_where_all_tokens_are_alike() -> None:
    logits = torch.tensor([[0.0, 0, 0, 0], [2.0, 0, -1, 0]], requires_grad=True)
    found = EntropyBonus(0.5).token_loss(batch(episode([0]), [0, 0], {}), logits, context())
    assert found is not None
    p = logits[1].detach().softmax(-1)
    assert found.tolist() == pytest.approx([-0.5 * torch.tensor(4.0).log().item(), 0.5 * float((p * p.log()).sum())])
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0].abs().max() < 1e-7
    assert logits.grad[1, 0] > 0.01  # descending lowers the likeliest


def test_a_negative_bonus_is_refused() -> None:
    with pytest.raises(ValueError, match="coefficient must be 0 or more"):
        EntropyBonus(-1)
