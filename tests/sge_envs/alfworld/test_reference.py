"""The real engine: unchanged in what it says, well-behaved in a process, and equal to our own."""

from __future__ import annotations

import dataclasses
import gc
import os
import resource
import sys
import threading
from typing import Any

import pytest

pytest.importorskip("alfworld")

import textworld
from textworld.envs.pddl import PddlEnv

from sge_envs import DataCorrupt, MissingExtra
from sge_envs.alfworld import install
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.env import ALFWorldEnv
from sge_envs.alfworld.export import export_game
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.oracle import plan
from sge_envs.alfworld.reference import open_engine
from tests.sge_envs.alfworld.odd_games import Player, make_odd
from tests.sge_envs.alfworld.tiny_games import make_tiny

TASKS = GeneratedTasks(size="small")


def games(number: int) -> list[Game]:
    return [TASKS.get_task("train", index).data for index in range(number)]


def test_500_steps_in_plain_and_odd_games_differ_in_no_byte() -> None:
    real, steps, seed = open_engine(), 0, 0
    while steps < 500:
        seed += 1
        game = TASKS.get_task("train", seed).data
        game = make_odd(game, seed=seed) if seed % 2 else game
        engine, player = Engine(game), Player(seed)
        state = engine.start()
        if state.won or plan(engine, state) is None:
            continue  # the real engine cannot start games that are over
        assert real.start(game) == engine.intro
        for _ in range(50):
            assert real.admissible() == engine.admissible(state)
            command = player.choose(real.admissible())
            assert real.step(command) == (engine.step(state, command), state.won)
            steps += 1
    real.close()


def test_what_is_remembered_changes_no_word_of_textworlds_own_environment() -> None:
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler

    game = next(game for game in games(20) if len(game.receptacles) < 9)
    plain = AlfredDemangler(PddlEnv(textworld.EnvInfos(admissible_commands=True, won=True)))
    plain.load(export_game(game))
    first = plain.reset()
    real, player = open_engine(), Player(1)
    assert real.start(game) == first.feedback
    assert real.admissible() == tuple(first["admissible_commands"])
    for _ in range(40):
        command = player.choose(real.admissible())
        state, _, _ = plain.step(command)
        assert real.step(command) == (state.feedback, state["won"])
        assert real.admissible() == tuple(state["admissible_commands"])
    real.close()


def test_both_engines_are_one_environment() -> None:
    own = ALFWorldEnv(source="generated", size="small", expert_plan=True)
    real = ALFWorldEnv(source="generated", size="small", expert_plan=True, engine="textworld")
    for seed in range(3):
        ours, theirs = own.reset(seed=seed), real.reset(seed=seed)
        assert ours == theirs
        player = Player(seed)
        info = ours[1]
        for turn in range(25):
            command = player.choose(info["admissible_actions"]) if turn < 12 else own.oracle()
            step = own.step(command)
            assert real.step(command) == step
            info = step[4]
            if step[2]:
                break
        taken = real.snapshot()
        assert real.reset(options={"snapshot": taken})[0] == own.reset(options={"snapshot": own.snapshot()})[0]
    real.close()


def test_neither_arguments_nor_environment_variables_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.setattr(sys, "argv", ["mine", "--flag"])
    out = sys.stdout
    env = ALFWorldEnv(source="generated", size="small", engine="textworld")
    env.reset(seed=11)
    env.step("look")
    env.close()
    assert sys.argv == ["mine", "--flag"]
    assert sys.stdout is out
    assert "ALFWORLD_DATA" not in os.environ


def test_pddl_that_cannot_be_translated_is_an_error_and_no_exit() -> None:
    game = games(1)[0]
    real = open_engine()
    content = export_game(game)
    content["pddl_problem"] = content["pddl_problem"].replace("agent1 - agent", "agent1 - agent\nagent1 - location")
    with pytest.raises(DataCorrupt, match="duplicate object"):
        real._env.load(content)  # type: ignore[attr-defined]
    assert real.start(game)  # and the next game is played as if nothing had been
    real.close()


def test_a_game_that_nobody_can_win_is_refused_by_the_real_engine() -> None:
    lost = dataclasses.replace(make_tiny(seed=0, task_type="pick_and_place_simple"), can_contain=frozenset())
    assert plan(Engine(lost), Engine(lost).first) is None
    real = open_engine()
    with pytest.raises(DataCorrupt, match="can never hold"):
        real.start(lost)
    real.close()


def test_threads_do_not_disturb_each_other() -> None:
    chosen = games(3)
    expected = [play_own(game, seed) for seed, game in enumerate(chosen)]
    found: dict[int, Any] = {}

    def work(seed: int) -> None:
        real = open_engine()
        found[seed] = play_real(real, chosen[seed], seed)
        real.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(3)] == expected


def play_own(game: Game, seed: int) -> list[str]:
    engine, player = Engine(game), Player(seed)
    state = engine.start()
    return [engine.intro, *(engine.step(state, player.choose(engine.admissible(state))) for _ in range(15))]


def play_real(real: Any, game: Game, seed: int) -> list[str]:
    player = Player(seed)
    return [real.start(game), *(real.step(player.choose(real.admissible()))[0] for _ in range(15))]


def test_many_resets_and_engines_leave_no_library_behind() -> None:
    game = next(game for game in games(20) if len(game.receptacles) < 9)
    first, other = open_engine(), open_engine()
    first.start(game)
    other.start(game)
    mapped = count_mappings()
    first.close()
    first.close()
    del other  # not even closed
    gc.collect()
    for _ in range(6):
        real = open_engine()
        real.start(game)
        real.close()
    assert count_mappings() == mapped
    real = open_engine()
    for _ in range(20):
        real.start(game)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200):
        real.start(game)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 20_000  # KiB
    real.close()


def count_mappings() -> int:
    """How many times the planner library is mapped into this process."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return sum("libdownward" in line for line in maps)


def test_without_the_package_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match=r"pip install 'strategy-guided-exploration\[alfworld\]'"):
        install.import_real("alfworld")


def missing(name: str) -> Any:
    raise ImportError(name)
