"""What holds for every method of the table."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent import checkpoint
from sge_agent.build import make_exploration
from sge_agent.config import TrainConfig, config_from_mapping
from sge_agent.exploration.base import Chain, Exploration, ExplorationContext
from sge_agent.exploration.kl import KLToInitial
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.exploration.strategy_dropout import StrategyDropout
from sge_agent.exploration.table import METHODS, PRESETS, make_method, parts_of, settings_of_methods
from sge_agent.learner import Learner
from sge_agent.scoring import whole
from sge_agent.settings import SettingError
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.fakes import specs
from tests.sge_agent.gradients import Gradient, distance, gradient_of, shift, with_rewards

NOTHING: dict[str, dict[str, Any]] = {
    "aepo": {"share": 0.0},
    "bstar": {"temperatures": ()},
    "clip_cov": {"share": 0.0},
    "clip_higher": {"high": 0.2},
    "critique": {"refined": 0},
    "curiosity": {"scale": 0.0},
    "cycles": {"scale": 0.0},
    "e3b": {"scale": 0.0},
    "ead": {"high": 1.0, "low": 1.0},
    "ear": {"weight": 0.0},
    "empg": {"k": 0.0, "zeta": 0.0, "centre": False},
    "entropy_advantage": {"alpha": 0.0},
    "entropy_bonus": {"coefficient": 0.0},
    "epo": {"coefficient": 0.0},
    "gigpo": {"weight": 0.0},
    "go_explore": {"share": 0.0},
    "hicra": {"alpha": 0.0},
    "imentor": {"scale": 0.0},
    "intelligent_go_explore": {"share": 0.0},
    "kl": {"coefficient": 0.0},
    "kl_cov": {"share": 0.0},
    "knapsack": {"low": 1, "high": 1},
    "learning_progress": {"share": 0.0},
    "lp_reg": {"share": 0.0},
    "novelty": {"scale": 0.0},
    "overlong": {"factor": 0.0},
    "pass_at_k": {"k": 1},
    "prompt_order": {"switch": 0.0},
    "rdd": {"scale": 0.0},
    "refill": {"rounds": 0},
    "rehearse": {"per_update": 0},
    "repexp": {"scale": 0.0},
    "rlsp": {"price": 0.0},
    "rlsp_grade": {"share": 0.0},
    "rnd": {"scale": 0.0},
    "self_attributing": {"weight": 0.0},
    "self_navigating": {"share": 0.0},
    "siren": {"coefficient": 0.0},
    "spear": {"weight": 0.0, "turn_bonus": 0.0},
    "steer": {"lowest": 1.0},
    "strategy_dropout": {"p": 0.0},
    "success_replay": {"per_update": 0},
    "untried": {"share": 0.0, "tries": 0},
    "verl": {"scale": 0.0},
}
"""Settings with which a method is GRPO."""

ALL = pytest.mark.parametrize("name", METHODS)


@cache
def binary_groups() -> list[Group]:
    """What a fresh tiny policy played: groups of one, two and no successes."""
    played = tiny.groups(tiny.policy())
    return [
        group.with_trajectories([with_rewards(t, float(i < wins)) for i, t in enumerate(group.trajectories)])
        for group, wins in zip(played, (1, 2, 0), strict=True)
    ]


@cache
def plain_gradient() -> tuple[Gradient, dict[str, float]]:
    """GRPO's, of weights that have moved since the groups were played."""
    policy = tiny.policy()
    shift(policy)
    return gradient_of(policy, binary_groups())


def method_of(name: str, settings: dict[str, Any]) -> Exploration:
    return make_method(name, {f"{name}_{key}": value for key, value in settings.items()})


def test_every_method_has_settings_that_make_it_grpo() -> None:
    assert NOTHING.keys() == METHODS.keys()


@ALL
def test_without_its_main_coefficient_a_method_has_the_gradient_and_the_plan_of_grpo(name: str) -> None:
    policy, groups = tiny.policy(), binary_groups()
    method = method_of(name, NOTHING[name])
    method.observe(groups, {}, Learner(policy, reference=policy.frozen()).with_features(groups, method, context()))
    shift(policy)
    found, metrics = gradient_of(policy, groups, method)
    expected, plain = plain_gradient()
    assert metrics["rows"] == plain["rows"] == 8
    if name == "pass_at_k":  # the same number by another formula
        assert distance(found, expected) < 1e-6
    else:
        assert all(torch.equal(found[n], expected[n]) for n in expected)
    assert list(method.plan(specs(9), context())) == specs(9)
    assert method.more(groups[2], context()) == ((), ())


def context(update: int = 0) -> ExplorationContext:
    return ExplorationContext(update, 4, np.random.default_rng(update), ask=lambda asked, _: ["0.7"] * len(asked))


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if m.token_loss is not Exploration.token_loss])
def test_micro_batches_do_not_change_the_gradient_of_a_method_with_a_loss(name: str) -> None:
    policy, groups = tiny.policy(), binary_groups()
    method = make_method(name, {})
    method.observe(groups, {}, Learner(policy, reference=policy.frozen()).with_features(groups, method, context()))
    shift(policy)
    expected, _ = gradient_of(policy, groups, method)
    for bounds in ({"microbatch_tokens": 70}, {"microbatch_trained": 20}):
        found, _ = gradient_of(policy, groups, method, **bounds)
        assert distance(found, expected) < 1e-5


@ALL
def test_in_evaluation_a_method_plans_nothing(name: str) -> None:
    ctx = replace(context(), evaluation=True)
    assert list(make_method(name, {}).plan(specs(9), ctx)) == specs(9)


def update(learner: Learner, method: Exploration, number: int) -> dict[str, float]:
    """One update as a run makes it, on episodes that were played before all of them."""
    groups = [
        group.with_trajectories(
            [
                replace(t, spec=spec)
                for t, spec in zip(group.trajectories, method.plan([t.spec for t in group.trajectories], context()))
            ]
        )
        for group in binary_groups()
    ]
    ctx = learner.with_features(groups, method, context(number))
    metrics = learner.step(groups, method, ctx)
    method.observe(whole(groups), metrics, ctx)
    return metrics


@ALL
def test_a_method_in_a_chain_with_sge_goes_on_from_a_checkpoint_bit_for_bit(name: str, tmp_path: Path) -> None:
    def fresh() -> dict[str, Any]:
        policy = tiny.policy()
        method = Chain(MixedTemperature(), make_method(name, {}), StrategyReflection())
        return {
            "policy": policy,
            "learner": Learner(policy, lr=1e-3, reference=policy.frozen()),
            "exploration": method,
        }

    def go_on(run: dict[str, Any], number: int) -> dict[str, float]:
        metrics = update(run["learner"], run["exploration"], number)
        return {key: value for key, value in metrics.items() if key != "seconds"}

    run = fresh()
    for number in (0, 1):
        go_on(run, number)
    checkpoint.save(tmp_path, **run, progress={})
    expected = go_on(run, 2)

    resumed = fresh()
    checkpoint.load(tmp_path, **resumed)
    assert go_on(resumed, 2) == expected
    weights = (part["policy"].model.parameters() for part in (run, resumed))
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_a_composition_is_a_base_and_methods_in_order() -> None:
    assert parts_of("sge") == ("sge",)
    assert parts_of("grpo+rnd+kl") == ("grpo", "rnd", "kl")
    assert parts_of("rlad+rnd") == ("grpo", "strategy_dropout", "kl", "rnd")
    assert parts_of("actre") == ("grpo", "prompt_order")
    assert all(parts_of(name) for name in PRESETS)


@pytest.mark.parametrize(
    ("explore", "complaint"),
    [
        ("sga", "did you mean 'sge'"),
        ("kl", "expects sge, grpo"),
        ("sge+", "there is no method ''"),
        ("sge+rn", "did you mean 'rnd'"),
        ("rlad+kl", "names kl twice"),
    ],
)
def test_an_impossible_composition_is_one_sentence(explore: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        TrainConfig(explore=explore)


def test_settings_of_methods_stand_among_all_others() -> None:
    config = config_from_mapping({"explore": "rlad", "kl-coefficient": 1, "updates": 3}, source="file")
    config = config_from_mapping({"strategy_dropout_p": 0.5}, base=config, source="more")
    assert config.method_settings == {"kl_coefficient": 1, "strategy_dropout_p": 0.5}
    method = make_exploration(config)
    assert isinstance(method, Chain)
    _, dropout, kl = method.methods
    assert isinstance(dropout, StrategyDropout)
    assert isinstance(kl, KLToInitial)
    assert (dropout.p, kl.coefficient) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"kl_coeficient": 1}, "did you mean 'kl_coefficient'"),
        ({"explore": "rlad", "kl_coefficient": "much"}, "--kl-coefficient expects a number, got 'much'"),
        ({"explore": "rlad", "kl_coefficient": -1}, "--explore kl: coefficient must be 0 or more"),
        ({"method_settings": {"kl_weight": 1}}, "no method has a setting 'kl_weight'"),
    ],
)
def test_a_wrong_setting_of_a_method_is_one_sentence(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        config_from_mapping(values, source="file")


def test_every_setting_of_a_method_says_what_it_means() -> None:
    settings = [setting for own in settings_of_methods().values() for setting in own]
    assert all(setting.meaning.endswith(".") for setting in settings)
    names = [setting.name for setting in settings]
    assert len(set(names)) == len(names)
    assert not {"--" + n.replace("_", "-") for n in names} & {"--" + f.replace("_", "-") for f in vars(TrainConfig())}


def test_sge_shows_hints_to_none_that_dropout_left_without_a_strategy() -> None:
    method = make_exploration(TrainConfig(explore="sge+strategy_dropout"))
    assert isinstance(method, Chain)
    assert [type(part) for part in method.methods] == [MixedTemperature, StrategyDropout, StrategyReflection]
