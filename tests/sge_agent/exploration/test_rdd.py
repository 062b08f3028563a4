from __future__ import annotations

import json

import numpy as np
import pytest

from sge_agent.exploration.rdd import RandomDistributionDistillation
from tests.sge_agent.exploration.made import context, episode, group

GROUPS = [group(episode([0, 0]), episode([0, 1]))]
STATES = [[np.random.default_rng(i).normal(size=(2, 6)) for i in range(2)]]


class Table:
    """A predictor of one state that keeps the mean of what it was shown, with mu = 0 in ``d`` dimensions."""

    def __init__(self, sigma: float, d: int, seed: int) -> None:
        self._mean, self._n, self._sigma, self._rng = np.zeros(d), 0, sigma, np.random.default_rng(seed)

    def errors(self, states: np.ndarray) -> np.ndarray:
        return np.full(len(states), np.square(self._mean).sum())

    def learn(self, states: np.ndarray, rate: float) -> None:
        self._n += 1
        self._mean += (self._rng.normal(scale=self._sigma, size=len(self._mean)) - self._mean) / self._n


@pytest.mark.parametrize("n", [1, 4, 20])
def test_with_a_predictor_that_keeps_the_mean_the_bonus_is_a_pseudo_count(n: int) -> None:
    paid = []
    for seed in range(40):
        method = RandomDistributionDistillation(scale=1.0, sigma=2.0, steps=n)
        method._predictor = Table(2.0, method.outputs, seed)  # type: ignore[assignment]
        method.observe(GROUPS, {}, context(features={"hidden.last": STATES}))
        found = method.bonus(GROUPS, context(features={"hidden.last": STATES}))
        assert found is not None
        paid.append(found[0][0][0])
    assert np.mean(paid) == pytest.approx(4.0 / n, rel=0.15)


def test_the_bonus_is_the_mean_squared_distance_from_the_fixed_network_for_successes_too() -> None:
    method = RandomDistributionDistillation(scale=0.5, outputs=3, width=4)
    found = method.bonus(GROUPS, context(features={"hidden.last": STATES}))
    assert found is not None
    network = method._predictor
    assert network is not None
    x = STATES[0][1][1]
    x = (x - x.mean()) / (x.std() + 1e-8)
    own, target = (np.maximum(x @ w["w1"] + w["b1"], 0) @ w["w2"] for w in (network._own, network._target))
    assert found[0][1][1] == pytest.approx(0.5 * np.square(own - target).sum() / 3)
    missing = [[np.full((2, 6), np.nan), STATES[0][1]]]
    found = method.bonus(GROUPS, context(features={"hidden.last": missing}))
    assert found is not None
    assert found[0][0].tolist() == [0, 0]


def test_what_is_seen_again_is_worth_less_and_the_state_goes_on_exactly() -> None:
    method, copy = RandomDistributionDistillation(learning_rate=1e-2), RandomDistributionDistillation()
    ctx = context(features={"hidden.last": STATES})
    metrics: list[dict[str, float]] = [{}, {}]
    method.observe(GROUPS, metrics[0], ctx)
    for _ in range(60):
        method.observe(GROUPS, metrics[1], ctx)
    assert metrics[1]["rdd/error"] < 0.5 * metrics[0]["rdd/error"]
    copy.load_state_dict(json.loads(json.dumps(method.state_dict(), default=lambda array: array.tolist())))
    copy.learning_rate = 1e-2
    for one in (method, copy):
        one.observe(GROUPS, {}, ctx)
    a, b = method.bonus(GROUPS, ctx), copy.bonus(GROUPS, ctx)
    assert a is not None
    assert b is not None
    assert all((x == y).all() for x, y in zip(a[0], b[0], strict=True))
    with pytest.raises(ValueError, match="sigma must be 0 or more"):
        RandomDistributionDistillation(sigma=-1)
