"""Several environments trained on together."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.settings import SettingError
from sge_agent.tasks import apportion
from sge_agent.transcripts import read_transcripts
from tests.sge_agent.fakes import Shelves
from tests.sge_agent.small_runs import CONFIG, Lucky, metrics, run

BOTH: dict[str, Any] = {"further_envs": ({"env": "lucky", "tasks": 4, "held_out_tasks": 1},)}
MAKERS = {"shelves": Shelves, "lucky": Lucky}


@given(st.integers(1, 60), st.lists(st.floats(0.01, 100), min_size=1, max_size=5))
def test_shares_are_whole_add_up_and_are_in_proportion(count: int, weights: list[float]) -> None:
    shares = apportion(count, weights)
    assert all(share >= 1 for share in shares)
    assert sum(shares) == max(count, len(weights))
    exact = [count * weight / sum(weights) for weight in weights]
    if min(exact) >= 1:
        assert all(abs(share - wanted) < 1 for share, wanted in zip(shares, exact, strict=True))


def test_each_environment_has_its_share_of_every_update_and_metrics_of_its_own(tmp_path: Path) -> None:
    changes = BOTH | {"tasks_per_update": 3, "env_weights": (1.0, 2.0)}
    result = run(tmp_path / "run", make_env=MAKERS, updates=3, transcripts_per_update=99, **changes)
    played = Counter(
        (t.update, t.trajectory.task.env)
        for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl")
        if t.phase == "train"
    )
    assert played == {(u, env): n for u in (1, 2, 3) for env, n in (("shelves", 3), ("lucky", 6))}
    for row in metrics(tmp_path / "run"):
        assert row["env/shelves/episodes"] + row["env/lucky/episodes"] == row["episodes"] == 9
        assert row["env/lucky/turns"] == 1
        assert 0 <= row["eval/train/lucky"] <= 1
    after = result.after["train"]
    assert len(after.tasks) == CONFIG.tasks + 4
    assert list(after.by_env) == ["shelves", "lucky"]
    sizes = {"shelves": CONFIG.tasks, "lucky": 4}
    mean = sum(after.by_env[env][1].mean * n for env, n in sizes.items()) / sum(sizes.values())
    assert after.pass_at[1].mean == pytest.approx(mean)
    saved = json.loads((tmp_path / "run" / "eval.json").read_text())
    assert set(saved["after"]["train"]["envs"]) == {"shelves", "lucky"}


def test_every_environment_goes_through_its_own_tasks_in_an_epoch(tmp_path: Path) -> None:
    changes = BOTH | {"tasks_per_update": 3, "env_weights": (1.0, 2.0), "eval_episodes": 0, "eval_every": 0}
    run(tmp_path / "run", make_env=MAKERS, updates=2, transcripts_per_update=99, **changes)
    met = {t.trajectory.task.key for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl")}
    assert sum(key.startswith("lucky") for key in met) == 4


def test_a_run_on_one_environment_has_no_metrics_by_environment(tmp_path: Path) -> None:
    result = run(tmp_path / "run")
    assert not [name for row in metrics(tmp_path / "run") for name in row if name.startswith("env/")]
    assert result.after["train"].to_json()["envs"] == {}


def test_what_an_environment_does_not_say_is_as_with_the_first() -> None:
    config = TrainConfig(
        env="a",
        split="easy",
        tasks=9,
        further_envs=({"env": "b", "split": "hard"}, {"env": "a", "name": "again"}, {"env": "a"}),
    )
    assert [(e.name, e.env, e.split, e.tasks) for e in config.envs] == [
        ("a", "a", "easy", 9),
        ("b", "b", "hard", 9),
        ("again", "a", "easy", 9),
        ("a-3", "a", "easy", 9),
    ]
    assert config.tasks_of_envs == (2, 2, 2, 2)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"further_envs": ({"env": "b", "splitt": "x"},)}, "no setting 'splitt'; did you mean 'split'"),
        ({"further_envs": ({"split": "x"},)}, "an environment needs env"),
        ({"env_weights": (1.0, 2.0)}, "one number for each of 1 environments"),
        ({"further_envs": ({"env": "b"},), "env_weights": (1.0, 0.0)}, "numbers of more than 0"),
        ({"further_envs": ({"env": "b", "name": "a"},)}, "tables of different names"),
        ({"further_envs": ({"env": "b"},), "tasks_per_update": 1}, "at least one for each of 2 envs"),
        ({"further_envs": ({"env": "b", "tasks": 2},)}, "at most the number of tasks of b, 2"),
    ],
)
def test_an_impossible_mixture_is_one_sentence(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        TrainConfig(**{"env": "a", "tasks_per_update": 8, **changes})


def test_an_environment_that_nobody_makes_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing makes the environment 'lucky'"):
        run(tmp_path / "run", make_env=Shelves, **BOTH)
