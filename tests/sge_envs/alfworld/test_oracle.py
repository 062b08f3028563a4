"""The oracle: wins whatever can be won, in the fewest commands, and knows what cannot."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import TASK_TYPES
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.oracle import plan
from sge_envs.alfworld.state import State
from tests.sge_envs.alfworld.odd_games import Player, make_odd
from tests.sge_envs.alfworld.tiny_games import make_tiny

IDLE = ("look", "help", "inventory", "examine")


def all_states(engine: Engine, *, limit: int) -> tuple[list[State], dict[int, int]] | None:
    """Every reachable state, and by key how many commands the nearest win is away; None if they are too many."""
    states, seen, leads_from = [engine.start()], {engine.first.key}, dict[int, list[int]]()
    for state in states:
        for command in engine.admissible(state):
            if command.startswith(IDLE):
                continue
            after = state.clone()
            engine.step(after, command)
            leads_from.setdefault(after.key, []).append(state.key)
            if after.key not in seen:
                seen.add(after.key)
                states.append(after)
        if len(states) > limit:
            return None
    distance = {state.key: 0 for state in states if state.won}
    queue = deque(distance)
    while queue:
        key = queue.popleft()
        for before in leads_from.get(key, ()):
            if before not in distance:
                distance[before] = distance[key] + 1
                queue.append(before)
    return states, distance


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_no_plan_is_longer_than_the_shortest_one_from_any_state(task_type: str) -> None:
    checked = 0
    for seed in range(60):
        engine = Engine(make_tiny(seed=seed, task_type=task_type))
        found = all_states(engine, limit=1500)
        if found is None:
            continue
        states, distance = found
        for state in states:
            way = plan(engine, state)
            assert (None if way is None else len(way)) == distance.get(state.key)
            checked += 1
        if checked > 4000:
            return
    assert checked > 500


@settings(max_examples=30, deadline=None)
@given(index=st.integers(0, 2**31 - 1), turns=st.integers(0, 40))
def test_a_plan_wins_a_generated_game_after_any_detour(index: int, turns: int) -> None:
    game = GeneratedTasks(size="small").get_task("train", index).data
    for engine in (Engine(game), Engine(make_odd(game, seed=index))):
        state, player = engine.start(), Player(index)
        for _ in range(turns):
            if not state.won:
                engine.step(state, player.choose(engine.admissible(state)))
        way = plan(engine, state)
        if way is None:
            assert state.held >= 0 or engine.game != game  # a generated game is lost only by what one cannot put down
            continue
        for command in way:
            assert not state.won
            assert command in engine.admissible(state)
            engine.step(state, command)
        assert state.won


@pytest.mark.parametrize("split", GeneratedTasks().list_splits())
def test_every_split_can_be_won_within_its_horizon(split: str) -> None:
    tasks = GeneratedTasks()
    for index in range(20):
        task = tasks.get_task(split, index)
        engine = Engine(task.data)
        way = plan(engine, engine.first)
        assert way
        assert len(way) <= len(task.data.walkthrough)
        assert len(way) <= (task.max_turns or 50)


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_following_the_plan_makes_it_shorter_and_never_another_one_longer(task_type: str) -> None:
    tasks = GeneratedTasks(size="small", task_types=(task_type,))
    for index in range(10):
        engine = Engine(tasks.get_task("train", index).data)
        state = engine.start()
        way = plan(engine, state)
        while way:
            assert plan(engine, state.clone()) == way
            engine.step(state, way[0])
            rest = plan(engine, state)
            assert rest is not None
            assert len(rest) == len(way) - 1
            way = rest
        assert state.won


def test_planning_leaves_the_state_alone() -> None:
    engine = Engine(make_tiny(seed=3))
    state = engine.start()
    before = engine.save(state)
    plan(engine, state)
    assert engine.save(state) == before
