"""Environments in Ray actors: a real cluster of several nodes on this machine, whose processes are really killed."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.config import TrainConfig
from sge_agent.env_ray import RayPool
from sge_agent.envs import Arrival, LocalPool
from sge_agent.errors import MissingPackage, RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play, play_groups
from sge_agent.settings import SettingError
from sge_agent.types import EpisodeSpec
from tests.sge_agent.fakes import Breaks, Shelves, compact_script, specs, task
from tests.sge_agent.test_env_workers import DiesOnce, Moody, one

AGENT = StrategyAgent(prompts=COMPACT)
CONTEXT = ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(0))

MakePool = Callable[..., RayPool]

pytestmark = pytest.mark.timeout(600)  # a cluster needs seconds to start and to see that a machine has gone, or minutes


class Placed(Moody):
    """Tells which node of the cluster it is on."""

    def step(self, action: str, /) -> Any:
        if action == "node":
            import ray

            return ray.get_runtime_context().get_node_id(), 0.0, False, False, {}
        return super().step(action)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A cluster whose head has no place for actors, and one other node that has."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'strategy-guided-exploration[ray]'")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    made = started(lambda: Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}))
    started(lambda: made.add_node(num_cpus=2))
    yield made
    made.shutdown()


def started(start: Callable[[], Any]) -> Any:
    """What ``start`` starts. Ray gives a node 30 seconds, whatever else the machine has to do, and cannot be told otherwise."""
    for _ in range(4):
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error):
                raise
            late = error
    raise late


@pytest.fixture
def make(cluster: Any) -> Iterator[MakePool]:
    """Makes pools in the cluster, which are closed again."""
    with contextlib.ExitStack() as stack:  # the first one leaves the cluster, as the last one that is closed

        def pool(factory: Any = Moody, **settings: Any) -> RayPool:
            made = RayPool({"shelves": factory}, address=cluster.address, **settings)
            return stack.enter_context(contextlib.closing(made))

        yield pool


def begin(pool: RayPool) -> int:
    handle = pool.start(EpisodeSpec(task()))
    arrival = one(pool)  # type: ignore[arg-type]
    assert not arrival.error
    assert arrival == Arrival(handle, "You are in a room.", info={"goal": "find the mug", "state_key": "start"})
    return handle


def do(pool: RayPool, handle: int, action: str) -> Arrival:
    pool.send(handle, action)
    return one(pool)  # type: ignore[arg-type]


def test_episodes_are_those_of_this_process(make: MakePool) -> None:
    def played(pool: Any) -> list[Any]:
        found = play([*specs(12), *specs(12, of=task(4))], AGENT, ScriptedPolicy(compact_script), pool)
        return [(t.turns, t.final_observation, t.error) for t in found]

    pool = make(Shelves, actors=2, episodes=5)
    assert pool.capacity == 10
    assert played(pool) == played(LocalPool({"shelves": Shelves}))


def test_actors_share_the_episodes_and_an_error_of_one_is_its_own(make: MakePool) -> None:
    pool = make(actors=2)
    first, second, third = begin(pool), begin(pool), begin(pool)
    pids = [do(pool, handle, "pid").observation for handle in (first, second, third)]
    assert pids[0] == pids[2] != pids[1]
    assert str(os.getpid()) not in pids
    assert "what the environment returned cannot leave its process" in do(pool, first, "lambda").error
    assert do(pool, third, "go to shelf 1").reward == 1.0
    raising = make(lambda: Breaks(at=1), actors=1)  # as a script would write it
    assert do(raising, begin(raising), "look").error == "shelves, step('look'): RuntimeError: the engine died"


def test_a_killed_actor_ends_its_episodes_and_another_takes_its_place(make: MakePool) -> None:
    pool = make(actors=2)
    first, second, third = begin(pool), begin(pool), begin(pool)  # first and third share an actor
    pool.send(first, "die")
    lost = {arrival.handle: arrival.error for arrival in pool.receive(wait=True)}
    assert lost.keys() == {first, third}
    assert all("the Ray actor of its environment is gone: Actor" in error for error in lost.values())
    for handle in lost:
        pool.release(handle)
    assert do(pool, second, "go to shelf 1").reward == 1.0
    begin(pool)


def test_a_step_that_hangs_is_ended_after_its_time(make: MakePool) -> None:
    pool = make(actors=1, timeout=0.5)
    handle = begin(pool)
    assert do(pool, handle, "hang").error == (
        "the Ray actor of its environment is gone: it did not answer within 0.5 seconds, and was ended"
    )
    pool.release(handle)
    begin(pool)


def test_an_episode_that_was_lost_is_played_again(make: MakePool, tmp_path: Path) -> None:
    pool = make(partial(DiesOnce, tmp_path / "died"), actors=1)
    [group] = play_groups(specs(3), AGENT, ScriptedPolicy(compact_script), pool, Exploration(), CONTEXT)
    assert group.missing == 0
    assert sum(bool(t.error) for t in group.trajectories) == 3
    assert sum(not t.error for t in group.trajectories) == 3


def test_a_lost_machine_is_a_lost_actor(make: MakePool, cluster: Any) -> None:
    other = started(lambda: cluster.add_node(num_cpus=2))
    pool = make(Placed, actors=4)
    nodes = {do(pool, handle, "node").observation: handle for handle in [begin(pool) for _ in range(4)]}
    assert len(nodes) == 2
    there, here = nodes.pop(other.node_id), *nodes.values()
    pool.send(there, "hang")
    cluster.remove_node(other, allow_graceful=False)
    assert "the Ray actor of its environment is gone" in one(pool).error  # type: ignore[arg-type]
    pool.release(there)
    again = begin(pool)
    assert do(pool, again, "node").observation == do(pool, here, "node").observation


def test_bad_set_up_is_refused(make: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="functions that can be pickled"):
        make(partial(Breaks, at=threading.Lock()), actors=1)
    with pytest.raises(ValueError, match="did you mean 'shelves'"):
        make(Shelves, actors=1).start(EpisodeSpec(task(env="shelfs")))


def test_settings_that_make_no_sense_need_no_ray() -> None:
    with pytest.raises(ValueError, match="got 0, 32 and 0"):
        RayPool({"shelves": Shelves}, actors=0)


def test_a_run_has_worker_processes_or_actors_and_an_address_for_actors_alone() -> None:
    with pytest.raises(SettingError, match="--env-ray must be 0 where --env-workers is given, got 2"):
        TrainConfig(env="toy", env_ray=2, env_workers=2)
    with pytest.raises(SettingError, match="--env-ray-address must be empty without --env-ray"):
        TrainConfig(env="toy", env_ray_address="here:6379")


def test_without_ray_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"pip install 'strategy-guided-exploration\[ray\]'"):
        RayPool({"shelves": Shelves}, actors=1)


def test_an_address_without_a_cluster_is_one_clear_error() -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'strategy-guided-exploration[ray]'")
    with pytest.raises(RunError, match="no Ray cluster could be joined at nonsense"):
        RayPool({"shelves": Shelves}, actors=1, address="nonsense")
