import numpy as np
import pytest

from sge_agent.exploration.base import Feature
from sge_agent.exploration.empg import EntropyModulation
from sge_agent.types import Group
from tests.sge_agent.exploration.made import context, episode, group, shaped

GROUPS = [group(episode([0, 1]), episode([0])), group(episode([0, 0, 1], task="b"))]
BASE = [[1.0, -1.0], [0.5]]
ENTROPIES: Feature = [
    [np.array([0.1, 0.3, 1.0, 2.0]), np.array([0.5, 0.7])],
    [np.array([0.0, 0.2, 0.9, 0.1, 3.0, 1.0])],
]


def advantages(method: EntropyModulation, entropies: Feature = ENTROPIES) -> list[list[float]]:
    """One per turn, of all episodes in order."""
    found = method.shape(GROUPS, shaped(GROUPS, BASE), context(features={"entropy": entropies})).advantages
    turns = [own.reshape(-1, 2) for arrays in found for own in arrays]
    assert all((pair[:, 0] == pair[:, 1]).all() for pair in turns)
    return [pair[:, 0].tolist() for pair in turns]


def test_it_is_the_formula_written_out() -> None:
    turn_entropies = [[0.2, 1.5], [0.6], [0.1, 0.5, 2.0]]
    h = [[(x - 0.1) / (2.0 - 0.1) for x in own] for own in turn_entropies]
    every = [x for own in h for x in own]
    mean_g = sum(np.exp(-2 * x) for x in every) / len(every)
    expected = [
        [
            a * np.exp(-2 * x) / mean_g + (0.3 * np.exp(-0.5 * own[t + 1]) if t + 1 < len(own) else 0)
            for t, x in enumerate(own)
        ]
        for own, a in zip(h, [1.0, -1.0, 0.5], strict=True)
    ]
    middle = sum(sum(own) for own in expected) / len(every)
    found = advantages(EntropyModulation(k=2, k_future=0.5, zeta=0.3))
    for own, wanted in zip(found, expected, strict=True):
        assert own == pytest.approx([x - middle for x in wanted])


def test_the_weights_of_all_turns_have_mean_1_and_the_result_mean_0() -> None:
    flat = [a for own in advantages(EntropyModulation()) for a in own]
    assert np.mean(flat) == pytest.approx(0)
    weights = [
        a / base
        for own, base in zip(advantages(EntropyModulation(zeta=0, centre=False)), [1.0, -1.0, 0.5], strict=True)
        for a in own
    ]
    assert np.mean(weights) == pytest.approx(1)
    assert weights[0] > weights[1]  # the surer turn learns more


def test_equal_entropies_and_an_update_without_tokens_change_nothing() -> None:
    flat: Feature = [[np.ones(len(h)) for h in own] for own in ENTROPIES]
    assert advantages(EntropyModulation(zeta=0, centre=False), flat) == [[1, 1], [-1], [0.5, 0.5, 0.5]]
    nothing: list[Group] = []
    assert EntropyModulation().shape(nothing, shaped([], []), context(features={"entropy": []})).advantages == []


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="must be 0 or more"):
        EntropyModulation(zeta=-1)
