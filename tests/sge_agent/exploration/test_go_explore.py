import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.go_explore import Cell, GoExplore
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from sge_agent.types import Group, Trajectory
from tests.sge_agent.exploration.corridor import Corridor
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.fakes import always, specs, task


def walk(*way: str, rewards: tuple[float, ...] = (), end: bool = True) -> Trajectory:
    """An episode through these states; the last one is terminal if it ended."""
    made = episode(rewards or (0.0,) * (len(way) - 1), states=way)
    turns = [replace(t, snapshot=f"at {t.info['state_key']}".encode(), observation="o", action="a") for t in made.turns]
    if end:
        turns[-1] = replace(turns[-1], snapshot=None)
    return replace(made, turns=tuple(turns), spec=replace(made.spec, task=task()))


def cells(method: GoExplore) -> dict[str, tuple[float, int, int]]:
    return {name: (c.score, c.turns, c.seen) for name, c in method._cells[task().key].items()}


def test_a_better_or_shorter_way_replaces_a_cell_and_its_count_and_terminal_states_are_none() -> None:
    method = GoExplore()
    method.observe([group(walk("s", "a", "b", "c", "end"))], {}, context())
    assert cells(method) == {"a": (0, 1, 1), "b": (0, 2, 1), "c": (0, 3, 1)}
    method.observe([group(walk("s", "a", "a", "c", "end"))], {}, context())
    assert cells(method) == {"a": (0, 1, 3), "b": (0, 2, 1), "c": (0, 3, 2)}
    method.observe([group(walk("s", "c", "b", "end", rewards=(0.0, 1.0, 0.0)))], {}, context())
    assert cells(method)["c"] == (0, 1, 1)
    assert cells(method)["b"] == (1.0, 2, 1)
    assert "end" not in cells(method)


def test_what_an_episode_from_the_archive_finds_counts_from_the_root() -> None:
    method = GoExplore()
    method.observe([group(walk("s", "a", "b", "end", rewards=(0.5, 0.0, 0.0)))], {}, context())
    started = walk("b", "d", "end")
    started = replace(started, spec=replace(started.spec, start=b"at b"))
    metrics: dict[str, float] = {}
    method.observe([group(started)], metrics, context())
    assert cells(method)["d"] == (0.5, 3, 1)
    assert cells(method)["b"] == (0.5, 2, 2)
    assert metrics == {"go_explore/cells": 3.0, "go_explore/share": 1.0}


def test_cells_are_drawn_with_the_weight_of_the_inverse_root() -> None:
    method = GoExplore(share=1.0)
    method._cells = {task().key: {str(n): Cell(bytes([n]), 0, 1, seen=n) for n in (0, 3, 8)}}
    drawn = Counter(method.plan(specs(1), context(seed))[0].start for seed in range(3000))
    total = 1 + 1 / 2 + 1 / 3
    for n, weight in ((0, 1), (3, 1 / 2), (8, 1 / 3)):
        assert drawn[bytes([n])] / 3000 == pytest.approx(weight / total, abs=0.03)


def test_all_episodes_of_a_task_share_one_start_and_about_half_of_the_tasks_have_one() -> None:
    method = GoExplore()
    method._cells = {task(n).key: {str(i): Cell(bytes([i]), 0, 1) for i in range(5)} for n in range(200)}
    coming = [spec for n in range(200) for spec in specs(3, of=task(n))]
    planned = method.plan(coming, context())
    starts = [{spec.start for spec in planned[i : i + 3]} for i in range(0, 600, 3)]
    assert all(len(own) == 1 for own in starts)
    assert sum(own != {None} for own in starts) == pytest.approx(100, abs=25)
    assert all(spec.snapshots for spec in planned)
    assert list(method.plan(coming, replace(context(), evaluation=True))) == coming
    assert list(GoExplore(share=0).plan(coming, context())) == coming


def test_with_returning_a_goal_is_reached_that_is_too_far_for_one_episode() -> None:
    method, agent = GoExplore(share=1.0), StrategyAgent(prompts=COMPACT, when="never")
    policy, pool = ScriptedPolicy(always("", " go\n")), LocalPool({"shelves": Corridor})

    def update(number: int) -> list[Group]:
        groups = play_groups(specs(2), agent, policy, pool, method, context(number))
        method.observe(groups, {}, context(number))
        return groups

    assert not any(t.success for t in update(0)[0].trajectories)
    won = [t for number in range(1, 30) for t in update(number)[0].trajectories if t.success]
    assert won
    assert all(t.spec.start and t.spec.start[0] >= 3 and t.spec.tag == "archive" for t in won)
    assert "6" not in cells(method)


def test_the_archive_is_bounded_and_goes_through_json() -> None:
    method = GoExplore(size=2)
    method.observe([group(walk("s", "a", "b", "a", "c", "end"))], {}, context())
    assert set(cells(method)) == {"b", "c"}
    copy = GoExplore(size=2)
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    assert copy._cells == method._cells
    assert np.array_equal(
        [s.start for s in copy.plan(specs(2), context())], [s.start for s in method.plan(specs(2), context())]
    )
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        GoExplore(share=2)
