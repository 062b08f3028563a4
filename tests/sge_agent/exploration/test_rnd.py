from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sge_agent.exploration.base import ExplorationContext
from sge_agent.exploration.rnd import RandomNetworkDistillation
from sge_agent.types import Group
from tests.sge_agent.exploration.made import context, episode, group

SIZE = 6
GROUPS = [group(episode([0, 0]), episode([0, 1])), group(episode([0, 0]), episode([0, 0]))]


def states(groups: list[Group] = GROUPS, seed: int = 0) -> ExplorationContext:
    rng = np.random.default_rng(seed)
    return context(
        features={"hidden.last": [[rng.normal(size=(len(t.turns), SIZE)) for t in g.trajectories] for g in groups]}
    )


def by_hand(weights: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """What one of the two networks gives for one state."""
    x = (x - x.mean()) / (x.std() + 1e-8)
    hidden = [max(0.0, float(x @ weights["w1"][:, i] + weights["b1"][i])) for i in range(weights["w1"].shape[1])]
    return np.array([sum(h * w for h, w in zip(hidden, weights["w2"][:, o])) for o in range(weights["w2"].shape[1])])


def test_the_bonus_is_the_error_in_units_of_its_deviation_and_successes_get_exactly_nothing() -> None:
    method, ctx = RandomNetworkDistillation(scale=0.5, width=4, outputs=3), states()
    paid = method.bonus(GROUPS, ctx)
    assert paid is not None
    network = method._predictor
    assert network is not None
    errors = [
        [
            [float(np.square(by_hand(network._own, x) - by_hand(network._target, x)).sum()) for x in own]
            for own in arrays
        ]
        for arrays in ctx.features["hidden.last"]
    ]
    deviation = float(np.std([e for arrays in errors for own in arrays for e in own]))
    for g, i in ((0, 0), (1, 0), (1, 1)):
        assert paid[g][i].tolist() == pytest.approx([0.5 * e / deviation for e in errors[g][i]])
    assert paid[0][1].tolist() == [0.0, 0.0]


def test_what_was_seen_often_is_worth_less_than_what_is_new() -> None:
    method, ctx = RandomNetworkDistillation(learning_rate=1e-2), states()
    first: dict[str, float] = {}
    method.observe(GROUPS, first, ctx)
    for _ in range(60):
        later: dict[str, float] = {}
        method.observe(GROUPS, later, ctx)
    assert later["rnd/error"] < 0.2 * first["rnd/error"]
    mixed = context(
        features={"hidden.last": [ctx.features["hidden.last"][0], states(seed=1).features["hidden.last"][1]]}
    )
    paid = method.bonus(GROUPS, mixed)
    assert paid is not None
    assert min(a.min() for a in paid[1]) > 2 * paid[0][0].max()


def test_learning_is_adam_on_the_mean_error() -> None:
    method, ctx = RandomNetworkDistillation(width=4, outputs=3, learning_rate=1e-3, steps=1), states()
    method.bonus(GROUPS, ctx)
    network = method._predictor
    assert network is not None
    x = np.concatenate([a for arrays in ctx.features["hidden.last"] for a in arrays])
    before = {name: w.copy() for name, w in network._own.items()}

    def mean_error(name: str, place: tuple[int, ...], by: float) -> float:
        moved = {**before, name: before[name].copy()}
        moved[name][place] += by
        return float(np.mean([np.square(by_hand(moved, s) - by_hand(network._target, s)).sum() for s in x]))

    method.observe(GROUPS, {}, ctx)
    for name, weights in before.items():
        for place in np.ndindex(weights.shape):
            slope = (mean_error(name, place, 1e-5) - mean_error(name, place, -1e-5)) / 2e-5
            expected = -1e-3 * slope / (abs(slope) + 1e-8)  # Adam's first step
            if abs(slope) > 1e-4:
                assert network._own[name][place] - weights[place] == pytest.approx(expected, rel=1e-3)


def test_hooks_before_the_update_change_nothing() -> None:
    method, ctx = RandomNetworkDistillation(), states()
    once, again = method.bonus(GROUPS, ctx), method.bonus(GROUPS, ctx)
    assert once is not None
    assert again is not None
    assert all((a == b).all() for x, y in zip(once, again) for a, b in zip(x, y))


def test_a_turn_without_an_action_and_an_update_without_any_get_nothing() -> None:
    ctx = states()
    ctx.features["hidden.last"][0][0][1] = np.nan
    paid = RandomNetworkDistillation().bonus(GROUPS, ctx)
    assert paid is not None
    assert paid[0][0][0] > 0
    assert paid[0][0][1] == 0
    nothing = context(features={"hidden.last": [[np.full((2, SIZE), np.nan)]]})
    assert RandomNetworkDistillation().bonus([group(episode([0, 0]))], nothing) is None
    same = context(features={"hidden.last": [[np.ones((2, SIZE))]]})
    flat = RandomNetworkDistillation().bonus([group(episode([0, 0]))], same)
    assert flat is not None
    assert flat[0][0].tolist() == [0, 0]


def test_the_state_goes_on_exactly() -> None:
    method, ctx = RandomNetworkDistillation(), states()
    method.observe(GROUPS, {}, ctx)
    copy = RandomNetworkDistillation()
    plain = json.loads(json.dumps(method.state_dict(), default=lambda array: array.tolist()))
    copy.load_state_dict(plain)
    for one in (method, copy):
        one.observe(GROUPS, {}, ctx)
    a, b = method.bonus(GROUPS, ctx), copy.bonus(GROUPS, ctx)
    assert a is not None
    assert b is not None
    assert all((x == y).all() for p, q in zip(a, b) for x, y in zip(p, q))
    copy.load_state_dict({})
    assert copy.state_dict() == {}


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="scale must be 0 or more"):
        RandomNetworkDistillation(scale=-1)
