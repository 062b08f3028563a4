import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sge_agent.envs import Arrival, EnvFactory, LocalPool, ThreadedPool
from sge_agent.types import EpisodeSpec, TaskRef
from tests.sge_agent.fakes import Breaks, Shelves, task

MakePool = Callable[[dict[str, EnvFactory]], LocalPool]
BOTH = pytest.mark.parametrize("make_pool", [LocalPool, lambda factories: ThreadedPool(factories, threads=2)])


def counted(made: list[Shelves]) -> EnvFactory:
    def make() -> Shelves:
        made.append(Shelves())
        return made[-1]

    return make


def one(pool: LocalPool) -> Arrival:
    [arrival] = pool.receive(wait=True)
    return arrival


@BOTH
def test_an_episode_goes_through_reset_and_steps(make_pool: MakePool) -> None:
    pool = make_pool({"shelves": Shelves})
    handle = pool.start(EpisodeSpec(task(2)))
    first = one(pool)
    assert (first.handle, first.observation, first.terminated, first.error) == (handle, "You are in a room.", False, "")
    pool.send(handle, "go to shelf 2")
    last = one(pool)
    assert (last.handle, last.observation, last.reward, last.terminated) == (handle, "The mug!", 1.0, True)
    assert last.info["success"]
    pool.close()


@BOTH
def test_environments_are_used_again_and_closed_at_the_end(make_pool: MakePool) -> None:
    made: list[Shelves] = []
    pool = make_pool({"shelves": counted(made)})
    for _ in range(3):
        handle = pool.start(EpisodeSpec(task()))
        one(pool)
        pool.release(handle)
        pool.release(handle)
    assert len(made) == 1
    handles = [pool.start(EpisodeSpec(task())) for _ in range(2)]
    assert len({*handles}) == 2
    pool.close()
    assert all(env.closed for env in made)


@BOTH
def test_an_environment_that_raises_is_closed_and_replaced(make_pool: MakePool) -> None:
    made: list[Breaks] = []

    def make() -> Breaks:
        made.append(Breaks(at=1))
        return made[-1]

    pool = make_pool({"shelves": make})
    for _ in range(2):
        handle = pool.start(EpisodeSpec(task()))
        one(pool)
        pool.send(handle, "look")
        assert one(pool).error == "shelves, step('look'): RuntimeError: the engine died"
        pool.release(handle)
    assert len(made) == 2
    assert all(env.closed for env in made)
    pool.close()


@BOTH
def test_a_factory_or_a_reset_that_raises_is_an_error_of_the_episode(make_pool: MakePool) -> None:
    def broken() -> Shelves:
        raise ImportError("install the engine")

    pool = make_pool({"broken": broken, "sick": lambda: Breaks(at=0)})
    pool.start(EpisodeSpec(task(env="broken")))
    assert one(pool).error == "broken, reset: ImportError: install the engine"
    pool.start(EpisodeSpec(task(env="sick")))
    assert one(pool).error == "sick, reset: OSError: no engine"
    pool.close()


def test_an_environment_without_a_five_tuple_is_an_error_of_the_episode() -> None:
    class Old(Shelves):
        def step(self, action: str, /) -> Any:
            return "seen", 0.0, False, {}

    pool = LocalPool({"old": Old})
    handle = pool.start(EpisodeSpec(task(env="old")))
    one(pool)
    pool.send(handle, "look")
    assert "not enough values to unpack" in one(pool).error


def test_options_and_snapshot_reach_reset() -> None:
    made: list[Shelves] = []
    pool = LocalPool({"shelves": counted(made)})
    pool.start(EpisodeSpec(TaskRef("shelves", 1, {"split": "hard"}), start=b"state"))
    one(pool)
    assert made[0].options == {"split": "hard", "snapshot": b"state"}
    pool.start(EpisodeSpec(task()))
    one(pool)
    assert made[1].options is None


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'shelves'"):
        LocalPool({"shelves": Shelves}).start(EpisodeSpec(task(env="shelfs")))
    with pytest.raises(ValueError, match="known are none"):
        LocalPool({}).start(EpisodeSpec(task()))


@BOTH
def test_nothing_under_way_gives_nothing_back(make_pool: MakePool) -> None:
    pool = make_pool({"shelves": Shelves})
    assert pool.receive(wait=True) == []
    pool.close()


def test_threads_run_environments_side_by_side_and_give_back_whichever_is_ready() -> None:
    both = threading.Barrier(2, timeout=10)
    held = threading.Event()

    class Meets(Shelves):
        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            both.wait()
            if seed == 2:
                held.wait(10)
            return super().reset(seed=seed, options=options)

    pool = ThreadedPool({"shelves": Meets}, threads=2)
    quick, slow = pool.start(EpisodeSpec(task(1))), pool.start(EpisodeSpec(task(2)))
    assert one(pool).handle == quick
    assert pool.receive(wait=False) == []
    held.set()
    assert one(pool).handle == slow
    pool.close()


def test_an_environment_that_is_given_back_in_the_middle_of_a_call_finishes_it_first() -> None:
    class Slow(Shelves):
        busy = False

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            assert not self.busy
            self.busy = True
            time.sleep(0.05)
            self.busy = False
            return super().reset(seed=seed, options=options)

    pool = ThreadedPool({"shelves": Slow}, threads=2)
    for _ in range(3):
        pool.release(pool.start(EpisodeSpec(task())))
    pool.start(EpisodeSpec(task()))
    assert one(pool).error == ""
    pool.close()
