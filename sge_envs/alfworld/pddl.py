"""Reads an official game file (``game.tw-pddl``) into a :class:`~sge_envs.alfworld.game.Game`.

The PDDL problem and the task sentence are read; the PDDL domain and the grammar are only recognised: the engine knows
the rules and the texts of ALFWorld's releases, and a file that brings its own rules or texts is refused instead of
being played wrongly.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sge_envs.alfworld.dialect import ForeignRules, recognise_domain, recognise_grammar
from sge_envs.alfworld.game import Game, Goal, Item, Receptacle, number

TRAITS = {
    name.lower(): name
    for name in (
        "pickupable",
        "moveable",
        "cleanable",
        "heatable",
        "coolable",
        "toggleable",
        "sliceable",
        "isReceptacleObject",
    )
}
STATES = {name.lower(): name for name in ("isClean", "isHot", "isCool", "isOn", "isToggled", "isSliced")}

_FACT = re.compile(r"\(\s*(\w+)\s+([^\s()]+)(?:\s+([^\s()]+))?\s*\)")
_COMMENT = re.compile(r";[^\n]*")
_RAW_ID = re.compile(r"\S+_bar_\S+")


class GameFileError(ValueError):
    """A game file that cannot be played: what is wrong with it, in words."""


# The predicates of each goal formula, sorted; no two task types have the same ones.
_SHAPES = {
    "inreceptacle objecttype receptacletype": "pick_and_place_simple",
    "atlocation holds inreceptacle istoggled objecttype objecttype receptacleatlocation toggleable": (
        "look_at_obj_in_light"
    ),
    "cleanable inreceptacle isclean objecttype receptacletype": "pick_clean_then_place_in_recep",
    "heatable inreceptacle ishot objecttype receptacletype": "pick_heat_then_place_in_recep",
    "coolable inreceptacle iscool objecttype receptacletype": "pick_cool_then_place_in_recep",
    "= inreceptacle inreceptacle objecttype objecttype receptacletype receptacletype": "pick_two_obj_and_place",
}


def parse_game(source: str | bytes | Mapping[str, Any], *, path: str | None = None) -> Game:
    """Read a game from the text of a ``game.tw-pddl`` file, or from the object that its JSON holds.

    ``path``, where the file lies, is kept in ``Game.meta["path"]`` for the real engine.

    Raises:
        GameFileError: the text is no such file, is cut short, or brings rules or texts that are not ALFWorld's.
    """
    data = _load(source)
    missing = [key for key in ("pddl_domain", "pddl_problem", "grammar") if not isinstance(data.get(key), str)]
    if missing:
        raise GameFileError(
            f"expected the text entries pddl_domain, pddl_problem and grammar, but {missing} are missing"
        )
    try:
        grammar = recognise_grammar(data["grammar"])
        sinks = recognise_domain(data["pddl_domain"])
    except ForeignRules as error:
        raise GameFileError(f"{error}; only the real engine can play this file (SGE-TextWorld-v0)") from error
    facts, goal_text = _split_problem(data["pddl_problem"])
    names = _name_entities(facts)
    return Game(
        receptacles=_receptacles(facts, names),
        items=_items(facts, names),
        start=_start(facts),
        goal=parse_goal(goal_text),
        task=grammar.task,
        can_contain=frozenset((_strip(r), _strip(o)) for r, o in set(facts["cancontain"])),
        walkthrough=_walkthrough(data.get("walkthrough") or (), names),
        text_version=grammar.text_version,
        sinks=sinks,
        help_text=grammar.help_text,
        meta={} if path is None else {"path": path},
    )


def parse_goal(text: str) -> Goal:
    """Recognise one of the six goal formulas in PDDL text, ``(:goal ...)``.

    Raises:
        GameFileError: the formula is none of the six.
    """
    atoms = [tuple(match) for match in _FACT.findall(text)]
    predicates = [head.lower() for head, _, _ in atoms]
    predicates += ["="] * len(re.findall(r"\(\s*=\s", text))
    task_type = _SHAPES.get(" ".join(sorted(predicates)))
    if task_type is None:
        raise GameFileError(f"the goal is none of the six that ALFWorld has; its predicates are {sorted(predicates)}")
    types = {first: _strip(second) for head, first, second in atoms if head.lower() == "objecttype"}
    if task_type == "look_at_obj_in_light":
        held = next(second for head, _, second in atoms if head.lower() == "holds")
        lamp = next(first for head, first, _ in atoms if head.lower() == "istoggled")
        return Goal(task_type, types[held], lamp=types[lamp])
    places = {_strip(second) for head, _, second in atoms if head.lower() == "receptacletype"}
    if len(places) != 1 or len(set(types.values())) != 1:
        raise GameFileError(
            f"the goal names several types, {sorted(places)} and {sorted(types.values())}, for one thing"
        )
    return Goal(task_type, next(iter(types.values())), receptacle=places.pop())


def _load(source: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        data = json.loads(source)
    except ValueError as error:
        raise GameFileError(f"expected the JSON of a game.tw-pddl file, but the text is no JSON: {error}") from error
    if not isinstance(data, dict):
        raise GameFileError(f"expected the JSON object of a game.tw-pddl file, got a {type(data).__name__}")
    return data


def _split_problem(problem: str) -> tuple[dict[str, list[tuple[str, str]]], str]:
    """The facts of the problem by lower-cased predicate (a missing second argument is ``""``), and the text of its
    goal."""
    if ";" in problem:
        problem = _COMMENT.sub("", problem)
    _, init, rest = problem.partition("(:init")
    body, goal, formula = rest.partition("(:goal")
    if not init or not goal:
        raise GameFileError("the PDDL problem is cut short: it needs an (:init ...) and a (:goal ...)")
    if problem.count("(") != problem.count(")"):
        raise GameFileError("the PDDL problem is cut short: its brackets do not match")
    facts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for predicate, first, second in _FACT.findall(body):
        facts[predicate.lower()].append((first, second))
    return facts, formula


def _name_entities(facts: Mapping[str, list[tuple[str, str]]]) -> dict[str, str]:
    """The displayed name of every id that stands in a fact (an object that stands in none is not numbered)."""
    return number({argument for pairs in facts.values() for pair in pairs for argument in pair if argument})


def _start(facts: Mapping[str, list[tuple[str, str]]]) -> str:
    places = [place for _, place in facts["atlocation"]]
    if len(places) != 1:
        raise GameFileError(f"expected the agent at one location, got {len(places)}")
    return places[0]


def _receptacles(facts: Mapping[str, list[tuple[str, str]]], names: Mapping[str, str]) -> tuple[Receptacle, ...]:
    types = {r: _strip(kind) for r, kind in facts["receptacletype"]}
    locations = dict(facts["receptacleatlocation"])
    if len(locations) != len(set(facts["receptacleatlocation"])):
        raise GameFileError("a receptacle stands at two locations")
    openable = {r for r, _ in facts["openable"]}
    opened = {r for r, _ in facts["opened"]}
    return tuple(
        Receptacle(r, names[r], types.get(r, ""), locations.get(r, ""), r in openable, r in opened)
        for r in sorted(types.keys() | locations.keys(), key=str.lower)
    )


def _items(facts: Mapping[str, list[tuple[str, str]]], names: Mapping[str, str]) -> tuple[Item, ...]:
    types = {o: _strip(kind) for o, kind in facts["objecttype"]}
    ids = types.keys() | {o for o, _ in facts["objectatlocation"]} | {o for o, _ in facts["inreceptacle"]}
    gathered: dict[str, dict[str, list[str]]] = {
        key: defaultdict(list) for key in ("inreceptacle", "objectatlocation", "inreceptacleobject", "trait", "state")
    }
    for key in ("inreceptacle", "objectatlocation", "inreceptacleobject"):
        for o, other in facts[key]:
            gathered[key][o].append(other)
    for group, table in (("trait", TRAITS), ("state", STATES)):
        for key, name in table.items():
            for o, _ in facts[key]:
                gathered[group][o].append(name)
    return tuple(
        Item(
            o,
            names[o],
            types.get(o, ""),
            receptacles=tuple(sorted(set(gathered["inreceptacle"][o]))),
            locations=tuple(sorted(set(gathered["objectatlocation"][o]))),
            inside=tuple(sorted(set(gathered["inreceptacleobject"][o]))),
            traits=frozenset(gathered["trait"][o]),
            state=frozenset(gathered["state"][o]),
        )
        for o in sorted(ids, key=str.lower)
    )


def _walkthrough(commands: Any, names: Mapping[str, str]) -> tuple[str, ...]:
    """The stored solution in displayed names: the files of one split hold raw, lower-cased ids instead."""
    by_lower = {raw.lower(): name for raw, name in names.items()}
    return tuple(_RAW_ID.sub(lambda match: by_lower.get(match[0], match[0]), str(text)) for text in commands)


def _strip(kind: str) -> str:
    """``MugType`` -> ``Mug``."""
    return kind[:-4] if kind.lower().endswith("type") else kind
