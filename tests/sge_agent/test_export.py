from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from sge_agent import checkpoint
from sge_agent.cli import main
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.export import export
from sge_agent.learner import Learner
from sge_agent.policies.transformers import Lora, TransformersPolicy
from tests.sge_agent import tiny
from tests.sge_agent.gradients import shift


def run_with(path: Path, policy: TransformersPolicy, scores: list[float | None]) -> list[dict[str, torch.Tensor]]:
    """A run folder with a checkpoint for each score; the weights of each."""
    learner, weights = Learner(policy), []
    for update, score in enumerate(scores, start=1):
        shift(policy)
        learner.updates = update
        checkpoint.save(
            path / "checkpoint",
            policy=policy,
            learner=learner,
            exploration=Exploration(),
            progress={},
            score=score,
            keep=9,
        )
        weights.append({name: weight.clone() for name, weight in policy.model.state_dict().items()})
    return weights


@pytest.mark.parametrize(("which", "update"), [("best", 2), ("last", 3), ("1", 1)])
def test_the_folder_loads_like_any_other_model(tmp_path: Path, which: str, update: int) -> None:
    weights = run_with(tmp_path / "run", tiny.policy(), [0.1, 0.5, 0.2])
    assert export(tmp_path / "run", tmp_path / "out", which=which) == update
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer.decode(tokenizer.encode("go to shelf 1")) == "go to shelf 1"
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in weights[update - 1].items())
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json"] * 4 + [".safetensors"]


def test_without_scores_the_best_is_the_last(tmp_path: Path) -> None:
    run_with(tmp_path / "run", tiny.policy(), [None, None])
    assert export(tmp_path / "run", tmp_path / "out") == 2


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_adapters_are_merged(tmp_path: Path) -> None:
    checkpoint.save_model(tiny.policy(), tmp_path / "base")
    policy = TransformersPolicy.from_pretrained(tmp_path / "base", lora=Lora(rank=2, alpha=8))
    run_with(tmp_path / "run", policy, [None])
    export(tmp_path / "run", tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    ids = torch.arange(20)[None]
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.no_grad():
        assert torch.allclose(model(ids).logits[0], policy.forward_logits(ids, mask, mask), atol=1e-4)


def test_only_a_model_is_ever_replaced_and_only_when_asked_for(tmp_path: Path) -> None:
    run_with(tmp_path / "run", tiny.policy(), [0.1, 0.2])
    (tmp_path / "empty").mkdir()
    assert export(tmp_path / "run", tmp_path / "empty") == 2
    with pytest.raises(RunError, match="not empty"):
        export(tmp_path / "run", tmp_path / "empty")
    (tmp_path / "empty" / "model-00002-of-00002.safetensors").touch()
    assert export(tmp_path / "run", tmp_path / "empty", which="1", overwrite=True) == 1
    assert not (tmp_path / "empty" / "model-00002-of-00002.safetensors").exists()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text").write_text("all my work")
    with pytest.raises(RunError, match="no model, and is left as it is"):
        export(tmp_path / "run", tmp_path / "thesis", overwrite=True)
    with pytest.raises(RunError, match="is a file"):
        export(tmp_path / "run", tmp_path / "thesis" / "text", overwrite=True)
    assert (tmp_path / "thesis" / "text").read_text() == "all my work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "run", "thesis"]


def test_the_command_says_what_it_did_and_what_it_cannot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_with(tmp_path / "run", tiny.policy(), [0.1, 0.2])
    assert main(["export", str(tmp_path / "run"), str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"model of update 2: {tmp_path / 'out'}\n"
    assert main(["export", str(tmp_path / "run"), str(tmp_path / "out2"), "--which", "7"]) == 1
    assert "--which expects best, last or one of 1, 2, got '7'" in capsys.readouterr().err
    assert main(["export", str(tmp_path), str(tmp_path / "out2")]) == 1
    assert "has no checkpoint to export" in capsys.readouterr().err
