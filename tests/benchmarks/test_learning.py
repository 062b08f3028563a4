from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from benchmarks.learning import RECIPES, base_line
from sge_agent.config import load_recipe
from sge_agent.train import train
from sge_envs.code.sandbox import NoSandbox, get_sandbox


@pytest.mark.parametrize("recipe", [*RECIPES, "one_liners"])
def test_the_recipe_trains_the_embedded_model(recipe: str, tmp_path: Path) -> None:
    if recipe == "miniwob":
        pytest.importorskip("miniwob", reason="MiniWoB++ is not installed: pip install .[miniwob]")
        from sge_envs.ui.chromium import NoBrowser, find_browser

        try:
            find_browser()
        except NoBrowser as error:
            pytest.skip(str(error))
    if recipe == "one_liners":
        try:
            get_sandbox()
        except NoSandbox as error:
            pytest.skip(str(error))
    config = replace(
        load_recipe(recipe),
        tasks=2,
        held_out_tasks=0,
        updates=1,
        tasks_per_update=2,
        group_size=2,
        reflecting_members=1,
        eval_episodes=0,
        run_dir=str(tmp_path / "run"),
    )

    def make_env() -> Any:
        return gymnasium.make(config.env, disable_env_checker=True, **config.env_options)

    assert train(config, make_env=make_env).updates == 1


def test_the_base_is_the_mean_of_all_evaluations_before_training() -> None:
    def measured(share: float) -> dict[str, Any]:
        return {"pass_at": {"1": {"mean": share}}, "episodes": 96}

    before = [{"train": measured(share), "held_out": measured(0.0)} for share in (0.0, 0.25)]
    assert base_line(before) == "base: train pass@1 0.125, held-out pass@1 0.000 (384 plain episodes)"
