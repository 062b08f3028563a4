"""SGE-TextWorld-v0: challenges and game files through the real engine."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from sge_envs import DataCorrupt, TaskNotFound, UnknownOption
from sge_envs.alfworld.export import export_game
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.checks import check_text_env
from sge_envs.textworld.challenges import LEVELS, SPLITS, ChallengeTasks, scatter
from sge_envs.textworld.env import LONGEST_COMMAND, NoWayToWin, TextWorldEnv
from sge_envs.textworld.files import FileTasks

ID = "SGE-TextWorld-v0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few small games, made once for this module."""
    pytest.importorskip("textworld")
    return tmp_path_factory.mktemp("games")


@pytest.fixture
def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SGE_CACHE", str(folder))

    def build(**options: Any) -> TextWorldEnv:
        return TextWorldEnv(**{"challenge": "treasure_hunter", "level": 2, "num_games": 1, **options})

    return build


def find_game(folder: Path) -> Path:
    return next(iter(sorted(folder.rglob("treasure_hunter-2-train-0.z8"))))


def test_seeds_of_all_splits_are_different() -> None:
    pairs = list(itertools.product(SPLITS, [*range(2000), 2**30 - 1, 2**29]))
    seeds = [scatter(split, index) for split, index in pairs]
    assert len(set(seeds)) == len(pairs)
    assert all(0 <= seed < 2**32 for seed in seeds)


@pytest.mark.parametrize(
    ("challenge", "level", "words"),
    [
        ("coin_colector", 1, "Did you mean 'coin_collector'"),
        ("coin_collector", 0, "from 1 to 300"),
        ("coin_collector", 160, "at most 100 rooms"),
        ("treasure_hunter", 31, "from 1 to 30"),
        ("cooking", len(LEVELS) + 99, "from 1 to"),
    ],
)
def test_unknown_challenges_and_levels_are_told(challenge: str, level: int, words: str) -> None:
    with pytest.raises(UnknownOption, match=words):
        TextWorldEnv(challenge=challenge, level=level)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"games": ["a.ulx"]}, r"\.json file that lies beside it"),
        ({"games": ["a.txt"]}, "ending in"),
        ({"games": "a.z8"}, "list of game files"),
        ({"games": ["a.z8"], "level": 3}, "leave out games="),
        ({"num_games": 0}, "num_games from 1"),
    ],
)
def test_wrong_files_are_told_when_the_env_is_made(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UnknownOption, match=words):
        TextWorldEnv(**options)


def test_making_one_imports_nothing() -> None:
    code = "import sge_envs.textworld.env as e, sys; e.TextWorldEnv(); assert 'textworld' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_contract_holds(make: Any) -> None:
    make()
    options = {"challenge": "treasure_hunter", "level": 2, "num_games": 1}
    check_text_env(gymnasium.make(ID, **options), turns=10)


def test_points_are_paid_as_they_come_and_sum_to_one(make: Any) -> None:
    env = make(challenge="cooking", level=3)
    _, info = env.reset(seed=0)
    assert info["goal"].startswith("You are hungry!")
    rewards, done = [], False
    while not done:
        observation, reward, done, _, info = env.step(env.oracle())
        rewards.append(reward)
    assert sum(rewards) == pytest.approx(1.0)
    assert sum(reward > 0 for reward in rewards) > 1
    assert (info["success"], info["progress"], info["outcome"]) == (True, 1.0, "won")
    assert "*** The End ***" in observation


def test_a_share_of_the_points_is_the_progress(make: Any) -> None:
    env = make(challenge="cooking", level=3, max_turns=1)
    env.reset(seed=0)
    info = env.step(env.oracle())[4]
    assert info["success"] is False
    assert 0 < info["progress"] < 1
    assert info["outcome"].startswith("open:")
    assert "points" in info["feedback"]


def test_banner_and_status_line_are_left_out_unless_all_is_wanted(make: Any) -> None:
    short, _ = make().reset(seed=0)
    long, _ = make(plain=False).reset(seed=0)
    assert "$$" not in short
    assert "$$" in long
    assert not short.endswith("/0")
    assert short.startswith(make().tasks.get_task("train", 0).goal[:20])
    assert "\n\n\n" not in short


def test_commands_to_the_interpreter_and_strange_texts_do_not_reach_it(make: Any) -> None:
    env = make(max_turns=None)
    _, before = env.reset(seed=0)
    for action in [
        "save",
        "RESTART",
        "quit",
        "tw-extra-infos score",
        "",
        "h\u00e9llo",
        "x" * (LONGEST_COMMAND + 1),
        "\0",
    ]:
        observation, reward, terminated, truncated, info = env.step(action)
        assert info["action_error"] == observation
        assert (reward, terminated, truncated, info["state_key"]) == (0.0, False, False, before["state_key"])
    assert "action_error" in env.step("fly away")[4]
    assert "action_error" not in env.step("  look ")[4]


def test_equal_seeds_give_equal_episodes_in_threads_too(make: Any) -> None:
    def play() -> list[Any]:
        env = make()
        seen: list[Any] = [env.reset(seed=5)]
        while len(seen) < 6 and not (len(seen) > 1 and seen[-1][2]):
            seen.append(env.step(seen[-1][-1]["admissible_actions"][0]))
        env.close()
        return seen

    expected, found = play(), []
    threads = [threading.Thread(target=lambda: found.append(play())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 3


def test_game_files_are_played_with_and_without_their_description(make: Any, folder: Path, tmp_path: Path) -> None:
    make().reset(seed=0)
    file = find_game(folder)
    known = TextWorldEnv(games=[file])
    first, info = known.reset(seed=0)
    assert info["task_id"].startswith(file.stem)
    assert info["admissible_actions"]
    bare = tmp_path / "bare.z8"
    shutil.copy(file, bare)
    unknown = TextWorldEnv(games=[bare])
    again, info = unknown.reset(seed=0)
    assert again == first
    assert info["goal"] == "play bare"
    assert info["state_key"] is None
    assert "admissible_actions" not in info
    with pytest.raises(NoWayToWin):
        unknown.oracle()
    unknown.step("look")
    taken = unknown.snapshot()
    expected = unknown.step("inventory")
    unknown.reset(options={"snapshot": taken})
    assert unknown.step("inventory") == expected


def test_a_description_alone_is_compiled_once(make: Any, folder: Path, tmp_path: Path) -> None:
    make().reset(seed=0)
    alone = tmp_path / "alone.json"
    shutil.copy(find_game(folder).with_suffix(".json"), alone)
    tasks = FileTasks([alone], cache=tmp_path / "cache")
    task = tasks.get_task("train", 0)
    assert Path(task.data).suffix == ".z8"
    written = Path(task.data).stat().st_mtime_ns
    assert tasks.find_task(task.id) == task
    assert Path(task.data).stat().st_mtime_ns == written


def test_alfworlds_files_are_played_with_any_texts(tmp_path: Path) -> None:
    pytest.importorskip("alfworld")
    game = GeneratedTasks(size="small").get_task("train", 0).data
    content = export_game(game)
    file = tmp_path / "foreign.tw-pddl"
    file.write_text(json.dumps({**content, "grammar": content["grammar"].replace("You arrive at", "You walk to")}))
    env = TextWorldEnv(games=[file])
    observation, info = env.reset(seed=0)
    assert info["goal"] == game.task
    assert observation.endswith(game.task)
    rewards = []
    for command in game.walkthrough:
        observation, reward, done, _, info = env.step(command)
        assert not command.startswith("go") or observation.startswith("You walk to")
        rewards.append(reward)
    assert done
    assert sum(rewards) == 1.0
    assert info["success"]
    assert "action_error" not in info
    env.close()


def test_missing_and_damaged_files_are_told_with_their_path(make: Any, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataCorrupt, match=r"gone\.z8"):
        TextWorldEnv(games=[tmp_path / "gone.z8"]).reset()
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"version": 1}')
    with pytest.raises(DataCorrupt, match="could not make the game"):
        TextWorldEnv(games=[wrong]).reset()


def test_tasks_have_ids_that_are_found_again(make: Any, folder: Path) -> None:
    tasks = ChallengeTasks("treasure_hunter", 2, num_games=1, cache=folder)
    task = tasks.get_task("train", 0)
    assert tasks.find_task(task.id) == task
    for wrong in ("treasure_hunter-3/train/0", "treasure_hunter-2/train/1", "treasure_hunter-2/train/x"):
        with pytest.raises(TaskNotFound):
            tasks.find_task(wrong)
