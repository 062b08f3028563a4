"""ReadyVectorEnv plays what gymnasium's own vector environments play, whoever is ready first, and survives failures."""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
from functools import partial
from typing import Any, Literal

import gymnasium
import numpy as np
import pytest
from gymnasium.error import AlreadyPendingCallError, ClosedEnvironmentError
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from sge_envs import NotText, ResetNeeded, UnknownOption
from sge_wrappers import ActionMenu, ReadyVectorEnv, TextToBox
from sge_wrappers.vector import EnvFailed
from tests.sge_wrappers.envs import Echo, Latent, line, moody

Workers = Literal["threads", "processes"]
BOTH: tuple[Workers, ...] = ("threads", "processes")
SHORT = partial(line, max_turns=3)


def boxed() -> Any:
    return TextToBox(ActionMenu(line(max_turns=3), size=3))


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize(("make", "action"), [(SHORT, "left"), (boxed, 2)], ids=["texts", "arrays"])
def test_it_plays_what_gymnasiums_vector_env_plays(make: Any, action: Any, mode: AutoresetMode) -> None:
    ready, plain = ReadyVectorEnv([make] * 3, autoreset_mode=mode), SyncVectorEnv([make] * 3, autoreset_mode=mode)
    assert (ready.observation_space, ready.action_space) == (plain.observation_space, plain.action_space)
    assert ready.metadata == plain.metadata
    assert data_equivalence(ready.reset(seed=5), plain.reset(seed=5))
    for _ in range(8):
        assert data_equivalence(ready.step([action] * 3), plain.step([action] * 3))
    assert data_equivalence(ready.reset(), plain.reset())
    ready.close(), plain.close()


def test_processes_play_the_same_and_leave_no_zombie() -> None:
    ready, plain = ReadyVectorEnv([SHORT] * 2, workers="processes"), SyncVectorEnv([SHORT] * 2)
    assert data_equivalence(ready.reset(seed=5), plain.reset(seed=5))
    for action in ("left", "right", "roll", "left", "roll"):
        assert data_equivalence(ready.step([action] * 2), plain.step([action] * 2))
    assert data_equivalence(ready.call("oracle"), plain.call("oracle"))
    ready.close(), ready.close()
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("env-")]
    with pytest.raises(ClosedEnvironmentError):
        ready.step(["left"] * 2)


def test_processes_can_be_spawned() -> None:
    envs = ReadyVectorEnv([SHORT], workers="processes", method="spawn")
    assert envs.reset(seed=1)[0] == (line().reset(seed=1)[0],)
    envs.close()


def test_with_autoreset_disabled_the_mask_says_who_begins_anew() -> None:
    envs = ReadyVectorEnv([SHORT, partial(line, max_turns=1)], autoreset_mode=AutoresetMode.DISABLED)
    envs.reset(seed=0)
    observations, _, _, truncations, _ = envs.step(["right", "right"])
    assert truncations.tolist() == [False, True]
    with pytest.raises(ResetNeeded, match="Environment 1"):
        envs.step(["right", "right"])
    later, _ = envs.reset(seed=0, options={"reset_mask": np.array([False, True])})
    assert later[0] == observations[0]
    assert later[1] != observations[1]
    assert envs.step(["right", "right"])[0] == ("You are at 2.", "You are at 1.")
    with pytest.raises(UnknownOption, match="reset_mask"):
        envs.reset(options={"reset_mask": np.zeros(2, np.bool_)})
    envs.close()


class Gate(Echo):
    """Answers when it is let."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self.gate = gate

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        assert self.gate.wait(60)
        return super().step(action)


def test_those_that_are_ready_do_not_wait_for_the_slow_one() -> None:
    gate = threading.Event()
    envs = ReadyVectorEnv([lambda: Gate(gate), Echo, Echo])
    envs.reset(seed=0)
    envs.send(["a", "b", "c"], [0, 1, 2])
    arrived = envs.receive(min_ready=2)
    assert sorted(zip(arrived.ids.tolist(), arrived.observations)) == [(1, "You said b."), (2, "You said c.")]
    assert len(envs.receive(timeout=0.01).ids) == 0
    envs.send(["d"], [1])
    assert envs.receive().observations == ("You said d.",)
    with pytest.raises(AlreadyPendingCallError, match="receive"):
        envs.step(["e"] * 3)
    with pytest.raises(AlreadyPendingCallError, match="Environment 0"):
        envs.send(["e"], [0])
    gate.set()
    last = envs.receive(min_ready=5)
    assert (last.ids.tolist(), last.observations) == ([0], ("You said a.",))
    assert last.rewards.shape == last.terminations.shape == last.truncations.shape == (1,)
    envs.step(["e"] * 3)
    envs.close()


def test_any_order_of_receiving_gives_each_env_the_episode_it_has_alone() -> None:
    envs = ReadyVectorEnv([SHORT] * 3)
    envs.reset(seed=2)
    told: dict[int, list[tuple[Any, ...]]] = {0: [], 1: [], 2: []}
    envs.send(["roll"] * 3, range(3))
    while any(len(episode) < 6 for episode in told.values()):
        came = envs.receive()
        for position, index in enumerate(came.ids.tolist()):
            flags = bool(came.terminations[position]), bool(came.truncations[position])
            told[index].append((came.observations[position], float(came.rewards[position]), *flags))
        envs.send(["roll"] * len(came.ids), came.ids)
    plain = SyncVectorEnv([SHORT] * 3)
    plain.reset(seed=2)
    for turn in range(6):
        observations, rewards, terminations, truncations, _ = plain.step(["roll"] * 3)
        for index in range(3):
            expected = observations[index], rewards[index], terminations[index], truncations[index]
            assert told[index][turn] == expected
    envs.close()


@pytest.mark.parametrize(
    ("workers", "how", "says"),
    [
        ("threads", "raise", "OSError: the engine is gone"),
        ("threads", "exit", "SystemExit: 3"),
        ("threads", "hang 30", "no answer in time"),
        ("processes", "die", "ended with exit code 7"),
        ("processes", "hang 300", "no answer in time"),
        ("processes", "odd", "cannot be sent to another process"),
    ],
)
def test_a_failure_truncates_one_episode_and_the_env_is_replaced(workers: Workers, how: str, says: str) -> None:
    late = 3.0 if how.startswith("hang") else None
    envs = ReadyVectorEnv([moody] * 2, workers=workers, step_timeout=late)
    envs.reset(seed=0)
    envs.step(["hello", "hello"])
    observations, rewards, terminations, truncations, infos = envs.step(["hello", how])
    assert observations == ("You said hello.", "You said hello.")
    assert (terminations.tolist(), truncations.tolist(), rewards.tolist()) == ([False] * 2, [False, True], [0.0] * 2)
    assert says in infos["env_error"][1]
    observations, *_, truncations, infos = envs.step(["again", "ignored"])
    assert observations[1].startswith("Say something")
    assert not truncations.any()
    assert envs.step(["x", "y"])[0] == ("You said x.", "You said y.")
    envs.close()


def test_what_follows_a_failure_is_the_same_in_every_run() -> None:
    def run() -> list[Any]:
        envs = ReadyVectorEnv([moody] * 2)
        envs.reset(seed=4)
        came = [envs.step(actions) for actions in (["raise", "a"], ["b", "raise"], ["c", "d"])]
        envs.close()
        return came

    assert data_equivalence(run(), run())


def test_with_same_step_autoreset_a_failure_comes_with_the_next_episode() -> None:
    envs = ReadyVectorEnv([moody], autoreset_mode=AutoresetMode.SAME_STEP)
    envs.reset(seed=0)
    envs.step(["hello"])
    observations, _, _, truncations, infos = envs.step(["raise"])
    assert truncations.tolist() == [True]
    assert observations[0].startswith("Say something")
    assert infos["final_obs"][0] == "You said hello."
    assert "the engine is gone" in infos["final_info"]["env_error"][0]
    assert envs.step(["x"])[0] == ("You said x.",)
    envs.close()


@pytest.mark.parametrize("workers", BOTH)
def test_a_failure_can_be_raised_instead(workers: Workers) -> None:
    envs = ReadyVectorEnv([moody] * 2, workers=workers, on_failure="raise")
    envs.reset(seed=0)
    with pytest.raises(EnvFailed, match="Environment 1 failed: OSError: the engine is gone"):
        envs.step(["hello", "raise"])
    envs.reset(seed=0)
    envs.step(["hello", "hello"])
    envs.close()


def test_a_reset_that_keeps_failing_is_raised() -> None:
    envs = ReadyVectorEnv([moody])
    with pytest.raises(EnvFailed, match="no engine today"):
        envs.reset(seed=0, options={"moody": True})
    envs.reset(seed=0)
    envs.close()


class Stillborn(Echo):
    """Can be made twice, and then no more."""

    left = 2

    def __init__(self) -> None:
        type(self).left -= 1
        if type(self).left < 0:
            raise OSError("no more of them")
        super().__init__()

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        raise OSError("broken")


def test_an_env_that_cannot_be_made_again_is_raised_when_it_is_asked() -> None:
    envs = ReadyVectorEnv([Stillborn, Stillborn])
    envs.reset(seed=0)
    assert envs.step(["a", "a"])[3].tolist() == [True, True]
    with pytest.raises(EnvFailed, match="no more of them"):
        envs.step(["b", "b"])
    envs.close()


@pytest.mark.parametrize("workers", BOTH)
def test_the_callers_mistakes_are_raised_and_change_nothing(workers: Workers) -> None:
    envs = ReadyVectorEnv([SHORT] * 2, workers=workers)
    envs.reset(seed=0)
    envs.send(["right", 3], [0, 1])
    with pytest.raises(NotText, match="got int"):
        envs.receive(min_ready=2)
    assert envs.receive().ids.tolist() == [0]  # the other one's answer is not lost
    assert envs.step(["right", "right"])[0] == ("You are at 2.", "You are at 1.")
    with pytest.raises(UnknownOption, match="no option 'nonsense'"):
        envs.reset(options={"nonsense": 1})
    with pytest.raises(AttributeError, match="nothing"):
        envs.call("nothing")
    envs.reset(seed=0)
    envs.close()


def test_wrong_sends_are_refused() -> None:
    envs = ReadyVectorEnv([SHORT] * 2)
    with pytest.raises(ResetNeeded):
        envs.send(["left"], [0])
    envs.reset(seed=0)
    for actions, ids in ((["left"], [2]), (["left"] * 2, [1, 1]), (["left"], [0, 1])):
        with pytest.raises(UnknownOption, match="Expected"):
            envs.send(actions, ids)
    with pytest.raises(UnknownOption, match="one seed for each"):
        envs.reset(seed=[1])
    assert len(envs.receive().ids) == 0
    envs.close()


def test_envs_that_differ_or_cannot_be_made_are_named() -> None:
    with pytest.raises(EnvFailed, match="Environment 1 has the spaces"):
        ReadyVectorEnv([SHORT, boxed])
    with pytest.raises(EnvFailed, match="Environment 0 cannot be made: ZeroDivisionError"):
        ReadyVectorEnv([lambda: 1 / 0])  # type: ignore[list-item, return-value]
    with pytest.raises(UnknownOption, match="at least one"):
        ReadyVectorEnv([])


def test_attributes_are_set_and_read_one_by_one() -> None:
    envs = ReadyVectorEnv([Echo] * 2)
    envs.set_attr("listed", [("a",), ("b",)])
    assert envs.get_attr("listed") == (("a",), ("b",))
    assert envs.reset(seed=0)[1]["admissible_actions"].tolist() == [("a",), ("b",)]
    envs.close()


def test_what_is_forgotten_ends_its_threads_and_processes() -> None:
    envs = ReadyVectorEnv([Echo] * 2)
    processes = ReadyVectorEnv([Echo], workers="processes")
    workers = [*envs._team._threads, *processes._team._processes]  # type: ignore[attr-defined]
    del envs, processes
    gc.collect()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()


def test_closing_does_not_wait_for_an_env_that_hangs() -> None:
    envs = ReadyVectorEnv([moody], workers="processes")
    envs.reset(seed=0)
    envs.send(["hang 300"], [0])
    began = time.monotonic()
    envs.close(timeout=0.1)
    assert time.monotonic() - began < 60


def test_waiting_envs_wait_side_by_side() -> None:
    envs = ReadyVectorEnv([partial(Latent, 0.1)] * 40)
    envs.reset(seed=0)
    began = time.monotonic()
    envs.step(["a"] * 40)
    assert time.monotonic() - began < 3.0  # one after the other: 4 seconds
    envs.close()


def test_gymnasiums_wrappers_of_vector_environments_take_it() -> None:
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(ReadyVectorEnv([SHORT] * 2))
    envs.reset(seed=0)
    for _ in range(3):
        *_, infos = envs.step(("left", "left"))
    assert infos["episode"]["l"].tolist() == [3, 3]
    envs.close()
