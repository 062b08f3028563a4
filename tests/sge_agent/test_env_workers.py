"""Environments in worker processes: real processes, really killed."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.env_workers import ProcessPool, one_each
from sge_agent.envs import Arrival, LocalPool
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play, play_groups
from sge_agent.types import EpisodeSpec
from tests.sge_agent.fakes import Breaks, Shelves, compact_script, specs, task

AGENT = StrategyAgent(prompts=COMPACT)
CONTEXT = ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(0))


class Moody(Shelves):
    """Does what it is told to do with its own process."""

    def step(self, action: str, /) -> Any:
        match action.split():
            case ["die"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["hang"]:
                time.sleep(600)
            case ["lambda"]:
                return "seen", 0.0, False, False, {"no": lambda: None}
            case ["pid"]:
                return str(os.getpid()), 0.0, False, False, {}
        return super().step(action)


class DiesOnce(Shelves):
    """Kills its process at the first step that any of its kind takes."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self.mark = mark

    def step(self, action: str, /) -> Any:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(action)


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    made = ProcessPool({"shelves": Moody}, workers=2, timeout=5.0)
    yield made
    made.close()


def one(pool: ProcessPool) -> Arrival:
    [arrival] = pool.receive(wait=True)
    return arrival


def begin(pool: ProcessPool) -> int:
    handle = pool.start(EpisodeSpec(task()))
    assert one(pool) == Arrival(handle, "You are in a room.", info={"goal": "find the mug", "state_key": "start"})
    return handle


def test_episodes_are_those_of_this_process() -> None:
    def played(pool: Any) -> list[Any]:
        found = play([*specs(6), *specs(6, of=task(4))], AGENT, ScriptedPolicy(compact_script), pool)
        pool.close()
        return [(t.turns, t.final_observation, t.error) for t in found]

    assert played(ProcessPool({"shelves": Shelves}, workers=2)) == played(LocalPool({"shelves": Shelves}))


def test_episodes_are_spread_over_processes_and_an_error_of_one_is_its_own(pool: ProcessPool) -> None:
    handles = [begin(pool), begin(pool)]
    pids = set()
    for handle in handles:
        pool.send(handle, "pid")
        pids.add(one(pool).observation)
    assert len(pids) == 2
    assert str(os.getpid()) not in pids
    pool.send(handles[0], "lambda")
    assert "what the environment returned cannot leave its process" in one(pool).error
    pool.send(handles[1], "go to shelf 1")
    assert one(pool).reward == 1.0


def test_a_killed_worker_ends_its_episodes_and_another_takes_its_place(pool: ProcessPool) -> None:
    first, second, third = begin(pool), begin(pool), begin(pool)  # first and third share a worker
    pool.send(first, "die")
    lost = {arrival.handle: arrival.error for arrival in pool.receive(wait=True)}
    assert lost == {
        first: "its environment's process is gone: it was killed by signal 9",
        third: "the process of its environment, shared with another episode is gone: it was killed by signal 9",
    }
    for handle in lost:
        pool.release(handle)
    pool.send(second, "go to shelf 1")
    assert one(pool).reward == 1.0
    begin(pool)


def test_an_answer_and_the_death_after_it_come_one_after_the_other() -> None:
    answer, death, other = Arrival(1, "The end.", terminated=True), Arrival(1, error="gone"), Arrival(2, error="gone")
    assert one_each([answer, death, other], {1, 2}) == ([answer, other], [death])
    assert one_each([death], {2}) == ([], [])


def test_a_step_that_hangs_is_ended_after_its_time() -> None:
    pool = ProcessPool({"shelves": Moody}, workers=1, timeout=0.3)
    handle = begin(pool)
    pool.send(handle, "hang")
    assert one(pool).error == "its environment's process is gone: it did not answer within 0.3 seconds, and was ended"
    pool.release(handle)
    begin(pool)
    pool.close()


def test_an_episode_that_was_lost_is_played_again(tmp_path: Path) -> None:
    pool = ProcessPool({"shelves": partial(DiesOnce, tmp_path / "died")}, workers=1)
    groups = play_groups(specs(3), AGENT, ScriptedPolicy(compact_script), pool, Exploration(), CONTEXT)
    pool.close()
    [group] = groups
    assert group.missing == 0
    assert sum(bool(t.error) for t in group.trajectories) == 3
    assert sum(not t.error for t in group.trajectories) == 3


def test_an_environment_that_raises_breaks_its_own_episode_only() -> None:
    pool = ProcessPool({"shelves": partial(Breaks, at=1)}, workers=1)
    handle = pool.start(EpisodeSpec(task()))
    one(pool)
    pool.send(handle, "look")
    assert one(pool).error == "shelves, step('look'): RuntimeError: the engine died"
    pool.close()


def test_processes_end_with_the_pool(pool: ProcessPool) -> None:
    handle = begin(pool)
    pool.send(handle, "pid")
    pid = int(one(pool).observation)
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_bad_set_up_is_refused() -> None:
    with pytest.raises(ValueError, match="functions that can be pickled: define them in a module"):
        ProcessPool({"shelves": lambda: Shelves()}, workers=1)
    with pytest.raises(ValueError, match="got 0, 256 and 0"):
        ProcessPool({"shelves": Shelves}, workers=0)
    pool = ProcessPool({"shelves": Shelves}, workers=1)
    with pytest.raises(ValueError, match="did you mean 'shelves'"):
        pool.start(EpisodeSpec(task(env="shelfs")))
    assert pool.receive(wait=True) == []
    pool.close()
