from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from sge_agent import checkpoint
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.learner import Learner
from sge_agent.policies.transformers import Lora, TransformersPolicy
from sge_agent.types import Group
from tests.sge_agent import tiny

LORA_WARNS = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name


class Counting(Exploration):
    """A method with a memory: how often it was saved."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: Any) -> None:
        self.count = state["count"]


def parts(base: Path | None = None, *, lora: bool = False, dtype: torch.dtype = torch.float32) -> dict[str, Any]:
    """Policy, learner and method of a fresh run."""
    if base is None:
        policy = tiny.policy()
    else:
        policy = TransformersPolicy.from_pretrained(base, lora=Lora(rank=2, alpha=8) if lora else None, dtype=dtype)
    return {"policy": policy, "learner": Learner(policy, lr=1e-3), "exploration": Counting()}


def learn(run: dict[str, Any]) -> None:
    """One update on fresh episodes of the policy as it is."""
    groups: list[Group] = tiny.groups(run["policy"], tasks=2)
    assert run["learner"].step(groups)["steps"] > 0


def weights(run: dict[str, Any]) -> list[torch.Tensor]:
    return [p.detach().clone() for p in run["policy"].model.parameters()]


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no more: writing past ``size`` bytes of a file fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@LORA_WARNS
@pytest.mark.parametrize(("lora", "dtype"), [(False, torch.float32), (False, torch.bfloat16), (True, torch.float32)])
def test_a_resumed_run_goes_on_bit_for_bit(tmp_path: Path, lora: bool, dtype: torch.dtype) -> None:
    base = tmp_path / "base"
    checkpoint.save_model(tiny.policy(), base)
    whole = parts(base, lora=lora, dtype=dtype)
    learn(whole)
    whole["exploration"].count = 3
    checkpoint.save(tmp_path / "run", **whole, progress={"update": 1})
    learn(whole)

    resumed = parts(base, lora=lora, dtype=dtype)
    assert checkpoint.load(tmp_path / "run", **resumed) == {"update": 1}
    assert (resumed["policy"].version, resumed["learner"].updates, resumed["exploration"].count) == (1, 1, 3)
    learn(resumed)
    assert same(resumed, whole)


def test_a_checkpoint_is_an_ordinary_model_folder(tmp_path: Path) -> None:
    run = parts()
    learn(run)
    checkpoint.save(tmp_path, **run, progress={})
    loaded = parts(checkpoint.model_folder(tmp_path))
    assert same(loaded, run)
    files = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pkl"))]


@LORA_WARNS
def test_adapters_are_merged_in_the_model_folder(tmp_path: Path) -> None:
    base = tmp_path / "base"
    checkpoint.save_model(tiny.policy(), base)
    run = parts(base, lora=True)
    for _ in range(3):
        learn(run)
    checkpoint.save(tmp_path / "run", **run, progress={})
    merged = parts(checkpoint.model_folder(tmp_path / "run"))["policy"]
    ids = torch.arange(20)[None]
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.no_grad():
        expected = run["policy"].forward_logits(ids, mask, mask)
        assert torch.allclose(merged.forward_logits(ids, mask, mask), expected, atol=1e-4)
        assert not torch.allclose(parts(base)["policy"].forward_logits(ids, mask, mask), expected, atol=1e-4)


def test_the_last_and_the_best_checkpoints_are_kept(tmp_path: Path) -> None:
    run = parts()
    for update, score in enumerate([0.2, 0.9, 0.1, 0.3, None], start=1):
        run["learner"].updates = update
        checkpoint.save(tmp_path, **run, progress={}, score=score, keep=2)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["000002", "000004", "000005"]
    assert checkpoint.best(tmp_path) == tmp_path / "000002"
    assert checkpoint.model_folder(tmp_path) == tmp_path / "000005" / "model"


def test_a_full_disk_is_one_clear_error_and_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    run = parts()
    run["learner"].updates = 1
    checkpoint.save(tmp_path, **run, progress={"update": 1})
    learn(run)
    for size in (100, 20_000, 100_000):
        with files_of_at_most(size), pytest.raises(RunError, match="make room"):
            checkpoint.save(tmp_path, **run, progress={"update": 2})
        assert [path.name for path in tmp_path.iterdir()] == ["000001"]
    assert checkpoint.load(tmp_path, **parts()) == {"update": 1}


def test_a_process_killed_while_it_wrote_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = parts()
    checkpoint.save(tmp_path, **run, progress={})

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    run["learner"].updates = 1
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_write", die)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save(tmp_path, **run, progress={})
    assert len(list(tmp_path.iterdir())) == 2
    assert checkpoint.model_folder(tmp_path).parent.name == "000000"
    checkpoint.save(tmp_path, **run, progress={})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000000", "000001"]


def test_what_cannot_be_loaded_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no checkpoint"):
        checkpoint.load(tmp_path, **parts())
    run = parts()
    learn(run)
    path = checkpoint.save(tmp_path, **run, progress={})
    smaller = TransformersPolicy(tiny.model(kv_heads=1), tiny.tokenizer())
    with pytest.raises(RunError, match="cannot be loaded"):
        checkpoint.load(tmp_path, policy=smaller, learner=Learner(smaller), exploration=Counting())
    state = json.loads((path / "state.json").read_text())
    (path / "state.json").write_text(json.dumps(state | {"format": 99}))
    with pytest.raises(RunError, match="format 99"):
        checkpoint.load(tmp_path, **parts())
    (path / "state.json").write_text("{")
    with pytest.raises(RunError, match="cannot be loaded"):
        checkpoint.load(tmp_path, **parts())
