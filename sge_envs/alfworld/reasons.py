"""Why a command did nothing: the sentence that ALFWorld's "Nothing happens." leaves out.

It says nothing that the player has not seen: whether an object exists that is not in sight makes no difference to it.
"""

from __future__ import annotations

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.state import State

_TWO_PLACES = {"take": " from ", "heat": " with ", "cool": " with ", "clean": " with ", "slice": " with "}
_PAST = {"heat": "heated", "cool": "cooled", "clean": "cleaned"}
_ALONE = ("look", "inventory", "help")


def explain_refusal(engine: Engine, state: State, command: str) -> str:
    """Say in one sentence why this command is not admissible in this state. The same pair gives the same sentence."""
    verb, _, rest = command.strip().partition(" ")
    if verb not in engine.verbs:
        return f"There is no command {_shown(verb)}: the commands start with {', '.join(engine.verbs)}."
    if verb in _ALONE:
        return f"The command {verb!r} stands alone: nothing follows it."
    if verb == "go":
        return _explain_go(engine, state, rest)
    if verb in ("open", "close"):
        return _explain_door(engine, state, verb, rest)
    if verb == "use":
        return f"There is nothing named {_shown(rest)} here that can be turned on."
    if verb == "examine":
        return f"There is nothing named {_shown(rest)} in your hand, and no such receptacle at your place."
    link = engine.put_link if verb == engine.put_verb else _TWO_PLACES[verb]
    item, found, place = rest.partition(link)
    if not found:
        return f"The command needs two names: {verb} (object){link}({'object' if verb == 'slice' else 'receptacle'})."
    if verb == "slice":
        return f"To slice {_shown(item)}, it must lie within reach, and the knife that you name must be in your hand."
    return _explain_near(engine, state, verb, item, place)


def _explain_go(engine: Engine, state: State, rest: str) -> str:
    name = rest.removeprefix("to ")
    r = engine.receptacle_index.get(name)
    if not rest.startswith("to ") or r is None:
        return f"There is no receptacle named {_shown(name)}: go to (receptacle)."
    return f"You are already at the {name}." if engine.place_of[r] == state.place else f"The {name} cannot be reached."


def _explain_door(engine: Engine, state: State, verb: str, name: str) -> str:
    r = engine.receptacle_index.get(name)
    if r is None:
        return f"There is no receptacle named {_shown(name)}."
    if engine.place_of[r] != state.place:
        return f"You are not at the {name}."
    if not engine.openable >> r & 1:
        return f"The {name} has no door."
    return f"The {name} is already {'open' if verb == 'open' else 'closed'}."


def _explain_near(engine: Engine, state: State, verb: str, item: str, place: str) -> str:
    """Why a command with an object and a receptacle was refused, both named."""
    r = engine.receptacle_index.get(place)
    if r is None:
        return f"There is no receptacle named {_shown(place)}."
    if engine.place_of[r] != state.place:
        return f"You are not at the {place}."
    o = engine.item_index.get(item, -1)
    if verb == "take":
        if state.held >= 0:
            return f"Your hands are full: you are carrying the {engine.item_names[state.held]}."
        if not engine.accessible(state, r):
            return f"The {place} is closed."
        if o < 0 or not state.contents[r] >> o & 1:
            return f"There is nothing named {_shown(item)} in or on the {place}."
        return f"The {item} cannot be picked up."
    if o < 0 or state.held != o:
        return f"You are not carrying anything named {_shown(item)}."
    if verb != engine.put_verb:
        return f"The {item} cannot be {_PAST[verb]} with the {place}."
    if not engine.accessible(state, r):
        return f"The {place} is closed."
    return f"The {item} does not belong in the {place}."


def _shown(text: str) -> str:
    """The text in quotes, cut where it is no name any more."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
