from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.exploration.bstar import BalancedTemperature, balance
from sge_agent.types import Group, Trajectory
from tests.sge_agent.exploration.made import context, episode
from tests.sge_agent.fakes import specs, task


def ended(
    action: str, won: bool, temperature: float | None = None, method: BalancedTemperature | None = None
) -> Trajectory:
    made = episode([float(won)])
    sampling = method._sampling(0, temperature) if method is not None else {}
    return replace(
        made, turns=tuple(replace(t, action=action) for t in made.turns), spec=replace(made.spec, sampling=sampling)
    )


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=12), st.integers(1, 6))
def test_the_score_is_at_most_1_and_only_enough_different_successes_reach_it(
    members: list[tuple[str, bool]], target: int
) -> None:
    score = balance(Group(task(), tuple(ended(a, won) for a, won in members)), target)
    different = {a for a, won in members if won}
    assert 0 <= score <= 1
    assert (score == 1) == (len(different) == len(members) >= target)


def test_the_score_by_hand() -> None:
    g = Group(task(), (ended("a", True), ended("a", True), ended("b", True), ended("c", False)))
    assert balance(g, 8) == pytest.approx(2 / 8 * 2 / 4)
    assert balance(g, 1) == pytest.approx(2 / 4)


def test_tasks_take_turns_with_the_grid_until_all_of_it_is_known_and_then_the_best_is_played() -> None:
    method = BalancedTemperature((0.5, 1.0, 1.5), every=10, target=1)
    coming = [spec for number in (1, 2) for spec in specs(2, of=task(number))]

    def planned(update: int) -> list[float]:
        return [spec.sampling["action"].temperature for spec in method.plan(coming, context(update))]

    def learn(update: int, *scores: tuple[float, bool]) -> None:
        groups = [Group(task(n), (ended("a", won, t, method),)) for n, (t, won) in enumerate(scores, start=1)]
        method.observe(groups, {}, context(update))

    assert planned(1) == [0.5, 0.5, 1.0, 1.0]
    learn(1, (0.5, False), (1.0, True))
    assert planned(2) == [1.5, 1.5, 0.5, 0.5]
    learn(2, (1.5, False), (0.5, False))
    assert planned(3) == [1.0] * 4
    assert planned(10) == [1.0, 1.0, 1.5, 1.5]  # the grid again
    copy = BalancedTemperature((0.5, 1.0, 1.5), target=1)
    copy.load_state_dict(method.state_dict())
    assert copy.plan(coming, context(3)) == method.plan(coming, context(3))
    learn(3, (1.0, False), (1.0, False))
    assert method._scores["1.0"] == pytest.approx(0.49)


def test_without_a_grid_or_in_evaluation_nothing_changes_and_strategies_may_be_meant_alone() -> None:
    assert list(BalancedTemperature(()).plan(specs(3), context())) == specs(3)
    assert list(BalancedTemperature().plan(specs(3), replace(context(), evaluation=True))) == specs(3)
    [spec] = BalancedTemperature(spans="strategy").plan(specs(1), context())
    assert set(spec.sampling) == {"strategy"}
    with pytest.raises(ValueError, match="temperatures must be more than 0"):
        BalancedTemperature((0.0,))
