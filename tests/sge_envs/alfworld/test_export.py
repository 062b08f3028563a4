"""Games written in the official format: read back they are the same, and ALFWorld itself plays them."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import pytest

from sge_envs.alfworld.export import export_game, export_games, write_goal
from sge_envs.alfworld.game import TASK_TYPES, Game, Goal
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.pddl import GameFileError, parse_game, parse_goal
from tests.sge_envs.alfworld.odd_games import make_odd

GOALS = [
    Goal(kind, "Mug", receptacle=None, lamp="DeskLamp") if kind.startswith("look") else Goal(kind, "Mug", "SideTable")
    for kind in TASK_TYPES
]


def generated(number: int) -> list[Game]:
    tasks = GeneratedTasks(size="small")
    return [tasks.get_task("train", index).data for index in range(number)]


@pytest.mark.parametrize("goal", GOALS)
def test_every_goal_is_read_as_it_was_written(goal: Goal) -> None:
    assert parse_goal(write_goal(goal)) == goal


@pytest.mark.parametrize(
    "text", ["", "(and (isSliced ?o))", write_goal(GOALS[0]).replace("and", "or").upper() + "(isHot ?o)"]
)
def test_other_goals_are_refused(text: str) -> None:
    with pytest.raises(GameFileError, match="none of the six"):
        parse_goal(text)


def test_a_goal_about_two_kinds_of_thing_is_refused() -> None:
    mixed = write_goal(GOALS[5]).replace("(objectType ?o2 MugType)", "(objectType ?o2 CupType)")
    with pytest.raises(GameFileError, match="several types"):
        parse_goal(mixed)


def test_exported_games_come_back_the_same() -> None:
    pytest.importorskip("alfworld")
    for index, game in enumerate(generated(6)):
        for one in (game, make_odd(game, seed=index)):
            again = parse_game(json.dumps(export_game(one)))
            assert again == dataclasses.replace(
                one,
                receptacles=tuple(sorted(one.receptacles, key=lambda r: r.id.lower())),
                items=tuple(sorted(one.items, key=lambda item: item.id.lower())),
                room="",
                max_turns=None,
                meta={},
            )


def test_only_games_of_the_installed_release_are_written() -> None:
    pytest.importorskip("alfworld")
    with pytest.raises(ValueError, match=r"0\.3"):
        export_game(dataclasses.replace(generated(1)[0], text_version="0.3"))


def test_raw_ids_in_a_walkthrough_become_names() -> None:
    pytest.importorskip("alfworld")
    game = generated(1)[0]
    raw = {r.name: r.id.lower() for r in game.receptacles} | {item.name: item.id.lower() for item in game.items}
    content = export_game(game)
    content["walkthrough"] = [" ".join(_raw(command, raw)) for command in game.walkthrough]
    assert content["walkthrough"] != list(game.walkthrough)
    assert parse_game(content).walkthrough == game.walkthrough


def _raw(command: str, raw: dict[str, str]) -> list[str]:
    for name in sorted(raw, key=len, reverse=True):
        command = command.replace(name, raw[name])
    return command.split(" ")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # textworld's
def test_alfworlds_own_environment_plays_what_we_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alfred = pytest.importorskip("alfworld.agents.environment.alfred_tw_env")
    games = generated(3)
    files = export_games(games, tmp_path)
    state = random.getstate()
    env = alfred.AlfredTWEnv(configure(tmp_path), train_eval="train")
    assert sorted(env.game_files) == sorted(str(file) for file in files)
    played = env.init_env(batch_size=1)
    intros = set()
    for _ in games:
        observations, infos = played.reset()
        intros.add(observations[0])
        assert infos["admissible_commands"][0][-1] == "look"
        game = next(game for game in games if observations[0].endswith(f"Your task is to: {game.task}"))
        for command in game.walkthrough:
            _, scores, dones, infos = played.step([command])
        assert (scores[0], dones[0], infos["won"][0]) == (1, True, True)
    played.close()
    random.setstate(state)
    assert "Overall we have 3 games" in capsys.readouterr().out


def configure(folder: Path) -> dict[str, Any]:
    """ALFWorld's own settings, as far as its text environment reads them."""
    return {
        "dataset": {"data_path": str(folder / "json_2.1.1" / "train"), "num_train_games": -1, "num_eval_games": -1},
        "env": {
            "goal_desc_human_anns_prob": 0.0,
            "task_types": [1, 2, 3, 4, 5, 6],
            "domain_randomization": False,
            "expert_type": "handcoded",
        },
        "general": {"training_method": "dqn"},
        "rl": {"training": {"max_nb_steps_per_episode": 50}},
    }
