"""The household game as immutable data: what a game file says, read once and shared by every episode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

TASK_TYPES = (
    "pick_and_place_simple",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_two_obj_and_place",
)
"""ALFWorld's six task types, in the order of its own numbering (1 to 6)."""


@dataclass(frozen=True, slots=True)
class Receptacle:
    """A place that objects can be in or on. ``id`` is the raw PDDL id, ``name`` what the player reads ("cabinet 2")."""

    id: str
    name: str
    type: str  # "Cabinet": the PDDL type name without its suffix "Type"
    location: str  # raw PDDL location id; two receptacles may share one
    openable: bool = False
    opened: bool = False  # at the start


@dataclass(frozen=True, slots=True)
class Item:
    """An object. ``traits`` are the static predicates that hold of it, ``state`` the dynamic ones that hold at the
    start."""

    id: str
    name: str
    type: str  # "Mug"
    receptacles: tuple[str, ...] = ()  # ids of the receptacles it is in at the start (real games: sometimes two)
    locations: tuple[str, ...] = ()  # objectAtLocation facts at the start
    inside: tuple[str, ...] = ()  # ids of the receptacle-objects it is inside of (inReceptacleObject)
    traits: frozenset[str] = (
        frozenset()
    )  # of pickupable moveable cleanable heatable coolable toggleable sliceable isReceptacleObject
    state: frozenset[str] = frozenset()  # of isClean isHot isCool isOn isToggled isSliced


@dataclass(frozen=True, slots=True)
class Goal:
    """What wins. Exactly one of the six shapes of ALFWorld; ``object`` and ``receptacle`` are type names ("Mug",
    "SideTable")."""

    task_type: str
    object: str
    receptacle: str | None = None  # None for look_at_obj_in_light
    lamp: str | None = None  # the toggleable type, look_at_obj_in_light only


@dataclass(frozen=True, slots=True)
class Game:
    """One game, immutable and safe to share between threads."""

    receptacles: tuple[Receptacle, ...]
    items: tuple[Item, ...]
    start: str  # location id at which the agent starts
    goal: Goal
    task: str  # the sentence after "Your task is to: ", with its final full stop
    can_contain: frozenset[tuple[str, str]]  # (receptacle type, object type)
    walkthrough: tuple[str, ...] = ()
    max_turns: int | None = None  # the game's own horizon; None: the environment's
    room: str = ""  # "kitchen", "livingroom", "bedroom", "bathroom" or ""
    text_version: str = "0.4"  # "0.3": the words of ALFWorld 0.3.x ("put .. in/on ..", "You arrive at loc 7.", no help)
    sinks: frozenset[str] = frozenset({"SinkBasin"})  # receptacle types at which objects can be cleaned
    help_text: str | None = None  # the answer to "help"; None: the usual one
    meta: dict[str, str] = field(default_factory=dict)


def number(ids: Iterable[str]) -> dict[str, str]:
    """Give every raw id of a game the name that the player reads: ``Cabinet_bar_2`` becomes ``"cabinet 1"``.

    The name is the lower-cased part before ``_bar_`` (with ``basin`` behind it when the id speaks of a basin) and a
    number per name, counted over receptacles and objects together. Ids are taken in sorted order and the highest number
    is given first. An id without ``_bar_`` is named after itself, with the space that the real naming leaves behind it.
    The keys of the answer are the ids as they came; ids that differ only in case are one entity.
    """
    ids = tuple(ids)
    lowered = {text.lower() for text in ids}
    left = Counter(_word(lower) for lower in lowered)
    names: dict[str, str] = {}
    for lower in sorted(lowered):
        word = _word(lower)
        names[lower] = f"{word} {left[word]}" if word else f"{lower} "
        left[word] -= 1
    return {text: names[text.lower()] for text in ids}


def _word(lower: str) -> str:
    """The part of a lower-cased id that names its kind; empty when the id has no numbered form."""
    word, bar, _ = lower.partition("_bar_")
    if not bar:
        return ""
    return f"{word}basin" if "basin" in lower else word
