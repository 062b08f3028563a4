"""The admissible commands of a state, sorted as text."""

from __future__ import annotations

from sge_envs.alfworld.state import State
from sge_envs.alfworld.tables import REMEMBERED, Tables, bits


def list_commands(tables: Tables, state: State) -> list[str]:
    """All commands that do something in this state.

    They are gathered verb by verb in the order of the alphabet, so only the few of one verb have to be sorted.
    """
    here, held = tables.here[state.place], state.held
    names = tables.receptacle_names
    doors = [r for r in here if tables.openable >> r & 1]
    shut = sorted([f"open {names[r]}" for r in doors if not state.opened >> r & 1])
    near = [f"examine {names[r]}" for r in here]
    found: list[str] = []
    if held < 0:
        found += sorted([f"close {names[r]}" for r in doors if state.opened >> r & 1])
        found += sorted(near)
        found += tables.goto[state.place]
        found += tables.bare_commands
        found += shut
        found += _list_takes(tables, state, here)
    else:
        found += _list_treatments(tables, "clean", held, here)
        found += sorted([f"close {names[r]}" for r in doors if state.opened >> r & 1])
        found += _list_treatments(tables, "cool", held, here)
        found += sorted([f"examine {tables.item_names[held]}", *near])
        found += tables.goto[state.place]
        found += _list_treatments(tables, "heat", held, here)
        found += tables.bare_commands
        fitting = [r for r in here if tables.accessible(state, r) and tables.fits[r] >> held & 1]
        puts = sorted([tables.put_command(held, r) for r in fitting])
        found += puts + shut if tables.put_verb < "open" else shut + puts
        if tables.knives >> held & 1:
            knife = tables.item_names[held]
            food = state.at[state.place] & tables.sliceable
            found += sorted([f"slice {tables.item_names[o]} with {knife}" for o in bits(food)])
    lamps = tables.inside_here(state) & tables.toggleable
    if lamps:
        found += sorted([f"use {tables.item_names[o]}" for o in bits(lamps)])
    return found


def _list_treatments(tables: Tables, verb: str, held: int, here: tuple[int, ...]) -> list[str]:
    if not tables.treatable[verb] >> held & 1:
        return []
    item, stations = tables.item_names[held], tables.stations[verb]
    return sorted([f"{verb} {item} with {tables.receptacle_names[r]}" for r in here if stations >> r & 1])


def _list_takes(tables: Tables, state: State, here: tuple[int, ...]) -> list[str]:
    takes = [_list_takes_from(tables, state, r) for r in here if tables.accessible(state, r)]
    return takes[0] if len(takes) == 1 else sorted([command for commands in takes for command in commands])


def _list_takes_from(tables: Tables, state: State, r: int) -> list[str]:
    mask = state.contents[r] & tables.pickupable
    known = tables.known_takes.get((r, mask))
    if known is None:
        if len(tables.known_takes) >= REMEMBERED:
            tables.known_takes.clear()
        name = tables.receptacle_names[r]
        commands = sorted([f"take {tables.item_names[o]} from {name}" for o in bits(mask)])
        known = tables.known_takes[r, mask] = commands
    return known
