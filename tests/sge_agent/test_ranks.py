"""Two processes that share an update compute what one does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent import checkpoint
from sge_agent.errors import RunError
from sge_agent.ranks import Alone, add_gradients, joined, share
from sge_agent.train import train
from tests.sge_agent import tiny
from tests.sge_agent.gradients import distance
from tests.sge_agent.ranks_script import CASES, SPREAD, update
from tests.sge_agent.small_runs import CONFIG, Lucky
from tests.sge_agent.test_checkpoint import LORA_WARNS

ROOT = Path(__file__).resolve().parents[2]


def test_shares_are_neighbours_and_everything_is_somebodys() -> None:
    class At(Alone):
        def __init__(self, rank: int, count: int) -> None:
            self.rank, self.count = rank, count

    for count in range(1, 6):
        for size in range(12):
            parts = [share(list(range(size)), At(rank, count)) for rank in range(count)]
            assert [item for part in parts for item in part] == list(range(size))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_one_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined() as ranks:
        assert (ranks.rank, ranks.count, ranks.gather([1, 2])) == (0, 1, [1, 2])
        assert add_gradients([], ranks, usable=True)


def test_a_process_that_does_not_see_the_checkpoint_of_the_others_stops(tmp_path: Path) -> None:
    class Second(Alone):
        rank, count = 1, 2

        def any(self, found: bool) -> bool:
            return True  # the first one has found it

    config = replace(CONFIG, run_dir=str(tmp_path / "run"))
    with pytest.raises(
        RunError, match="has no checkpoint here, but where another process of the run is: put it on a shared"
    ):
        train(config, make_env=Lucky, policy=tiny.policy(), existing="resume", ranks=Second())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model, and what two processes found."""
    place = tmp_path_factory.mktemp("ranks")
    checkpoint.save_model(tiny.policy(), place / "model")
    command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = [*command, "-m", "tests.sge_agent.ranks_script", str(place / "model"), str(place)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return place


def found(place: Path) -> list[dict[str, Any]]:
    return [torch.load(place / f"{rank}.pt", weights_only=False) for rank in (0, 1)]


@LORA_WARNS
def test_the_gradient_of_two_processes_is_that_of_one_whether_each_has_all_weights_or_half(place: Path) -> None:
    processes = found(place)
    for name, case in CASES.items():
        one = update(None, case, place / "model")
        assert one["gradient"], name
        for theirs in [process[name + spread] for process in processes for spread in ("", SPREAD)]:
            assert distance(theirs["gradient"], one["gradient"]) < 1e-6, name
            for key, value in one["metrics"].items():
                if key != "seconds":
                    assert theirs["metrics"][key] == pytest.approx(value, rel=1e-4, abs=1e-5), f"{name}: {key}"
            assert theirs["seen"].keys() == one["seen"].keys()
            for key, values in one["seen"].items():
                np.testing.assert_allclose(theirs["seen"][key], values, rtol=1e-4, atol=1e-4, err_msg=f"{name}: {key}")


def test_what_one_process_finds_not_finite_moves_no_weight_of_any(place: Path) -> None:
    start = dict(tiny.policy().model.named_parameters())
    for name in ("trained", "trained" + SPREAD):
        first, second = (process[name] for process in found(place))
        for process in (first, second):
            assert [(m["steps"], m["skipped_steps"]) for m in process["metrics"]] == [(0, 1), (1, 0)]
            spoilt, weights = process["weights"]
            assert all(torch.equal(spoilt[key], start[key]) for key in start)
            assert not all(torch.equal(weights[key], start[key]) for key in start)
        assert all(torch.equal(first["weights"][1][key], second["weights"][1][key]) for key in start)


def test_spread_weights_move_as_whole_ones_do_and_each_process_holds_half(place: Path) -> None:
    for process in found(place):
        whole, spread = process["trained"], process["trained" + SPREAD]
        norm, expected = spread["metrics"][1]["grad_norm"], whole["metrics"][1]["grad_norm"]
        assert norm == pytest.approx(expected, rel=1e-6)
        assert expected > 0.01  # so it was clipped
        for name, weight in whole["weights"][1].items():
            torch.testing.assert_close(spread["weights"][1][name], weight, rtol=1e-4, atol=1e-5)
        assert spread["held"] == pytest.approx(whole["held"] / 2, rel=0.02)


def test_adapters_and_rounded_weights_in_parts_go_on_bit_for_bit(place: Path) -> None:
    for process in found(place):
        assert len(process["goes on"]) == 2
        assert all(process["goes on"].values()), process["goes on"]
