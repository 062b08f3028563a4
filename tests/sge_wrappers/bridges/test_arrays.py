import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from sge_wrappers.bridges.arrays import TaskSlice, array_env
from sge_wrappers.bridges.episodes import task_rows
from tests.sge_wrappers.bridges.household import HOUSEHOLD


@pytest.mark.filterwarnings("ignore")  # it warns about every wrapper
def test_the_array_env_passes_gymnasiums_own_check() -> None:
    check_env(array_env(HOUSEHOLD, actions=40), skip_render_check=True)


def test_the_mask_says_which_numbers_are_actions() -> None:
    env = array_env(HOUSEHOLD, actions=60, features=64)
    observation, info = env.reset(seed=1)
    assert observation.shape == (64,)
    assert observation.dtype == np.float32
    assert info["action_mask"].sum() == len(info["admissible_actions"])
    done = False
    while not done:
        action = int(env.action_space.sample(info["action_mask"]))
        observation, _, terminated, truncated, info = env.step(action)
        done = terminated or truncated
        assert "action_error" not in info
    assert "success" in info


def test_a_slice_plays_its_tasks_alone_and_the_seed_decides_which() -> None:
    rows = task_rows(HOUSEHOLD, count=3, split="easy")
    env = TaskSlice(HOUSEHOLD(), rows)
    ids = [env.reset(seed=seed)[1]["task_id"] for seed in range(20)]
    assert set(ids) == {row["task_id"] for row in rows}
    assert ids == [env.reset(seed=seed)[1]["task_id"] for seed in range(20)]
    env.reset(seed=1)
    later = [env.reset()[1]["task_id"] for _ in range(10)]
    env.reset(seed=1)
    assert later == [env.reset()[1]["task_id"] for _ in range(10)]
    with pytest.raises(ValueError, match="at least one task"):
        TaskSlice(HOUSEHOLD(), [])
