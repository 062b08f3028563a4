"""What there is to see: a receptacle and what is in it, the place where one stands, the room at the start."""

from __future__ import annotations

from sge_envs.alfworld.state import State
from sge_envs.alfworld.tables import REMEMBERED, Tables, bits
from sge_envs.alfworld.texts import join

_ROOM = "You are in the middle of a room. Looking quickly around you, you see "


def describe_receptacle(tables: Tables, state: State, r: int) -> str:
    """What one sees of receptacle number ``r``: its door, and what is in it if that does not hide it."""
    name = tables.receptacle_names[r]
    if tables.always_open >> r & 1:
        return f"On the {name}, you see {_list_contents(tables, state.contents[r])}."
    if state.opened >> r & 1:
        return f"The {name} is open. In it, you see {_list_contents(tables, state.contents[r])}."
    return f"The {name} is closed."


def describe_place(tables: Tables, state: State) -> str:
    """What "look" says: which receptacles one faces, and what is beside them; nothing in the middle of the room."""
    here = tables.here[state.place]
    if not here:
        return f"{_ROOM}nothing."
    facing = join([tables.receptacle_names[r] for r in here])
    marks = [state.marks[tables.mark_index[r]] for r in here] if len(here) > 1 else []
    beside = [tables.phrases[o] for o in bits(state.at[state.place]) for mark in marks if mark >> o & 1]
    return f"You are facing the {facing}. Next to it, you see {join(beside)}."


def describe_room(tables: Tables) -> str:
    """What the first observation says: all receptacles, or the one at which the game starts."""
    if tables.here[tables.first.place]:
        return describe_place(tables, tables.first)
    names = zip(tables.receptacle_names, tables.place_of)
    return f"{_ROOM}{join([f'a {name}' for name, place in names if place >= 0])}."


def _list_contents(tables: Tables, mask: int) -> str:
    known = tables.known_lists.get(mask)
    if known is None:
        if len(tables.known_lists) >= REMEMBERED:
            tables.known_lists.clear()
        known = tables.known_lists[mask] = join([tables.phrases[o] for o in bits(mask)])
    return known
