from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sge_agent.exploration.learning_progress import LearningProgress, stretched
from sge_agent.types import Group, TaskRef
from tests.sge_agent.exploration.made import context, episode
from tests.sge_agent.fakes import specs, task

TASKS = tuple(task(n) for n in range(6))


def won(of: TaskRef, wins: int, size: int = 4) -> Group:
    return Group(of, tuple(episode([float(i < wins)]) for i in range(size)))


def learn(method: LearningProgress, *wins: int) -> None:
    """One update with so many wins of four on the first tasks."""
    method.observe([won(task(n), w) for n, w in enumerate(wins)], {}, context())


def test_the_stretch_of_the_paper() -> None:
    assert stretched(np.array([0.0, 0.5, 1.0])).tolist() == pytest.approx([0.0, 0.9, 1.0])


def test_the_averages_and_the_weights_by_hand() -> None:
    method = LearningProgress()
    learn(method, 0, 2, 4)
    learn(method, 2, 2, 4)
    fast, slow = np.array([0.05, 0.5, 1.0]), np.array([0.005, 0.5, 1.0])
    assert [method._fast[task(n).key] for n in range(3)] == pytest.approx(fast)
    assert [method._slow[task(n).key] for n in range(3)] == pytest.approx(slow)
    progress = abs(stretched(fast) - stretched(slow))
    z = (progress - progress.mean()) / progress.std()
    expected = 1 / (1 + np.exp(-z))
    found = method.weights([t.key for t in TASKS[:4]])
    assert found == pytest.approx([*(expected / expected.sum()), 0.0])  # the fourth has neither progress nor success


def test_constant_success_and_no_success_at_all_are_even_weights() -> None:
    method = LearningProgress()
    for _ in range(3):
        learn(method, 4, 2, 1)
    assert method.weights([t.key for t in TASKS[:3]]) == pytest.approx([1 / 3] * 3)
    assert LearningProgress().weights([t.key for t in TASKS]) == pytest.approx([1 / 6] * 6)
    above_chance = LearningProgress(random=0.5)
    learn(above_chance, 1, 3)
    assert list(above_chance._fast.values()) == [0.0, 0.5]


def test_a_share_of_the_tasks_is_replaced_by_others_of_the_same_environment_and_none_comes_twice() -> None:
    method = LearningProgress()
    for wins in (0, 1, 2, 3, 4):
        learn(method, 4, 0, 0, 0, wins)
    elsewhere = tuple(task(n, env="other") for n in range(3))
    coming = [spec for n in (0, 1, 2, 3) for spec in specs(2, of=task(n))]
    drawn: Counter[str] = Counter()
    for seed in range(100):
        planned = method.plan(coming, context(seed, tasks=(*TASKS, *elsewhere)))
        keys = [spec.task.key for spec in planned]
        assert [spec.seed for spec in planned] == [spec.seed for spec in coming]
        assert all(count == 2 for count in Counter(keys).values())
        assert all(spec.task.env == "shelves" for spec in planned)
        assert sum(a.task == b.task for a, b in zip(planned, coming, strict=True)) >= 4
        drawn.update(set(keys))
    assert drawn[task(4).key] > 60
    assert drawn[task(5).key] < 30  # only when all that have a weight are taken


def test_nothing_is_replaced_without_a_share_or_a_pool_or_in_evaluation_or_of_what_starts_from_a_snapshot() -> None:
    coming = specs(4)
    ctx = context(tasks=TASKS)
    assert list(LearningProgress(share=0).plan(coming, ctx)) == coming
    assert list(LearningProgress(share=1).plan(coming, context())) == coming
    assert list(LearningProgress(share=1).plan(coming, replace(ctx, evaluation=True))) == coming
    begun = [replace(spec, start=b"x") for spec in coming]
    assert list(LearningProgress(share=1).plan(begun, ctx)) == begun
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        LearningProgress(share=2)


def test_the_averages_go_on() -> None:
    method, copy = LearningProgress(), LearningProgress()
    learn(method, 0, 2)
    copy.load_state_dict(method.state_dict())
    for one in (method, copy):
        learn(one, 3, 1)
    assert copy.state_dict() == method.state_dict()
