from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sge_agent.exploration.self_attributing import SelfAttributing
from sge_agent.types import Group, SamplingParams, Trajectory
from tests.sge_agent.exploration.made import context, episode, group, shaped


def added(method: SelfAttributing, g: Group) -> list[list[float]]:
    """What each turn's tokens gain."""
    found = method.shape([g], shaped([g], [[0.0] * len(g.trajectories)]), context()).advantages[0]
    pairs = [own.reshape(-1, 2) for own in found]
    assert all((pair[:, 0] == pair[:, 1]).all() for pair in pairs)
    return [pair[:, 0].tolist() for pair in pairs]


def suffix_sums(labels: list[list[float]], weight: float) -> list[list[float]]:
    mean = np.mean([np.mean(own) for own in labels])
    deviation = np.mean([np.mean([(x - mean) ** 2 for x in own]) for own in labels]) ** 0.5
    return [[weight * sum((x - mean) / deviation for x in own[t:]) for t in range(len(own))] for own in labels]


def test_a_turn_is_good_if_it_led_to_a_state_that_is_new_in_the_episode() -> None:
    g = group(episode([0, 0, 1], states=["s", "a", "s", "b"]), episode([0], states=["s", "s"]))
    expected = suffix_sums([[1, -1, 1], [-1]], 0.1)
    for own, wanted in zip(added(SelfAttributing(), g), expected, strict=True):
        assert own == pytest.approx(wanted, rel=1e-5)


def test_a_refused_action_is_bad_and_an_unknown_state_neither() -> None:
    good = episode([0, 0], states=["s", "a", "b"])
    refused = replace(good.turns[0], info={"state_key": "a", "action_error": "no"})
    g = group(replace(good, turns=(refused, good.turns[1])), episode([0, 0]))
    first, second = added(SelfAttributing(weight=1), g)
    assert first == pytest.approx([0.0, 1.0], abs=1e-5)
    assert second == [0, 0]


def test_progress_can_be_the_label_where_it_is_told() -> None:
    def told(trajectory: Trajectory, shares: list[float]) -> Trajectory:
        turns = [replace(t, info={"progress": p}) for t, p in zip(trajectory.turns, shares[1:], strict=True)]
        return replace(trajectory, turns=tuple(turns), first_info={"progress": shares[0]})

    g = group(told(episode([0, 1]), [0.0, 0.0, 0.5]), told(episode([0, 0]), [0.5, 0.6, 0.2]))
    for own, wanted in zip(
        added(SelfAttributing(0.2, "progress"), g), suffix_sums([[-1, 1], [1, -1]], 0.2), strict=True
    ):
        assert own == pytest.approx(wanted, rel=1e-5, abs=1e-9)
    assert added(SelfAttributing(label="progress"), group(episode([0, 1]))) == [[0, 0]]


def test_the_policy_can_be_the_judge() -> None:
    asked: list[str] = []

    def ask(questions: Sequence[str], sampling: SamplingParams) -> list[str]:
        asked.extend(questions)
        return ["Step 1: GOOD\n2. bad\n9: GOOD", "no idea"]

    g = group(episode([0, 1, 0]), episode([0, 0]))
    first = g.trajectories[0]
    told = replace(
        first,
        turns=(replace(first.turns[0], strategy="look", action="open\nbox"), *first.turns[1:]),
        first_info={"goal": "find it"},
        final_observation="Found.",
    )
    found = SelfAttributing(1, "judge").shape(
        [group(told, g.trajectories[1])], shaped([g], [[0.0, 0.0]]), context(ask=ask)
    )
    gained = [own[::2].tolist() for own in found.advantages[0]]
    assert gained[0] == pytest.approx([0, -1, 0], abs=1e-5)
    assert gained[1] == [0, 0]
    assert asked[0].startswith("Goal: find it\n1. plan: look; action: open box; then: ")
    assert "; then: Found.\nThe goal was reached.\n" in asked[0]


def test_with_weight_0_nobody_is_asked() -> None:
    g = group(episode([0, 1]), episode([0]))
    before = shaped([g], [[1.0, -1.0]])
    assert SelfAttributing(0, "judge").shape([g], before, context()) is before
    with pytest.raises(ValueError, match="needs an ask function"):
        SelfAttributing(label="judge").shape([g], before, context())


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="weight must be 0 or more"):
        SelfAttributing(-1)
