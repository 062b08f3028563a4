"""NeMo-RL is not on PyPI: its published interface (two classes) stands in for it here, and Ray's decorator with it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD, SETTINGS, plan

torch = pytest.importorskip("torch")
STANDINS = Path(__file__).parent / "standins"
OURS = "sge_wrappers.bridges.nemo_rl"


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def stands_in(name: str) -> bool:
        return name == OURS or name.partition(".")[0] in ("ray", "nemo_rl")

    for name in filter(stands_in, list(sys.modules)):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(STANDINS))
    yield importlib.import_module(OURS)
    for name in filter(stands_in, list(sys.modules)):
        del sys.modules[name]


def said(text: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "..."}, {"role": "assistant", "content": text}]


def test_a_batch_plays_its_own_episodes_though_their_metadata_are_equal(bridge: Any) -> None:
    row = {"split": "easy", "seed": 4}
    env = bridge.NemoTextEnv({**SETTINGS, "template": "<{observation}>"})
    metadata: list[Any] = [row, row]
    for action in plan(row):
        returned = env.step([said(f"<action>{action}</action>"), said("look")], metadata)
        metadata = returned.metadata
    assert returned.rewards.tolist() == [1.0, 0.0]
    assert returned.rewards.dtype == torch.float32
    assert returned.terminateds.tolist() == [True, False]
    assert returned.terminateds.dtype == torch.bool
    assert returned.metadata[0] is None
    assert returned.next_stop_strings == [None, None]
    assert returned.observations[1]["role"] == "environment"
    assert returned.observations[1]["content"].startswith("<You are in the middle of a room.")
    env.shutdown()


def test_no_text_raises_and_an_episode_that_is_over_stays_over(bridge: Any) -> None:
    env = bridge.NemoTextEnv(SETTINGS)
    texts = ["", "<action>", "\0\ud800", 3, None]
    returned = env.step([said(text) for text in texts], [{"seed": i} for i in range(len(texts))])
    assert returned.rewards.tolist() == [0.0] * len(texts)
    gone = env.step([said("look"), []], [{"episode": "gone"}, {"seed": 1}])
    assert gone.terminateds.tolist() == [True, False]
    assert "episode is over" in gone.observations[0]["content"]


def test_metrics_and_the_actor(bridge: Any) -> None:
    env = bridge.NemoTextEnv(SETTINGS)
    batch = {"total_reward": torch.tensor([1.0, 0.0, 0.0, 1.0])}
    assert env.global_post_process_and_metrics(batch) == (batch, {"success_rate": 0.5})
    assert env.global_post_process_and_metrics({}) == ({}, {"success_rate": 0.0})
    assert bridge.RemoteTextEnv.cls is bridge.NemoTextEnv


def test_the_first_observation_stands_in_the_data(bridge: Any) -> None:
    rows = bridge.data_rows(HOUSEHOLD, count=2, split="easy")
    assert all("Your task is to: " in row["prompt"] and row["extra_env_info"]["task_id"] for row in rows)


def test_the_example_plays(tmp_path: Path) -> None:
    printed = run("nemo_rl_household.py", folder=tmp_path, paths=(STANDINS,))
    assert "terminated [False, False, False, False]" in printed
