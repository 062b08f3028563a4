"""Which runs belong together."""

from __future__ import annotations

from sge_agent.report.arms import arm_names


def test_runs_that_differ_in_seed_place_and_speed_alone_are_one_arm() -> None:
    configs = [{"explore": "sge", "seed": s, "run_dir": f"runs/{s}", "threads": s, "updates": 10} for s in (1, 2, 3)]
    assert arm_names(configs) == ["sge"] * 3


def test_arms_of_one_method_are_named_by_what_differs() -> None:
    configs = [
        {"explore": "sge", "failure_reflection": 0.25, "seed": 0},
        {"explore": "sge", "failure_reflection": 0.0, "seed": 0},
        {"explore": "grpo", "failure_reflection": 0.25, "seed": 0},
    ]
    assert arm_names(configs) == ["sge, failure reflection 0.25", "sge, failure reflection 0", "grpo"]


def test_a_setting_that_one_run_does_not_know_makes_another_arm() -> None:
    assert arm_names([{"explore": "sge"}, {"explore": "sge", "loss": "gspo"}]) == ["sge, loss none", "sge, loss gspo"]


def test_many_differences_are_counted() -> None:
    (name, _) = arm_names([{"explore": "sge", **dict.fromkeys("abcdef", 1)}, {"explore": "sge"}])
    assert name == "sge, a 1, b 1, c 1, d 1 and 2 more settings"


def test_what_is_compared_names_an_arm_and_not_how_it_was_measured() -> None:
    measured = {"eval_episodes": 2, "pass_k": [1], "checkpoint_every": 5, "env_workers": 2, "updates": 2, "seed": 1}
    easy = {"explore": "sge", "group_size": 8, "epochs": 2, "learning_rate": 1e-4, "clip": 0.2, "split": "easy"}
    hard = {"explore": "sge", "group_size": 4, "epochs": 1, "learning_rate": 1e-5, "clip": 0.1, "split": "hard"}
    (name, other) = arm_names([{**easy, **measured}, hard])
    assert name == "sge, split easy, group size 8, learning rate 0.0001, epochs 2 and 1 more setting"
    assert other.startswith("sge, split hard, group size 4")
    assert arm_names([{"explore": "sge", "split": "easy", **measured}, {"explore": "sge", "split": "hard"}]) == [
        "sge, split easy",
        "sge, split hard",
    ]


def test_measuring_names_an_arm_where_nothing_else_differs() -> None:
    few, many = {"explore": "sge", "eval_episodes": 2}, {"explore": "sge", "eval_episodes": 8}
    assert arm_names([few, many]) == ["sge, eval episodes 2", "sge, eval episodes 8"]
    hard = [{**few, "split": "hard"}, {**many, "split": "hard"}]
    assert arm_names([{**few, "split": "easy"}, *hard]) == [
        "sge, split easy",
        "sge, split hard, eval episodes 2",
        "sge, split hard, eval episodes 8",
    ]


def test_arms_that_differ_never_share_a_name() -> None:
    one = {"explore": "sge", **dict.fromkeys("abcde", 1)}
    other = {**one, "e": 2}
    third = {"explore": "sge", **dict.fromkeys("abcde", 3)}
    assert len({*arm_names([one, other, third])}) == 3


def test_a_run_without_settings_has_an_arm_too() -> None:
    assert arm_names([{}]) == ["run"]
