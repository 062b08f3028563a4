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


def test_a_run_without_settings_has_an_arm_too() -> None:
    assert arm_names([{}]) == ["run"]
