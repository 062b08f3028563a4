from pathlib import Path

import pytest

from sge_wrappers.bridges.episodes import task_rows
from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD

pytestmark = pytest.mark.filterwarnings("ignore")
WHY = "Stable-Baselines3 is not installed: pip install 'strategy-guided-exploration[sb3]'"


def test_the_array_env_passes_the_check_of_sb3() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason=WHY)
    from sge_wrappers.bridges.arrays import array_env
    from sge_wrappers.bridges.sb3 import MaskedEnv

    checker.check_env(MaskedEnv(array_env(HOUSEHOLD, actions=40)), skip_render_check=True)


def test_a_vector_is_seeded_and_knows_its_masks() -> None:
    pytest.importorskip("stable_baselines3", reason=WHY)
    from sge_wrappers.bridges.sb3 import vector

    rows = task_rows(HOUSEHOLD, count=6)
    first, second = (vector(HOUSEHOLD, envs=3, rows=rows, features=32, seed=4).reset() for _ in range(2))
    assert (first == second).all()
    envs = vector(HOUSEHOLD, envs=2, features=32)
    envs.reset()
    masks = envs.env_method("action_masks")
    assert all(mask.any() and not mask.all() for mask in masks)
    envs.step([int(mask.argmax()) for mask in masks])
    envs.close()


def test_ppo_learns_an_easy_slice_of_the_household_games(tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3", reason=WHY)
    printed = run("sb3_ppo.py", folder=tmp_path).splitlines()[-1]
    before, after = (float(word.rstrip(",")) for word in printed.split() if word[0].isdigit())
    assert after >= before + 0.25
