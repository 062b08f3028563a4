import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sge_wrappers.bridges.episodes import EpisodeOver
from sge_wrappers.bridges.sessions import Sessions
from tests.sge_wrappers.bridges.household import HOUSEHOLD, plan


def test_episodes_with_different_keys_do_not_mix() -> None:
    sessions = Sessions(HOUSEHOLD)
    rows = {f"key {seed}": {"split": "easy", "seed": seed} for seed in range(4)}
    for key, row in rows.items():
        sessions.begin(key, row)
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(lambda key: [sessions.act(key, action) for action in plan(rows[key])][-1], rows))
    assert all(end.done and end.reward == 1.0 for end in ends)


def test_after_its_end_a_key_is_told_so_and_may_begin_anew() -> None:
    sessions = Sessions(HOUSEHOLD)
    with pytest.raises(EpisodeOver):
        sessions.act("a", "look")
    sessions.begin("a", {"seed": 0})
    while not sessions.act("a", "look").done:
        pass
    with pytest.raises(EpisodeOver):
        sessions.act("a", "look")
    assert "a" in sessions
    assert sessions.begin("a", {"seed": 0})
    sessions.end("a")
    sessions.end("a")
    assert "a" not in sessions


def test_beyond_the_capacity_the_episode_that_was_used_longest_ago_goes() -> None:
    sessions = Sessions(HOUSEHOLD, capacity=2)
    sessions.begin("a", {"seed": 0})
    sessions.begin("b", {"seed": 1})
    sessions.act("a", "look")
    sessions.begin("c", {"seed": 2})
    assert ["a" in sessions, "b" in sessions, "c" in sessions, len(sessions)] == [True, False, True, 2]
    sessions.close()
    assert len(sessions) == 0
    with pytest.raises(ValueError, match="at least one episode"):
        Sessions(HOUSEHOLD, capacity=0)


def test_a_key_that_may_stay_begins_once_however_many_ask() -> None:
    sessions = Sessions(HOUSEHOLD)
    barrier = threading.Barrier(8)

    def begin(_: int) -> str:
        barrier.wait()
        return sessions.begin("a", {"seed": 0}, unless_there=True)

    with ThreadPoolExecutor(8) as threads:
        begun = list(threads.map(begin, range(8)))
    assert sum(map(bool, begun)) == 1


def test_a_task_that_cannot_begin_leaves_no_key_behind() -> None:
    sessions = Sessions(HOUSEHOLD)
    with pytest.raises(LookupError):
        sessions.begin("a", {"task_id": "no such task"})
    assert "a" not in sessions


def test_they_can_be_used_from_a_running_loop() -> None:
    async def go() -> str:
        sessions = Sessions(HOUSEHOLD)
        await sessions.begin_async("a", {"seed": 0})
        return (await sessions.act_async("a", "look")).observation

    assert asyncio.run(go()).startswith("You are in the middle of a room.")
