import numpy as np
import pytest

from sge_agent.exploration.imentor import IMentor
from tests.sge_agent.exploration.made import context, episode, group, shaped

GROUPS = [group(episode([0], start=0), episode([1], start=10)), group(episode([0], start=20), episode([0], start=30))]
BEFORE = [[-1.0, 1.0], [0.0, 0.0]]


def added(method: IMentor, update: int = 0) -> list[list[float]]:
    """What each episode gets on each of its tokens."""
    found = method.shape(GROUPS, shaped(GROUPS, BEFORE), context(update)).advantages
    assert all((own == own[0]).all() for arrays in found for own in arrays)
    return [[float(own[0]) - b for own, b in zip(*pair, strict=True)] for pair in zip(found, BEFORE, strict=True)]


def by_hand(method: IMentor) -> np.ndarray:
    """The errors of the four episodes, one layer after the other."""
    table = np.random.default_rng(0).normal(size=(33, 16))
    x = np.zeros((4, method.tokens, 16))
    for n, start in enumerate((0, 10, 20, 30)):
        x[n, :3] = table[start : start + 3]
    x = x.reshape(4, -1)
    x = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)

    def run(w: dict[str, np.ndarray]) -> np.ndarray:
        one = x @ w["w1"] + w["b1"]
        two = np.maximum(one, 0.01 * one) @ w["w2"] + w["b2"]
        return np.asarray(1 / (1 + np.exp(-np.maximum(two, 0.01 * two) @ w["w3"])))[:, 0]

    return np.square(run(method._predictor._own) - run(method._predictor._target))


def test_failures_get_their_error_between_the_updates_least_and_largest_and_successes_exactly_nothing() -> None:
    method = IMentor(tokens=8)
    errors = by_hand(method)
    share = (errors - errors.min()) / (errors.max() - errors.min())
    found = added(method)
    assert found[0][1] == 0
    assert [found[0][0], *found[1]] == pytest.approx([0.5 * share[0], 0.5 * share[2], 0.5 * share[3]])
    assert np.ravel(added(method, update=40)) == pytest.approx(np.ravel(found) / 2)


def test_an_update_of_equal_errors_pays_nothing() -> None:
    same = [group(episode([0]), episode([0]))]
    found = IMentor(tokens=8).shape(same, shaped(same, [[0.0, 0.0]]), context()).advantages
    assert not any(own.any() for own in found[0])


def test_learning_lowers_the_error_and_the_gradient_of_all_three_layers_is_that_of_the_mean_error() -> None:
    method = IMentor(tokens=4, learning_rate=1e-3)
    own = method._predictor._own
    before = {name: w.copy() for name, w in own.items()}

    def mean_error(name: str, place: tuple[int, ...], by: float) -> float:
        moved = {**before, name: before[name].copy()}
        moved[name][place] += by
        method._predictor._own = moved
        return float(by_hand(method).mean())

    slopes = {
        (name, place): (mean_error(name, place, 1e-5) - mean_error(name, place, -1e-5)) / 2e-5
        for name, places in (
            ("w1", [(0, 0), (3, 5)]),
            ("b1", [(2,)]),
            ("w2", [(1, 1), (4, 0)]),
            ("w3", [(0, 0), (5, 0)]),
        )
        for place in places
    }
    method._predictor._own = own
    method.observe(GROUPS, {}, context())
    for (name, place), slope in slopes.items():
        if abs(slope) > 1e-6:
            kept = before[name][place] * (1 - 1e-5)
            assert own[name][place] - kept == pytest.approx(-1e-3 * slope / (abs(slope) + 1e-8), rel=1e-2)
    metrics: list[dict[str, float]] = [{}, {}]
    method.observe(GROUPS, metrics[0], context())
    for _ in range(100):
        method.observe(GROUPS, metrics[1], context())
    assert metrics[1]["imentor/error"] < 0.5 * metrics[0]["imentor/error"]
    with pytest.raises(ValueError, match="tokens at least 1"):
        IMentor(tokens=0)
