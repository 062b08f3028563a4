"""What a scripted solution sees, which is what the player sees, and the words in which it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sge_envs.ui.calls import MAX_CALLS, write_call
from sge_envs.ui.view import Node, View


class Stuck(Exception):
    """The solution knows no next action; the message says what it looked for."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The instruction and the page as it stands."""

    goal: str
    view: View

    @property
    def quoted(self) -> list[str]:
        """What stands in quotes in the instruction."""
        return re.findall(r'"([^"]*)"', self.goal)

    def words(self, pattern: str) -> tuple[str, ...]:
        """The groups of ``pattern``, searched in the instruction."""
        found = re.search(pattern, self.goal)
        if found is None:
            raise Stuck(f"the instruction {self.goal!r} is none of those that are known")
        return found.groups()

    def all(self, *roles: str) -> list[Node]:
        """Nodes of these roles, in the order of the page."""
        return [node for node in self.view.nodes if node.role in roles]

    def seek(self, name: str, *roles: str) -> Node | None:
        """The first node of this name, or else of the same but for capitals; with ``roles``, of one of these."""
        nodes = [node for node in self.view.nodes if not roles or node.role in roles]
        same = [node for node in nodes if node.name == name.strip()]
        alike = [node for node in nodes if node.name.casefold() == name.strip().casefold()]
        return next(iter(same or alike), None)

    def find(self, name: str, *roles: str) -> Node:
        """As ``seek``, but it has to be there."""
        node = self.seek(name, *roles)
        if node is None:
            raise Stuck(f"nothing here is called {name!r}")
        return node

    def field(self, number: int = 0) -> Node:
        """The field for text with this number, from 0."""
        fields = self.all("textbox", "spinbutton", "searchbox")
        if number >= len(fields):
            raise Stuck(f"there is no field number {number}")
        return fields[number]

    def after(self, node: Node) -> list[Node]:
        """What follows ``node`` on the page."""
        return list(self.view.nodes[self.view.nodes.index(node) + 1 :])


Solver = Callable[[Puzzle], str]


def click(node: Node) -> str:
    """Click a node: by its number, or by what it says if it is plain text."""
    return write_call("click", node.name if node.id is None else node.id)


def fill(node: Node, text: str) -> str:
    return write_call("fill", node.id or 0, text)


def press(node: Node, key: str) -> str:
    return write_call("press", node.id or 0, key)


def check(node: Node, wanted: bool = True) -> str:
    return write_call("check", node.id or 0, wanted)


def select(node: Node, *labels: str) -> str:
    return write_call("select", node.id or 0, *labels)


def submit(puzzle: Puzzle) -> str:
    """Click the button that sends the answer."""
    return click(puzzle.find("Submit", "button", "clickable"))


def play(*calls: str) -> str:
    """One turn of as many calls as fit into it; the next turn goes on from what the page shows then."""
    return "\n".join(calls[:MAX_CALLS])
