from pathlib import Path

import pytest

from benchmarks.compare import as_markdown, read_seed, summary
from benchmarks.runs import Run, play
from tests.sge_agent.runs import write_run


def test_a_seed_is_read_from_its_run_folder(tmp_path: Path) -> None:
    seed = read_seed(Run("sge", 3, write_run(tmp_path / "run", success=(0.0, 0.25, 0.5, 1.0), final=0.75), ()))
    # evaluations: 0 before training, 0.25 after update 2, 1 after update 4
    assert seed.area == pytest.approx((0.125 * 2 + 0.625 * 2) / 4)
    assert (seed.first_success, seed.train, seed.held_out, seed.took_off) == (2, 0.75, 0.375, True)
    assert (seed.episodes, seed.tokens) == (32, 400)


def test_the_verdict_follows_from_the_seeds(tmp_path: Path) -> None:
    runs = [
        *(Run("sge", i, write_run(tmp_path / f"s{i}", success=(0.5, 0.9 - i / 10, 1.0, 1.0)), ()) for i in range(3)),
        *(Run("grpo", i, write_run(tmp_path / f"g{i}", success=(0.0, 0.0, 0.0, 0.1), final=0.0), ()) for i in range(3)),
    ]
    seeds = [read_seed(run) for run in runs]
    results = summary(seeds)
    assert results["difference_excludes_zero"]
    assert results["grpo_under_half"]
    text = as_markdown(seeds, results)
    assert text.count("| sge | ") == 4  # three seeds and their mean
    assert "which excludes 0; grpo's mean area is under half of sge's" in text
    even = summary([read_seed(Run(arm, seed, tmp_path / "s0", ())) for arm in ("sge", "grpo") for seed in range(3)])
    assert not even["difference_excludes_zero"]
    assert not even["grpo_under_half"]


def test_a_finished_run_is_not_played_again(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    assert play(Run("sge", 0, folder, ("--recipe", "no such recipe"))) == ""
