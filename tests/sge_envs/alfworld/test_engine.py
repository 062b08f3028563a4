"""The engine: equal to the recorded real one, exact in its keys, and unmoved by what it does not understand."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.alfworld.compiled import compile_game
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import Game, number
from sge_envs.alfworld.reasons import explain_refusal
from sge_envs.alfworld.state import State
from sge_envs.alfworld.texts import NOTHING, listing
from tests.sge_envs.alfworld.odd_games import NONSENSE, Player
from tests.sge_envs.alfworld.tiny_games import make_tiny
from tests.sge_envs.alfworld.traces import game_from_json, hash_commands, read_traces

TRACES = read_traces()
GAMES = [game_from_json(trace["game"]) for trace in TRACES]


def everything(state: State) -> tuple[object, ...]:
    """All that a state consists of, but for its key and what follows from the rest."""
    masks = (tuple(state.contents), tuple(state.at), tuple(state.marks))
    return (
        *(state.place, state.held, state.opened),
        *(state.clean, state.hot, state.cool, state.toggled, state.sliced),
        *masks,
    )


def wander(engine: Engine, *, seed: int, turns: int) -> Iterator[State]:
    """The states of a walk that tries all verbs, nonsense included."""
    state, player = engine.start(), Player(seed)
    for _ in range(turns):
        engine.step(state, player.choose(engine.admissible(state)))
        yield state


@pytest.mark.parametrize("index", range(len(TRACES)))
def test_texts_commands_and_wins_are_those_of_the_real_engine(index: int) -> None:
    trace, engine = TRACES[index], Engine(GAMES[index])
    state = engine.start()
    assert engine.intro == trace["first"]
    for command, answer, commands, won in trace["turns"]:
        assert (engine.step(state, command), hash_commands(engine.admissible(state)), state.won) == (
            answer,
            commands,
            won,
        )


@pytest.mark.parametrize("seed", [1, 20, 33, 80])
def test_equal_keys_mean_equal_states(seed: int) -> None:
    engine = Engine(make_tiny(seed=seed))
    by_key: dict[int, tuple[object, ...]] = {}
    by_content: dict[tuple[object, ...], int] = {}
    for walk in range(40):
        for state in wander(engine, seed=walk, turns=60):
            assert by_key.setdefault(state.key, everything(state)) == everything(state)
            assert by_content.setdefault(everything(state), state.key) == state.key
    assert len(by_key) > 20


def test_keys_of_different_games_differ_at_the_start() -> None:
    assert len({engine.key(engine.start()) for engine in map(Engine, GAMES)}) == len(GAMES)


def test_a_key_does_not_depend_on_the_way() -> None:
    game = GAMES[0]
    engine = Engine(game)
    names = [r.name for r in game.receptacles if r.location != game.start]
    there, back = engine.start(), engine.start()
    for name in names:
        engine.step(there, f"go to {name}")
    engine.step(back, f"go to {names[-1]}")
    engine.step(back, "look")
    assert engine.key(there) == engine.key(back) != engine.key(engine.start())


@pytest.mark.parametrize("game", GAMES[:4])
def test_a_clone_goes_its_own_way(game: Game) -> None:
    engine = Engine(game)
    for state in wander(engine, seed=3, turns=40):
        before, twin = everything(state), state.clone()
        for command in engine.admissible(twin)[::3]:
            engine.step(twin, command)
        assert everything(state) == before


@pytest.mark.parametrize("game", GAMES)
def test_a_saved_state_goes_on_exactly(game: Game) -> None:
    engine = Engine(game)
    for state in wander(engine, seed=5, turns=40):
        again = engine.load(engine.save(state))
        assert everything(again) == everything(state)
        assert (again.key, again.won, engine.admissible(again)) == (state.key, state.won, engine.admissible(state))


def test_a_state_of_another_game_is_refused() -> None:
    first, second = Engine(GAMES[0]), Engine(GAMES[1])
    with pytest.raises(ValueError, match="another one"):
        second.load(first.save(first.start()))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), text=st.text() | st.sampled_from(NONSENSE))
def test_what_is_not_admissible_changes_nothing_and_is_explained(seed: int, text: str) -> None:
    engine = Engine(make_tiny(seed=seed))
    *_, state = wander(engine, seed=seed, turns=8)
    before, admissible = everything(state), engine.admissible(state)
    reason = explain_refusal(engine, state, text)
    answer = engine.step(state, text)
    assert (answer == NOTHING) == (text.strip() not in admissible)
    if answer == NOTHING:
        assert everything(state) == before
        assert reason.endswith((".", ")."))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_admissible_command_is_answered_and_the_list_is_sorted(seed: int) -> None:
    engine = Engine(make_tiny(seed=seed))
    for state in wander(engine, seed=seed, turns=10):
        commands = engine.admissible(state)
        assert list(commands) == sorted(set(commands))
        for command in commands:
            assert engine.step(state.clone(), command) != NOTHING


def test_refusals_are_explained_in_a_persons_words() -> None:
    game = next(game for game in GAMES if any(r.openable for r in game.receptacles))
    engine = Engine(game)
    state = engine.start()
    door = next(r for r in game.receptacles if r.openable and not r.opened and r.location != game.start)
    assert explain_refusal(engine, state, f"open {door.name}") == f"You are not at the {door.name}."
    engine.step(state, f"go to {door.name}")
    item = game.items[0].name
    for command, reason in {
        f"take {item} from {door.name}": f"The {door.name} is closed.",
        f"close {door.name}": f"The {door.name} is already closed.",
        f"go to {door.name}": f"You are already at the {door.name}.",
        f"move {item} to {door.name}": f"You are not carrying anything named {item!r}.",
        "take it": "The command needs two names: take (object) from (receptacle).",
        "look here": "The command 'look' stands alone: nothing follows it.",
        "go to mars 1": "There is no receptacle named 'mars 1': go to (receptacle).",
    }.items():
        assert explain_refusal(engine, state, command) == reason


def test_refusals_do_not_tell_whether_an_unseen_object_exists() -> None:
    game = next(game for game in GAMES if any(r.openable and not r.opened for r in game.receptacles))
    engine = Engine(game)
    state = engine.start()
    real, made_up = game.items[0].name, "unicorn 7"
    for r in game.receptacles:
        engine.step(state, f"go to {r.name}")
        seen = engine.inside_here(state)
        if seen >> engine.item_index[real] & 1:
            continue
        for form in ("take {} from {}", "move {} to {}", "heat {} with {}", "slice {} with {}", "use {}", "examine {}"):
            first, second = (
                explain_refusal(engine, state, form.format(name, r.name)).replace(name, "it")
                for name in (real, made_up)
            )
            assert first == second


def test_version_0_3_differs_in_four_places() -> None:
    game = next(game for game in GAMES if game.goal.task_type == "pick_and_place_simple")
    new, old = Engine(game), Engine(game, text_version="0.3")
    assert new.intro == old.intro
    here, there = new.start(), old.start()
    verbs = {"move": "put"}
    for command in game.walkthrough:
        said = command.replace("move ", "put ").replace(" to ", " in/on ") if command.startswith("move") else command
        first, second = new.step(here, command), old.step(there, said)
        if command.startswith("go to "):
            location = second.split(". ")[0].removeprefix("You arrive at ")
            assert location.startswith("loc ")
            assert second.split(". ", 1)[1] == first.split(". ", 1)[1]
        elif command.startswith("move "):
            assert second == first.replace("You move the", "You put the").replace(" to the ", " in/on the ")
        else:
            assert first == second
        listed = [c for c in new.admissible(here) if c != "help"]
        assert len(listed) == len(old.admissible(there))
        assert {verbs.get(c.split()[0], c.split()[0]) for c in listed} == {c.split()[0] for c in old.admissible(there)}
    assert here.won
    assert there.won
    assert old.step(old.start(), "help") == NOTHING


def test_an_unknown_text_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.5"):
        Engine(GAMES[0], text_version="0.5")


def test_an_object_in_a_receptacle_that_does_not_exist_is_refused() -> None:
    game = GAMES[0]
    lost = dataclasses.replace(game.items[0], receptacles=("Attic_bar_1",))
    with pytest.raises(ValueError, match="Attic_bar_1"):
        Engine(dataclasses.replace(game, items=(lost, *game.items[1:])))


def test_the_engine_of_a_game_is_compiled_once() -> None:
    assert compile_game(GAMES[0]) is compile_game(GAMES[0])
    assert compile_game(GAMES[0]) is not compile_game(GAMES[0], "0.3")
    assert compile_game(GAMES[0]) is not compile_game(dataclasses.replace(GAMES[0]))


def test_numbers_run_down_the_sorted_ids_and_basins_get_their_own_name() -> None:
    ids = ["Mug_bar_b", "Mug_bar_a", "MUG_bar_c", "Sink_bar_1", "Sink_bar_1_bar_SinkBasin", "agent1"]
    shuffled = random.Random(0).sample(ids, k=len(ids))
    assert number(shuffled) == {
        "Mug_bar_a": "mug 3",
        "Mug_bar_b": "mug 2",
        "MUG_bar_c": "mug 1",
        "Sink_bar_1": "sink 1",
        "Sink_bar_1_bar_SinkBasin": "sinkbasin 1",
        "agent1": "agent1 ",
    }


def test_lists_read_as_in_the_original() -> None:
    assert listing([]) == "nothing"
    assert listing(["mug 1"]) == "a mug 1"
    assert listing(["mug 2", "mug 1"]) == "a mug 2, and a mug 1"
    assert listing(["egg 1", "mug 2", "mug 1"]) == "a egg 1, a mug 2, and a mug 1"
