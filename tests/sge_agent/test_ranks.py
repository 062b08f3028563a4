"""Two processes that share an update compute what one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sge_agent.ranks import Alone, add_gradients, joined, share
from sge_agent.types import EpisodeSpec, Group, TaskRef
from tests.sge_agent import tiny
from tests.sge_agent.gradients import distance

ROOT = Path(__file__).resolve().parents[2]


def played() -> list[Group]:
    """The same groups in every process: what is played depends on seeds alone."""
    refs = [TaskRef("toy", number) for number in range(3)]
    episodes = tiny.play(tiny.policy(), [EpisodeSpec(ref) for ref in refs for _ in range(3)])
    return [Group(ref, tuple(episodes[3 * g : 3 * g + 3])) for g, ref in enumerate(refs)]


def test_shares_are_neighbours_and_everything_is_somebodys() -> None:
    class At(Alone):
        def __init__(self, rank: int, count: int) -> None:
            self.rank, self.count = rank, count  # type: ignore[misc]

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


def test_the_gradient_of_two_processes_is_that_of_one(tmp_path: Path) -> None:
    from tests.sge_agent.ranks_script import CASES, update

    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = [*command, "-m", "tests.sge_agent.ranks_script", str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    for name, settings in CASES.items():
        gradient, metrics = update(None, played(), **settings)
        for process in (first, second):
            theirs, their_metrics = process["found"][name]
            assert distance(theirs, gradient) < 1e-6, name
            for key, value in metrics.items():
                if key != "seconds":
                    np.testing.assert_allclose(
                        their_metrics[key], value, rtol=1e-4, atol=1e-5, err_msg=f"{name}: {key}"
                    )
    assert all(torch.equal(first["weights"][name], second["weights"][name]) for name in first["weights"])
