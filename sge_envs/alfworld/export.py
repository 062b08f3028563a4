"""Writes games in the official file format, so that the real engine and ALFWorld's own loader play them.

The PDDL domain and the grammar are ALFWorld's; they are read from the installed package at the time of writing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from sge_envs.alfworld.game import Game, Goal
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.install import read_package_data

_TREATED = {
    "pick_clean_then_place_in_recep": ("cleanable", "isClean"),
    "pick_heat_then_place_in_recep": ("heatable", "isHot"),
    "pick_cool_then_place_in_recep": ("coolable", "isCool"),
}
_NEEDED_TYPES = ("SinkBasin", "Microwave", "Fridge")  # receptacle types that the domain speaks of
_NEEDED_OBJECTS = ("Knife", "ButterKnife")


def export_game(game: Game) -> dict[str, Any]:
    """The content of the game's ``game.tw-pddl``, as JSON data.

    Raises:
        MissingExtra: the package alfworld, which holds the domain and the grammar, is not installed.
        ValueError: the game speaks the words of ALFWorld 0.3, whose grammar the package does not hold.
    """
    if game.text_version != "0.4":
        raise ValueError(f"Games of text_version '0.4' can be written, this one has {game.text_version!r}.")
    sentence = json.dumps(game.task.removesuffix("."), ensure_ascii=False)[1:-1]
    return {
        "pddl_domain": read_package_data("alfred.pddl"),
        "grammar": read_package_data("alfred.twl2").replace("UNKNOWN GOAL", sentence),
        "pddl_problem": write_problem(game),
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }


def export_trajectory(game: Game, *, name: str) -> dict[str, Any]:
    """The content of the game's ``traj_data.json``: what ALFWorld's loader and its hand-coded expert read of it."""
    goal = game.goal
    return {
        "task_id": name,
        "task_type": goal.task_type,
        "pddl_params": {
            "mrecep_target": "",
            "object_sliced": False,
            "object_target": goal.object,
            "parent_target": goal.receptacle or "",
            "toggle_target": goal.lamp or "",
        },
        "scene": {"floor_plan": f"Generated-{game.room or 'room'}"},
        "turk_annotations": {"anns": [{"task_desc": game.task, "high_descs": [], "votes": []}]},
    }


def export_games(games: Iterable[Game], folder: str | PathLike[str], *, split: str = "train") -> list[Path]:
    """Write games as ``<folder>/json_2.1.1/<split>/<task>/<trial>/``; the paths of their ``game.tw-pddl``.

    ``data=folder`` plays them here, and ``ALFWORLD_DATA=folder`` in ALFWorld itself.

    Raises:
        MissingExtra: the package alfworld is not installed.
        FileExistsError: the split has such a trial already; nothing is overwritten.
    """
    root = Path(folder).expanduser() / "json_2.1.1" / split
    written = []
    for number, game in enumerate(games):
        goal = game.goal
        task = f"{goal.task_type}-{goal.object}-None-{goal.receptacle or goal.lamp}-{number}"
        trial = f"trial_G{number:08d}"
        content = export_game(game)
        place = root / task / trial
        place.mkdir(parents=True)
        trajectory = export_trajectory(game, name=trial)
        (place / "traj_data.json").write_text(json.dumps(trajectory, indent=1), encoding="utf-8")
        path = place / "game.tw-pddl"
        path.write_text(json.dumps(content), encoding="utf-8")
        written.append(path)
    return written


def export_generated(
    folder: str | PathLike[str],
    *,
    split: str = "train",
    number: int = 100,
    size: str = "real",
    task_types: Sequence[str] | None = None,
) -> list[Path]:
    """Write the first generated games of a split; the arguments are those of ``GeneratedTasks``, the rest as above."""
    tasks = GeneratedTasks(size=size, task_types=None if task_types is None else tuple(task_types))
    return export_games((tasks.get_task(split, index).data for index in range(number)), folder, split=split)


def write_problem(game: Game) -> str:
    """The game as a PDDL problem of ALFWorld's domain."""
    lines = [
        "(define (problem plan_generated)",
        "(:domain alfred)",
        "(:objects",
        *sorted(_declare(game)),
        ")",
        "(:init",
        *_list_facts(game),
        ")",
        f"(:goal {write_goal(game.goal)})",
        ")",
    ]
    return "\n".join(lines)


def write_goal(goal: Goal) -> str:
    """The goal's formula."""
    kind = f"(objectType ?o {goal.object}Type)"
    if goal.task_type == "look_at_obj_in_light":
        lit = f"(objectType ?ot {goal.lamp}Type) (toggleable ?ot) (isToggled ?ot) (inReceptacle ?ot ?r)"
        near = "(receptacleAtLocation ?r ?l) (atLocation ?a ?l)"
        lamp = f"(exists (?ot - object ?r - receptacle ?a - agent ?l - location) (and {lit} {near}))"
        return f"(and {lamp} (exists (?o - object ?a - agent) (and {kind} (holds ?a ?o))))"
    inside = f"{kind} (receptacleType ?r {goal.receptacle}Type) (inReceptacle ?o ?r)"
    if goal.task_type == "pick_two_obj_and_place":
        other = f"(exists (?o2 - object) (and (not (= ?o ?o2)) {inside.replace('?o ', '?o2 ')}))"
        inside = f"{inside} {other}"
    elif goal.task_type in _TREATED:
        inside = "".join(f"({predicate} ?o) " for predicate in _TREATED[goal.task_type]) + inside
    return f"(and (exists (?r - receptacle) (exists (?o - object) (and {inside}))))"


def _declare(game: Game) -> set[str]:
    places = {game.start, *(r.location for r in game.receptacles if r.location)}
    places.update(location for item in game.items for location in item.locations)
    receptacle_types = {r.type for r in game.receptacles} | {r for r, _ in game.can_contain} | set(_NEEDED_TYPES)
    object_types = {item.type for item in game.items} | {o for _, o in game.can_contain} | set(_NEEDED_OBJECTS)
    object_types |= {kind for kind in (game.goal.object, game.goal.lamp) if kind}
    return {
        "agent1 - agent",
        *(f"{place} - location" for place in places),
        *(f"{r.id} - receptacle" for r in game.receptacles),
        *(f"{item.id} - object" for item in game.items),
        *(f"{kind}Type - rtype" for kind in receptacle_types | ({game.goal.receptacle} - {None})),
        *(f"{kind}Type - otype" for kind in object_types),
    }


def _list_facts(game: Game) -> Iterator[str]:
    yield f"(atLocation agent1 {game.start})"
    for kind, other in sorted(game.can_contain):
        yield f"(canContain {kind}Type {other}Type)"
    for r in game.receptacles:
        yield f"(receptacleType {r.id} {r.type}Type)"
        if r.location:
            yield f"(receptacleAtLocation {r.id} {r.location})"
        if r.openable:
            yield f"(openable {r.id})"
        if r.opened:
            yield f"(opened {r.id})"
    for item in game.items:
        if item.type:
            yield f"(objectType {item.id} {item.type}Type)"
        yield from (f"(inReceptacle {item.id} {r})" for r in item.receptacles)
        yield from (f"(objectAtLocation {item.id} {location})" for location in item.locations)
        yield from (f"(inReceptacleObject {item.id} {outer})" for outer in item.inside)
        yield from (f"({word} {item.id})" for word in sorted(item.traits | item.state))
