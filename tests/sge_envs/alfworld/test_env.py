"""SGE-ALFWorld-v0: the contract, the verdicts, and what a user of ALFWorld expects."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import threading
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from hypothesis import given, settings
from hypothesis import strategies as st

import sge_envs
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.env import ALFWorldEnv, NoWayToWin
from sge_envs.alfworld.game import TASK_TYPES, Game
from sge_envs.alfworld.oracle import plan
from sge_envs.checks import check_text_env
from sge_envs.tasks import Task, TaskSet
from tests.sge_envs.alfworld.odd_games import NONSENSE, Player
from tests.sge_envs.alfworld.tiny_games import make_tiny

ID = "SGE-ALFWorld-v0"


def make(**options: Any) -> ALFWorldEnv:
    env = ALFWorldEnv(**{"source": "generated", "size": "small", **options})
    assert isinstance(env, ALFWorldEnv)
    return env


def play(env: Any, *, seed: int, turns: int = 20) -> list[Any]:
    """All that an episode of a curious player shows."""
    player, seen = Player(seed), [env.reset(seed=seed)]
    info = seen[0][1]
    for _ in range(turns):
        seen.append(env.step(player.choose(info["admissible_actions"])))
        info = seen[-1][4]
        if seen[-1][2] or seen[-1][3]:
            break
    return seen


def solve(env: Any) -> tuple[Any, ...]:
    """The last step of an episode that follows the oracle."""
    while True:
        step: tuple[Any, ...] = env.step(env.oracle())
        if step[2] or step[3]:
            return step


def test_the_contract_holds_with_every_option() -> None:
    check_text_env(gymnasium.make(ID, source="generated", expert_plan=True, text_version="0.3"), turns=15)


def test_gymnasiums_checker_has_nothing_to_say_of_us() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(gymnasium.make(ID, source="generated").unwrapped)
    assert not [str(one.message) for one in caught if "sge_envs" in str(one.message) or "ALFWorld" in str(one.message)]


def test_making_one_reads_nothing_and_starts_nothing(tmp_path: Any) -> None:
    env = gymnasium.make(ID, data=tmp_path / "nowhere", engine="textworld")
    env.close()


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_the_win_pays_one_and_says_so(task_type: str) -> None:
    env = make(task_types=[task_type])
    for seed in range(3):
        first, info = env.reset(seed=seed)
        assert first.endswith(f"Your task is to: {info['goal']}")
        _, reward, terminated, truncated, info = solve(env)
        assert (reward, terminated, truncated) == (1.0, True, False)
        assert (info["success"], info["progress"], info["outcome"]) == (True, 1.0, "won")


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_progress_grows_along_the_way_and_outcomes_name_how_far_it_came(task_type: str) -> None:
    env = make(task_types=[task_type])
    env.reset(seed=4)
    way = []
    while not way or not way[-1][1]:
        command = env.oracle()
        way.append((command, env.step(command)[2]))
    seen, previous = [], -1.0
    for turns in range(1, len(way) + 1):
        short = make(task_types=[task_type], max_turns=turns)
        short.reset(seed=4)
        for command, _ in way[:turns]:
            info = short.step(command)[4]
        assert info["progress"] >= previous
        assert (info["progress"] == 1.0) == info["success"] == (turns == len(way))
        previous = info["progress"]
        seen.append(info["outcome"])
        assert info["goal"] in info["feedback"]
    assert len(set(seen)) >= 3  # what was found, held, treated, put, won
    assert seen[-1] == "won"


def test_feedback_says_what_was_missed_and_never_where_things_are() -> None:
    env = make(max_turns=1)
    for seed in range(20):
        _, info = env.reset(seed=seed)
        names = [r.name for r in env.task.data.receptacles] + [item.name for item in env.task.data.items]
        final = env.step("look")[4]
        assert final["outcome"] == "lost:nothing"
        assert "did not find" in final["feedback"]
        assert not [name for name in names if name in final["feedback"].removeprefix(f"The task was: {info['goal']}")]


def test_what_is_refused_reads_as_in_alfworld_and_is_explained_beside_it() -> None:
    env = make()
    _, before = env.reset(seed=0)
    observation, reward, *_, info = env.step("fly to the moon")
    assert observation == "Nothing happens."
    assert reward == 0.0
    assert info["action_error"].startswith("There is no command 'fly'")
    assert info["state_key"] == before["state_key"]
    assert "action_error" not in env.step("look")[4]


def test_expert_plans_come_when_asked_for_and_win() -> None:
    assert "expert_plan" not in make().reset(seed=1)[1]
    env = make(expert_plan=True)
    _, info = env.reset(seed=1)
    done = False
    while not done:
        before = info["expert_plan"]
        assert before[0] in info["admissible_actions"]
        assert env.oracle() == before[0]
        _, reward, done, _, info = env.step(before[0])
        assert len(info["expert_plan"]) == len(before) - 1
    assert reward == 1.0


class OneGame(TaskSet):
    """A set of one task."""

    def __init__(self, game: Game) -> None:
        self.only = Task(id="only", split="train", goal=game.task, data=game)

    def list_splits(self) -> tuple[str, ...]:
        return ("train",)

    def num_tasks(self, split: str) -> int | None:
        return 1

    def get_task(self, split: str, index: int) -> Task:
        return self.only

    def find_task(self, task_id: str) -> Task:
        return self.only


def test_where_nothing_can_be_won_any_more_the_oracle_says_so() -> None:
    game = next(game for game in map(spoil, range(1000)) if game is not None)
    env = make(expert_plan=True)
    env.tasks = OneGame(game)
    _, info = env.reset()
    while info["expert_plan"]:
        cloth = [command for command in info["admissible_actions"] if command.startswith("take cloth 1")]
        door = [command for command in info["admissible_actions"] if command.startswith("open")]
        walk = [command for command in info["admissible_actions"] if command.startswith("go to")]
        info = env.step((cloth or door or walk[env.turn % len(walk) :])[0])[4]
    with pytest.raises(NoWayToWin, match="in hand: cloth 1"):
        env.oracle()


def spoil(seed: int) -> Game | None:
    """A small game that can be won until the cloth, which fits nowhere, is picked up."""
    game = make_tiny(seed=seed, task_type="pick_and_place_simple")
    game = dataclasses.replace(game, can_contain=frozenset(pair for pair in game.can_contain if pair[1] != "Cloth"))
    cloth = [item for item in game.items if item.type == "Cloth" and "pickupable" in item.traits]
    engine = Engine(game)
    return game if cloth and plan(engine, engine.first) else None


def test_a_games_own_horizon_comes_before_the_environments() -> None:
    env = make(split="hard", size="real") if "hard" in make().tasks.list_splits() else make(max_turns=3)
    env.reset(seed=0)
    horizon = env.task.max_turns or 3
    flags = [env.step("look")[3] for _ in range(horizon)]
    assert flags == [False] * (horizon - 1) + [True]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    actions=st.lists(st.sampled_from(NONSENSE) | st.integers(0, 60) | st.text(max_size=30), max_size=25),
)
def test_snapshots_continue_exactly_after_any_actions(seed: int, actions: list[str | int]) -> None:
    original, copy = make(expert_plan=True), make(expert_plan=True)
    _, info = original.reset(seed=seed)
    for action in actions:
        legal = info["admissible_actions"]
        step = original.step(legal[action % len(legal)] if isinstance(action, int) else action)
        info = step[4]
        if step[2] or step[3]:
            break
    copy.reset(options={"snapshot": original.snapshot()})
    if info.get("success") is None:
        for command in itertools.islice(info["admissible_actions"], 3):
            step = original.step(command)
            assert copy.step(command) == step
            if step[2] or step[3]:
                break
    assert copy.snapshot() == original.snapshot()
    assert copy.reset() == original.reset()


def test_a_snapshot_of_another_game_with_the_same_name_is_refused() -> None:
    env = make()
    env.reset(seed=0)
    other = make(text_version="0.3")
    taken = env.snapshot()
    assert other.reset(options={"snapshot": taken})  # the words differ, the state does not
    key = env._state_key()
    damaged = taken.replace(key.encode(), key[::-1].encode())
    with pytest.raises(sge_envs.SnapshotError):
        env.reset(options={"snapshot": damaged})


def test_episodes_are_equal_in_any_thread_any_order_and_inside_a_loop() -> None:
    alone = {seed: play(make(), seed=seed) for seed in range(6)}
    found: dict[int, Any] = {}

    def work(seed: int) -> None:
        found[seed] = play(make(), seed=seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone

    async def inside() -> dict[int, Any]:
        return {seed: play(make(), seed=seed) for seed in reversed(range(6))}

    assert asyncio.run(inside()) == alone
    envs = [make() for _ in alone]
    players = [Player(seed) for seed in alone]
    steps = [[env.reset(seed=seed)] for seed, env in zip(alone, envs)]
    for turn in range(20):
        for env, player, seen in zip(envs, players, steps):
            if turn == 0 or not (seen[-1][2] or seen[-1][3]):
                seen.append(env.step(player.choose(seen[-1][-1]["admissible_actions"])))
    assert dict(enumerate(steps)) == alone


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_vectors_in_processes_show_what_vectors_in_one_process_show(context: str) -> None:
    for mode in AutoresetMode:
        options: dict[str, Any] = {"source": "generated", "size": "small", "max_turns": 4}
        kinds = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": mode}}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning)  # fork in a process with threads
            sync = gymnasium.make_vec(ID, 2, **kinds, **options)
            processes = gymnasium.make_vec(
                ID,
                2,
                vectorization_mode="async",
                vector_kwargs={"autoreset_mode": mode, "context": context},
                **options,
            )
        assert isinstance(sync, SyncVectorEnv)
        assert isinstance(processes, AsyncVectorEnv)
        expected, got = sync.reset(seed=3), processes.reset(seed=3)
        assert tuple(got[0]) == tuple(expected[0])
        for turn in range(9):
            if mode is AutoresetMode.DISABLED and turn == 4:
                mask = {"reset_mask": np.ones(2, dtype=bool)}
                expected, got = sync.reset(options=dict(mask)), processes.reset(options=dict(mask))
                assert tuple(got[0]) == tuple(expected[0])
            if mode is AutoresetMode.DISABLED and turn == 8:
                break
            actions = tuple(["look", "inventory", "help"][(turn + i) % 3] for i in range(2))
            expected, got = sync.step(actions), processes.step(actions)
            assert tuple(got[0]) == tuple(expected[0])
            assert [list(one) for one in got[1:4]] == [list(one) for one in expected[1:4]]
            assert list(got[4]["task_id"]) == list(expected[4]["task_id"])
        sync.close()
        processes.close()


def test_snapshots_pass_through_wrappers_and_vectors() -> None:
    env = gymnasium.make(ID, source="generated", size="small")
    env.reset(seed=1)
    env.step("look")
    taken = env.unwrapped.snapshot()  # type: ignore[attr-defined]
    envs = SyncVectorEnv([lambda: gymnasium.make(ID, source="generated", size="small") for _ in range(2)])
    observations, _ = envs.reset(options={"snapshot": taken})
    again, _ = env.reset(options={"snapshot": taken})
    assert tuple(observations) == (again, again)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "internet"}, "no source 'internet'"),
        ({"engine": "texworld"}, "Did you mean 'textworld'"),
        ({"text_version": "0.5"}, "no text_version '0.5'"),
        ({"engine": "textworld", "text_version": "0.3"}, "leave out text_version"),
        ({"task_types": ["pick_up"]}, "pick_"),
        ({"split": "valid_sen"}, "Did you mean 'valid_seen'"),
        ({"source": "generated", "games": ["a.tw-pddl"]}, "leave out data= and games="),
        ({"source": "auto", "games": ["a"], "data": "b"}, "leave one out"),
        ({"source": "auto", "games": ["a"], "size": "small"}, "source='generated'"),
        ({"source": "auto", "games": "a"}, "list of game files"),
        ({"source": "official", "size": None}, "ALFWORLD_DATA"),
    ],
)
def test_wrong_arguments_are_told_when_the_env_is_made(
    options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    with pytest.raises(sge_envs.UnknownOption, match=words):
        ALFWorldEnv(**options)


def test_before_the_first_reset_there_is_nothing_to_solve() -> None:
    with pytest.raises(sge_envs.ResetNeeded):
        make().oracle()
