from collections.abc import Sequence

import pytest

from sge_agent.exploration.rlsp import GradedExploration, LengthReward
from sge_agent.types import SamplingParams
from tests.sge_agent.exploration.made import context, episode, group


def test_longer_episodes_lose_less_and_none_gains() -> None:
    g = group(episode([0]), episode([0, 1]), episode([1], tokens=10))
    found = LengthReward(2.0).bonus([g], context())
    assert found is not None
    assert [own.tolist() for own in found[0]] == [[-1.0], [0.0, -0.5], [-0.2]]


def test_an_episode_that_broke_off_before_its_first_turn_gets_nothing() -> None:
    found = LengthReward().bonus([group(episode([]))], context())
    assert found is not None
    assert found[0][0].tolist() == []


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match="price must be 0 or more"):
        LengthReward(-1)


def test_a_share_of_the_reward_becomes_the_grade() -> None:
    asked: list[str] = []

    def ask(questions: Sequence[str], sampling: SamplingParams) -> list[str]:
        asked.extend(questions)
        return ["0.25", "I would say 1.", "Much!", "7 of 10"]

    groups = [group(episode([0, 1]), episode([0])), group(episode([0], task="b"), episode([1], task="b"))]
    found = GradedExploration(0.2).bonus(groups, context(ask=ask))
    assert found is not None
    flat = [own for arrays in found for own in arrays]
    returns = [own.sum() + t.reward for own, t in zip(flat, [t for g in groups for t in g.trajectories], strict=True)]
    assert returns == pytest.approx([0.8 + 0.2 * 0.25, 0.2, 0.2 * 0.5, 0.8 + 0.2 * 0.5])
    assert flat[0][0] == 0  # with the last turn alone
    assert ["was reached" in question for question in asked] == [True, False, False, True]


def test_without_a_share_nobody_is_asked() -> None:
    assert GradedExploration(0).bonus([group(episode([0]))], context()) is None
    with pytest.raises(ValueError, match="needs an ask function"):
        GradedExploration().bonus([group(episode([0]))], context())
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        GradedExploration(2)
