"""What a page shows, as data: the outcome of ``scripts/read.js``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a page: a text, a group of others, or something to act on.

    ``uid`` numbers the element within its document, ``id`` is the number that the player sees (None: nothing to act
    on). ``box`` is x, y, width and height in the window. ``depth`` counts the groups around it.
    """

    uid: int
    depth: int
    role: str
    name: str
    value: str | None
    states: tuple[str, ...]
    traits: Mapping[str, Any]
    box: tuple[int, int, int, int]
    active: bool
    tag: str
    id: int | None = None

    @property
    def middle(self) -> tuple[int, int]:
        """The point in the middle of its box."""
        x, y, width, height = self.box
        return x + width // 2, y + height // 2

    def has(self, state: str) -> bool:
        return state in self.states


@dataclass(frozen=True, slots=True)
class View:
    """A page as it stands. ``document`` names the loaded document, for comparing only; ``probe`` is what the
    environment asked the page for."""

    document: str
    path: str
    origin: str
    title: str
    scrolled: tuple[int, int]  # pixels from the top, and how many there are
    nodes: tuple[Node, ...]
    said: tuple[tuple[str, str], ...]  # kind and text of alert, confirm and prompt boxes
    blocked: tuple[str, ...]  # addresses outside of the site that the page wanted to go to
    popups: int
    ready: bool
    probe: Any
    tab: int = 1
    tabs: int = 1

    def facts(self) -> list[Any]:
        """All that makes two pages different for a person, without numbers and places on the screen."""
        lines = [
            [node.depth, node.role, node.name, node.value, list(node.states), dict(node.traits)] for node in self.nodes
        ]
        return [self.path, self.title, self.tab, self.tabs, lines]


def read_view(text: str) -> View:
    """The view that the script wrote as JSON. Where the page names its own origin, only the path is left: the port is
    another one in every process."""
    data = json.loads(text)
    origin = data["origin"]
    if text.count(origin) > 1:
        data = json.loads(text.replace(origin, ""))
    return View(
        document=data["document"],
        path=data["path"],
        origin=origin,
        title=data["title"],
        scrolled=(data["scroll"][0], data["scroll"][1]),
        nodes=tuple(_read_node(node) for node in data["nodes"]),
        said=tuple((box["kind"], box["text"]) for box in data["said"]),
        blocked=tuple(data["blocked"]),
        popups=data["popups"],
        ready=data["ready"],
        probe=data["probe"],
    )


def _read_node(data: dict[str, Any]) -> Node:
    x, y, width, height = data["box"]
    return Node(**{**data, "states": tuple(data["states"]), "box": (x, y, width, height)})


def with_ids(view: View, ids: Mapping[int, int]) -> View:
    """The view with the player's number for each ``uid`` that has one."""
    return replace(view, nodes=tuple(replace(node, id=ids[node.uid]) if node.active else node for node in view.nodes))
