"""Runs whose weights are spread over two processes: they end as those of one, and go on whoever was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load

from sge_agent import checkpoint
from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.export import export
from sge_agent.learner import Learner
from sge_agent.policies.loading import blocks
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.settings import SettingError
from tests.sge_agent import tiny
from tests.sge_agent.small_runs import metrics
from tests.sge_agent.test_faults import KILL, NEVER, WORDS, Codes, left_behind, play_stories, said

STORIES = {
    "alone": [[NEVER]],
    "two": [[NEVER, NEVER]],
    "two, the first is killed": [[KILL, NEVER], [NEVER, NEVER]],
    "two, the second is killed as it saves": [[NEVER, "save@2"], [NEVER, NEVER]],
    "two, the second is killed as it learns, one goes on": [[NEVER, "back@2"], [NEVER]],
    "one, is killed, two go on": [[KILL], [NEVER, NEVER]],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Codes]:
    place = tmp_path_factory.mktemp("shards")
    return place, play_stories(place, STORIES, [*WORDS, "--shard"])


def run_of(place: Path, story: str) -> Path:
    return place / story.replace(" ", "_") / "run"


def assert_close(found: Path, expected: Path) -> None:
    """The metrics of both runs, update by update."""
    rows, others = metrics(found), metrics(expected)
    assert len(rows) == len(others) == 3
    for row, other in zip(rows, others, strict=True):
        assert [name for name in row if row[name] is None] == [name for name in other if other[name] is None]
        numbers = {name: value for name, value in other.items() if value is not None}
        assert {name: row[name] for name in numbers} == pytest.approx(numbers, rel=1e-4, abs=1e-5)


def weights(model: Path) -> dict[str, torch.Tensor]:
    return dict(TransformersPolicy.from_pretrained(model).model.named_parameters())


def test_however_many_processes_hold_the_weights_a_run_has_the_numbers_of_one(place: tuple[Path, Codes]) -> None:
    folder, codes = place
    assert codes["alone"] == [[0]]
    assert any(row["learner/steps"] for row in metrics(run_of(folder, "alone")))
    for story in STORIES:
        words = "".join(path.read_text() for path in sorted(run_of(folder, story).parent.glob("said-*")))
        assert set(codes[story][-1]) == {0}, words
        assert_close(run_of(folder, story), run_of(folder, "alone"))


def test_who_is_left_when_one_is_killed_says_so(place: tuple[Path, Codes]) -> None:
    folder, codes = place
    for story in STORIES:
        if story.startswith("two, "):
            gone = int("second" in story)
            words = said(folder, story, 1 - gone)
            assert (codes[story][0][gone], codes[story][0][1 - gone]) == (-9, 1), words
            assert "sge: error: another process of the run is gone" in words
            assert "Traceback" not in words


def test_as_many_processes_as_before_go_on_exactly(place: tuple[Path, Codes]) -> None:
    for story in ("two, the first is killed", "two, the second is killed as it saves"):
        found, expected = (left_behind(run_of(place[0], name)) for name in (story, "two"))
        assert found.keys() == expected.keys()
        in_parts = [name for name in expected if "/parts/" in name]
        assert len(in_parts) == 4  # two checkpoints of two processes
        for name in in_parts:  # their headers come in any order
            one, other = load(found.pop(name)), load(expected.pop(name))
            assert one.keys() == other.keys()
            assert all(torch.equal(one[key], other[key]) for key in one)
        assert [name for name in expected if found[name] != expected[name]] == []


def test_a_checkpoint_in_parts_has_a_model_for_everybody_and_is_read_by_one_process(
    place: tuple[Path, Codes], tmp_path: Path
) -> None:
    run = run_of(place[0], "two")
    files = {path.name for path in checkpoint.saved(run / "checkpoint")[-1].rglob("*.safetensors")}
    assert files == {"model.safetensors", *(f"shard-0000{n}-model-00001-of-00001.safetensors" for n in (1, 2))}
    assert export(run, tmp_path / "model", which="last") == 3
    exported = weights(tmp_path / "model")
    alone = weights(checkpoint.model_folder(run_of(place[0], "alone") / "checkpoint"))
    for name, weight in alone.items():
        torch.testing.assert_close(exported[name], weight, rtol=1e-3, atol=1e-4)
    fresh = tiny.policy(seed=1)
    progress = checkpoint.load(run / "checkpoint", policy=fresh, learner=Learner(fresh), exploration=Ignores())
    assert progress["update"] == 3
    assert all(torch.equal(weight, exported[name]) for name, weight in fresh.model.named_parameters())
    smaller = TransformersPolicy(tiny.model(kv_heads=1), tiny.tokenizer())
    with pytest.raises(RunError, match="expected shape"):
        checkpoint.load(run / "checkpoint", policy=smaller, learner=Learner(smaller), exploration=Ignores())


class Ignores(Exploration):
    """A method that takes any state."""

    def load_state_dict(self, state: Any) -> None: ...


def test_what_cannot_be_sharded_is_said() -> None:
    model = tiny.model()
    assert [type(block).__name__ for block in blocks(model)] == ["Qwen3DecoderLayer"] * 2
    model._no_split_modules = []
    with pytest.raises(ValueError, match="does not say which of its modules are blocks"):
        blocks(model)
    with pytest.raises(SettingError, match="--shard must be off with --max-staleness"):
        TrainConfig(env="toy", shard=True, max_staleness=1)
