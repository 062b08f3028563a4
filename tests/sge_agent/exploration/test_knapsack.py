from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.exploration.knapsack import Knapsack, shares, value
from tests.sge_agent.exploration.made import context, episode, group, shaped
from tests.sge_agent.fakes import specs, task


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(0, 4),
    st.integers(0, 20),
)
def test_the_choice_meets_the_budget_and_no_other_choice_is_better(
    chances: list[float], low: int, room: int, more: int
) -> None:
    counts = range(low, low + room + 1)
    worth = np.array([value(np.array(counts), p) for p in chances])
    budget = len(chances) * low + min(more, len(chances) * room)
    found = shares(worth, low, budget)
    assert sum(found) == budget

    def total(choice: tuple[int, ...]) -> float:
        return sum(worth[i, n - low] for i, n in enumerate(choice))

    best = max(total(c) for c in product(counts, repeat=len(chances)) if sum(c) == budget)
    assert total(tuple(found)) == pytest.approx(best)


def test_the_value_is_the_papers_and_grows_with_the_episodes() -> None:
    p, n = 0.3, np.arange(1, 30)
    assert value(np.array([4]), p)[0] == pytest.approx((1 - 0.3**4 - 0.7**4) * 0.3 * 0.49)
    assert (np.diff(value(n, p)) > 0).all()
    assert value(n, 1.0).tolist() == value(n, 0.0).tolist() == [0.0] * 29
    with pytest.raises(ValueError, match="cannot have 9 in all"):
        shares(np.zeros((2, 3)), 1, 9)


def played(wins: int, number: int) -> object:
    made = group(*(episode([float(i < wins)]) for i in range(8)))
    return made.__class__(task(number), made.trajectories)


def test_what_is_solved_every_time_gets_the_least_and_what_may_go_either_way_the_most() -> None:
    method = Knapsack(low=2, high=20)
    method.observe([played(8, 1), played(2, 2), played(0, 3)], {}, context())  # type: ignore[list-item]
    coming = [spec for number in (1, 2, 3) for spec in specs(8, of=task(number))]
    planned = method.plan(coming, context())
    counts = Counter(spec.task.seed for spec in planned)
    assert len(planned) == 24
    assert counts[1] == 2
    assert min(counts[2], counts[3]) > 8
    assert len({(spec.task.key, spec.seed) for spec in planned}) == 24


def test_before_anything_is_known_and_with_equal_bounds_every_task_has_its_share() -> None:
    coming = [spec for number in (1, 2) for spec in specs(4, of=task(number))]
    assert list(Knapsack().plan(coming, context())) == coming
    method = Knapsack(low=4, high=4)
    method.observe([played(8, 1), played(2, 2)], {}, context())  # type: ignore[list-item]
    assert list(method.plan(coming, context())) == coming
    assert list(Knapsack(low=20, high=20).plan(coming, context())) == coming


def test_advantages_are_cut_and_the_memory_goes_on() -> None:
    g = group(episode([1]), episode([0]))
    found = Knapsack(clip=2.0).shape([g], shaped([g], [[9.0, -0.5]]), context()).advantages[0]
    assert [own.tolist() for own in found] == [[2.0, 2.0], [-0.5, -0.5]]
    method, copy = Knapsack(), Knapsack()
    method.observe([played(8, 1), played(2, 2)], {}, context())  # type: ignore[list-item]
    copy.load_state_dict(method.state_dict())
    coming = [spec for number in (1, 2) for spec in specs(8, of=task(number))]
    assert copy.plan(coming, context()) == method.plan(coming, context())
    with pytest.raises(ValueError, match="low must be from 1 to high"):
        Knapsack(low=3, high=2)
