"""TextEnv does once what every family needs."""

from __future__ import annotations

import hashlib
import itertools
import time
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs import (
    EnvClosed,
    NotText,
    Reply,
    ResetNeeded,
    SnapshotError,
    Task,
    TaskNotFound,
    UnknownOption,
    UnknownSplit,
)
from tests.sge_envs.toy import LineEnv, StateLineEnv, make_line

END_KEYS = {"success", "progress", "outcome", "feedback"}
KINDS = [LineEnv, StateLineEnv]


def play(env: Any, actions: list[str]) -> list[Any]:
    return [env.step(action) for action in actions]


def test_gymnasiums_own_checker_finds_nothing_to_warn_of() -> None:
    check_env(make_line().unwrapped)


def test_what_a_seed_means_is_frozen() -> None:
    env = LineEnv()
    episodes = [env.reset(seed=seed)[1]["task_id"] for seed in range(5)]
    assert hashlib.sha256(repr(episodes).encode()).hexdigest()[:16] == "502a4cd8e0c44c2f"


def test_reset_without_a_seed_continues_the_stream_and_equal_seeds_repeat_it() -> None:
    first, second = LineEnv(), LineEnv()
    streams = [
        [env.reset(seed=5)[1]["task_id"], *(env.reset()[1]["task_id"] for _ in range(5))] for env in (first, second)
    ]
    assert streams[0] == streams[1]
    assert len(set(streams[0])) > 3


def test_interleaved_envs_do_not_disturb_each_other() -> None:
    alone = LineEnv()
    expected = [alone.reset(seed=1), *play(alone, ["roll", "right", "roll"])]
    a, b = LineEnv(), LineEnv()
    got = [a.reset(seed=1)]
    b.reset(seed=2)
    for action in ("roll", "right", "roll"):
        got.append(a.step(action))
        b.step("roll")
    assert got == expected


def test_options_choose_split_and_task_for_one_episode_only() -> None:
    env = LineEnv()
    assert env.reset(seed=0, options={"split": "test"})[1]["task_id"].startswith("test/")
    assert env.reset(options={"task_id": "test/3"})[1]["task_id"] == "test/3"
    assert env.reset()[1]["task_id"].startswith("train/")
    assert LineEnv(split="test").reset(seed=0)[1]["task_id"].startswith("test/")


def test_options_pass_through_wrappers_and_vectors() -> None:
    assert make_line().reset(options={"task_id": "test/3"})[1]["task_id"] == "test/3"
    envs = gymnasium.vector.SyncVectorEnv([make_line, make_line])
    assert envs.reset(options={"task_id": "test/3"})[1]["task_id"].tolist() == ["test/3", "test/3"]
    envs.close()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"task": "train/1"}, UnknownOption, "'task_id'"),
        ({"split": "tset"}, UnknownSplit, "Did you mean 'test'"),
        ({"task_id": "nowhere"}, TaskNotFound, "train/17"),
        ({"task_id": 3}, UnknownOption, "Expected a str"),
        ({"snapshot": "text"}, UnknownOption, "Expected a bytes"),
        ({"task_id": "test/3", "split": "train"}, UnknownOption, "of the split 'test'"),
    ],
)
def test_a_wrong_option_raises_with_the_way_to_mend_it(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        LineEnv().reset(seed=0, options=options)


def test_a_wrong_argument_raises_when_the_env_is_made() -> None:
    with pytest.raises(UnknownSplit, match="Did you mean 'train'"):
        LineEnv(split="trian")
    with pytest.raises(UnknownOption, match="Did you mean 'ansi'"):
        LineEnv(render_mode="ansy")
    with pytest.raises(UnknownOption, match="at least 1"):
        LineEnv(max_turns=0)


def test_a_refused_option_leaves_the_episode_as_it_was() -> None:
    env, other = LineEnv(), LineEnv()
    for one in (env, other):
        one.reset(seed=3)
        one.step("roll")
    with pytest.raises(UnknownOption):
        env.reset(seed=9, options={"spilt": "test"})
    assert env.step("roll") == other.step("roll")


def test_steps_out_of_order_raise() -> None:
    env = LineEnv()
    with pytest.raises(ResetNeeded, match="reset"):
        env.step("left")
    with pytest.raises(ResetNeeded):
        env.snapshot()
    env.reset(seed=0)
    while not env.step(env.oracle())[2]:
        pass
    with pytest.raises(ResetNeeded, match="over"):
        env.step("left")
    env.close()
    env.close()
    with pytest.raises(EnvClosed, match="make a new one"):
        env.step("left")
    with pytest.raises(EnvClosed):
        env.reset()


def test_an_engine_that_raises_leaves_no_episode_behind() -> None:
    class Breaking(LineEnv):
        def _act(self, action: str) -> Reply:
            raise RuntimeError("engine lost")

    env = Breaking()
    env.reset(seed=0)
    with pytest.raises(RuntimeError):
        env.step("left")
    with pytest.raises(ResetNeeded):
        env.step("left")
    env.reset()


def test_the_horizon_truncates_with_a_verdict() -> None:
    env = LineEnv(max_turns=3)
    env.reset(seed=0)
    *before, last = play(env, ["left"] * 3)
    assert all(
        not (terminated or truncated) and not END_KEYS & info.keys() for _, _, terminated, truncated, info in before
    )
    assert last[2:4] == (False, True)
    assert last[4].keys() > END_KEYS
    assert last[4]["success"] is False


def test_a_success_on_the_last_turn_is_no_truncation() -> None:
    env = LineEnv(max_turns=1000)
    env.reset(options={"task_id": "test/0"})
    flag = env.task.data
    env = LineEnv(max_turns=flag)
    env.reset(options={"task_id": "test/0"})
    assert play(env, ["right"] * flag)[-1][2:4] == (True, False)


def test_a_tasks_own_horizon_goes_before_the_envs() -> None:
    env = LineEnv(max_turns=3)
    env.reset(options={"task_id": "test/19"})
    assert [step[3] for step in play(env, ["left"] * 30)] == [False] * 29 + [True]


def test_an_env_without_horizon_goes_on() -> None:
    env = LineEnv(max_turns=None)
    env.reset(seed=0)
    assert not any(step[2] or step[3] for step in play(env, ["left"] * 500))


@given(st.text(alphabet=st.characters(), max_size=50))
@settings(max_examples=200, deadline=None)
def test_no_text_raises(text: str) -> None:
    env = LineEnv()
    env.reset(seed=0)
    observation, reward, _, _, info = env.step(text)
    assert observation in env.observation_space
    assert text in ("left", "right", "roll") or (info["action_error"] and reward == 0)


def test_a_text_beyond_the_bound_is_an_action_error_and_costs_a_turn() -> None:
    env = LineEnv(max_turns=2)
    env.reset(seed=0)
    observation, reward, _, _, info = env.step("x" * 10_000_000)
    assert info["action_error"] == observation
    assert "10000000 characters" in observation
    assert (reward, env.turn, env.place) == (0.0, 1, 0)
    assert env.step("left")[3] is True
    assert "action_error" not in env.reset()[1]


@pytest.mark.parametrize("action", [None, 3, b"left", ["left"]])
def test_an_action_that_is_no_text_raises_and_changes_nothing(action: Any) -> None:
    env = LineEnv()
    env.reset(seed=0)
    with pytest.raises(NotText, match="type str"):
        env.step(action)
    assert env.turn == 0
    env.step(np.str_("left"))
    assert env.place == -1


def test_a_long_observation_loses_its_middle() -> None:
    class Talker(LineEnv):
        def _start(self, task: Task) -> str:
            return "a" * 20_000 + "z" * 20_000

    env = Talker()
    observation, _ = env.reset(seed=0)
    assert observation in env.observation_space
    assert observation.startswith("aaa")
    assert observation.endswith("zzz")
    left_out = int(observation.split("[... ")[1].split(" ")[0])
    assert observation.count("a", 0, 12_000) > 10_000
    assert left_out == 40_000 - observation.count("z") - len(observation.split("\n")[0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [0, 1, 4, 9, 12])
def test_continuing_from_a_snapshot_equals_the_original(kind: type[LineEnv], cut: int) -> None:
    actions = [
        "roll",
        "right",
        "roll",
        "nonsense",
        "left",
        "x" * 20_000,
        "right",
        "roll",
        "left",
        "roll",
        "left",
        "left",
    ]
    env = kind(max_turns=12)
    now = env.reset(seed=11, options={"split": "test"})
    for action in actions[:cut]:
        observation, _, _, _, info = env.step(action)
        info.pop("action_error", None)
        now = observation, info
    taken = env.snapshot()
    rest = play(env, actions[cut:])
    following = [env.reset(), env.step("roll"), env.reset()]

    other = kind(max_turns=12)
    other.reset(seed=99)
    assert other.reset(seed=1, options={"snapshot": taken}) == now
    assert other.turn == cut
    assert other.snapshot() == taken
    assert play(other, actions[cut:]) == rest
    assert [other.reset(), other.step("roll"), other.reset()] == following
    assert other.np_random_seed == 11


def test_a_snapshot_of_an_ended_episode_has_its_verdict_and_no_next_step() -> None:
    env = LineEnv(max_turns=1)
    env.reset(seed=0)
    info = env.step("left")[4]
    taken = env.snapshot()
    assert env.reset(options={"snapshot": taken})[1] == info
    with pytest.raises(ResetNeeded):
        env.step("left")


def test_snapshots_pass_through_wrappers_and_vectors() -> None:
    envs = gymnasium.vector.SyncVectorEnv([make_line, make_line])
    envs.reset(seed=1)
    envs.step(("roll", "right"))
    taken = envs.call("snapshot")
    observations, infos = envs.reset(options={"snapshot": taken[1]})
    assert observations == ("You are at 1.", "You are at 1.")
    assert infos["state_key"].tolist() == ["1", "1"]
    envs.close()


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_snapshot_is_refused(data: st.DataObject) -> None:
    env = LineEnv()
    env.reset(seed=0)
    env.step("right")
    taken = env.snapshot()
    at = data.draw(st.integers(0, len(taken) - 1))
    damaged = bytearray(taken)
    damaged[at] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(damaged), taken[:at], taken + b"0"):
        with pytest.raises(SnapshotError):
            env.reset(options={"snapshot": bad})


def test_a_foreign_snapshot_is_refused_and_draws_nothing() -> None:
    env, other = StateLineEnv(), LineEnv()
    env.reset(seed=0)
    other.reset(seed=0)
    with pytest.raises(SnapshotError, match="LineEnv"):
        env.reset(options={"snapshot": other.snapshot()})
    assert env.reset()[1]["task_id"] == other.reset()[1]["task_id"]


def test_a_snapshot_that_leads_elsewhere_is_refused_and_draws_nothing() -> None:
    class Drifting(LineEnv):
        drift = 0

        def _start(self, task: Task) -> str:
            super()._start(task)
            self.place = self.drift
            return "off we go"

    env, other = Drifting(), Drifting()
    env.reset(seed=0)
    taken = env.snapshot()
    env.drift = 1
    env.reset(seed=4)
    other.reset(seed=4)
    with pytest.raises(SnapshotError, match="in the state '0' and leads to '1'"):
        env.reset(options={"snapshot": taken})
    assert env.reset()[1]["task_id"] == other.reset()[1]["task_id"]


def test_a_snapshot_of_a_task_or_split_other_than_asked_for_is_refused() -> None:
    env = LineEnv()
    env.reset(options={"task_id": "test/1"})
    taken = env.snapshot()
    assert env.reset(options={"snapshot": taken, "task_id": "test/1"})[1]["task_id"] == "test/1"
    with pytest.raises(UnknownOption, match="leave it out"):
        env.reset(options={"snapshot": taken, "task_id": "test/2"})
    with pytest.raises(UnknownOption, match="leave it out"):
        env.reset(options={"snapshot": taken, "split": "train"})


def test_a_generator_that_cannot_be_written_down_is_said_so() -> None:
    env = LineEnv()
    env.np_random = np.random.Generator(np.random.MT19937(0))
    env.reset()
    with pytest.raises(SnapshotError, match="MT19937"):
        env.snapshot()


def test_rendering_shows_the_last_exchange() -> None:
    env = LineEnv(render_mode="ansi")
    env.reset(options={"task_id": "test/0"})
    assert env.render().startswith("Reach the flag")
    env.step("right")
    assert env.render() == "> right\nYou are at 1."
    env = LineEnv()
    env.reset()
    with pytest.warns(UserWarning, match="render_mode='ansi'"):
        assert env.render() is None


def test_the_frameworks_own_time_per_step_is_small() -> None:
    env = LineEnv(max_turns=None)
    env.reset(seed=0)

    def seconds(step: Any) -> float:
        start = time.perf_counter()
        for action in itertools.islice(itertools.cycle(("left", "left", "right")), 20_000):
            step(action)
        return (time.perf_counter() - start) / 20_000

    overhead = min(seconds(env.step) for _ in range(5)) - min(seconds(env._act) for _ in range(5))
    assert overhead < 10e-6  # measured: about 1 microsecond; the room is for busy machines


def test_a_wrapper_can_spend_a_turn_without_an_action() -> None:
    env = LineEnv(max_turns=2)
    env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.skip_turn("Try again.", "no action")
    assert (observation, reward, terminated, truncated) == ("Try again.", 0.0, False, False)
    assert (info["action_error"], info["state_key"], env.turn) == ("no action", "0", 1)
    assert env.skip_turn("x" * 100_000)[0] in env.observation_space
    with pytest.raises(ResetNeeded, match="over"):
        env.skip_turn("again")


def test_a_turn_that_was_spent_is_spent_in_a_snapshot_too() -> None:
    env = LineEnv(max_turns=2)
    env.reset(seed=0)
    env.skip_turn("Try again.")
    env.reset(options={"snapshot": env.snapshot()})
    assert env.step("right")[3]


def test_a_wrapper_can_end_the_episode_and_gets_the_verdict() -> None:
    env = LineEnv()
    env.reset(seed=0)
    env.step("right")
    info = env.truncate()
    assert (info["success"], info["outcome"]) == (False, "at 1")
    with pytest.raises(ResetNeeded, match="over"):
        env.step("right")
    with pytest.raises(ResetNeeded, match="over"):
        env.truncate()
    _, restored = env.reset(options={"snapshot": env.snapshot()})
    assert restored == info
