from dataclasses import replace

import pytest

from benchmarks.one_liners import RECIPE, SETS, Result, as_markdown, is_misread, make_env, read_success
from sge_agent.config import load_recipe
from sge_agent.measure import choose_tasks


def result(arm: str, seed: int, height: float) -> Result:
    before, after = dict.fromkeys(SETS, 0.25), dict.fromkeys(SETS, height)
    return Result(arm, seed, before, after, height, 64, 1000, 0.5)


def test_success_is_counted_apart_on_problems_that_the_base_misreads() -> None:
    config = replace(load_recipe(RECIPE), tasks=12, held_out_tasks=2)
    env = make_env()
    found = choose_tasks(config, make_env)
    misread = {ref.key for ref in found["train"] if is_misread(ref.key, env)}
    assert 0 < len(misread) < 12
    tasks = [{"task": ref.key, "successes": int(ref.key in misread), "episodes": 2} for ref in found["train"]]
    success = read_success({"train": {"tasks": tasks}, "held_out": {"tasks": tasks}}, misread.__contains__)
    assert success["train"] == pytest.approx(len(misread) / 24)
    assert success["train, misread"] == 0.5


def test_the_table_has_the_base_every_seed_and_the_verdict() -> None:
    results = [
        result(arm, seed, height + seed / 100) for arm, height in (("sge", 0.9), ("grpo", 0.25)) for seed in (0, 1)
    ]
    text = as_markdown(results)
    assert "| base | all | | 0.25 |" in text
    assert text.count("| sge | ") == 3
    assert "which excludes 0" in text
    level = as_markdown([result(arm, seed, 0.25) for arm in ("sge", "grpo") for seed in (0, 1)])
    assert "which does not exclude 0" in level
    assert "no verdict" in as_markdown(results[::2])
