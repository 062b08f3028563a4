"""What a call acts on: its values as targets, texts and numbers, and the mouse that reaches an element."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sge_envs.ui.calls import USAGE, Value
from sge_envs.ui.observe import tell_node
from sge_envs.ui.session import Refused, Session
from sge_envs.ui.view import Node, View

Point = tuple[float, float]
Files = Callable[[str], bytes | None]
"""What a file that is to be uploaded holds; None: there is no such file."""


@dataclass(slots=True)
class Hands:
    """One call and what it acts on. ``values`` are taken from the front, one after the other."""

    session: Session
    view: View
    files: Files
    name: str
    values: list[Value] = field(default_factory=list)

    def usage(self) -> Refused:
        written = USAGE[self.name]
        target = " A target is a number, a text, or x, y." if "target" in written else ""
        return Refused(f"{self.name} is written {written}.{target}")

    # Reading what stands between the brackets -----------------------------------------------------------------------

    def more(self) -> bool:
        return bool(self.values)

    def word(self) -> str:
        if not self.values or not isinstance(self.values[0], str):
            raise self.usage()
        return str(self.values.pop(0))

    def number(self, low: int, high: int) -> int:
        if not self.values or isinstance(self.values[0], str | bool):
            raise self.usage()
        value = int(self.values.pop(0))
        if not low <= value <= high:
            raise Refused(f"{value} is out of range in {self.name}: it takes {low} to {high}.")
        return value

    def flag(self, default: bool) -> bool:
        if not self.values:
            return default
        if not isinstance(self.values[0], bool):
            raise self.usage()
        return bool(self.values.pop(0))

    def end(self) -> None:
        if self.values:
            raise self.usage()

    def target(self, *, keep: int = 0) -> Node | Point:
        """The next target. Two numbers are a point, unless only ``keep`` values would be left for what follows."""
        if not self.values or isinstance(self.values[0], bool):
            raise self.usage()
        first = self.values.pop(0)
        if isinstance(first, str):
            return find_text(self.view, first)
        if len(self.values) > keep and isinstance(self.values[0], int | float) and type(self.values[0]) is not bool:
            return self.point(first, self.values.pop(0))
        if isinstance(first, float):
            raise self.usage()
        return find_id(self.view, first)

    def point(self, x: Value, y: Value) -> Point:
        screen = self.session.screen
        across, down = float(x), float(y)
        if not (0 <= across < screen.width and 0 <= down < screen.height):
            raise Refused(f"The point {across:g}, {down:g} is outside of the window of {screen.width}x{screen.height}.")
        return across, down

    # Using the page -------------------------------------------------------------------------------------------------

    async def place(self, target: Node | Point) -> Point:
        """Where to press; the page is scrolled until the element can be reached."""
        if not isinstance(target, Node):
            return target
        found = await self.session.tab.hand("aim", target.uid)
        if found is None or "error" in found:
            raise Refused(self._explain(target, found or {"error": "gone"}))
        return found["x"], found["y"]

    async def press(self, point: Point, count: int = 1) -> None:
        page = self.session.tab.page
        if self.session.screen.touch:
            for _ in range(count):
                await page.touchscreen.tap(*point)
        else:
            await page.mouse.click(*point, click_count=count)

    async def focus(self, target: Node | Point, where: str) -> str:
        """Press a field and put the caret into it: "all" of it selected, or at its "end". Returns how it takes a text:
        "ready" for keys, "set" as a whole, or "file"."""
        if isinstance(target, Node):
            state = await self.session.tab.hand("caret", target.uid, where)
            if state == "no field":
                raise Refused(f"{tell_node(target)} takes no text.")
            if state == "readonly":
                raise Refused(f"{tell_node(target)} can only be read.")
            if state in ("file", "set"):
                await self.place(target)
                return str(state)
        await self.press(await self.place(target))
        if isinstance(target, Node):
            await self.session.tab.hand("caret", target.uid, where)
        return "ready"

    def _explain(self, target: Node, found: Mapping[str, Any]) -> str:
        line = tell_node(target)
        if found["error"] == "covered":
            inside = set(found["inside"])
            over = [node for node in self.view.nodes if node.uid in inside and node.uid != target.uid]
            dialogs = [node for node in over if "dialog" in node.role]
            by = f" by {tell_node((dialogs or over)[-1])[:120]}" if over else ""
            return f"{line} is covered{by}."
        words = {"gone": "is not there any more", "hidden": "is hidden", "disabled": "is disabled"}
        return f"{line} {words[found['error']]}."


def find_id(view: View, number: int) -> Node:
    """The element with the player's number."""
    for node in view.nodes:
        if node.id == number:
            return node
    raise Refused(f"There is no element {number} on this page.")


def find_text(view: View, text: str) -> Node:
    """The one element that shows ``text``: as its whole name or value, else as a part of it; what can be acted on
    first."""
    wanted = _plain(text)
    if not wanted:
        raise Refused("The text of a target is empty.")
    for matches in (_is_called, _is_shown, _holds):
        for active in (True, False):
            found = [node for node in view.nodes if node.active is active and matches(node, wanted)]
            if len(found) == 1:
                return found[0]
            if found:
                listed = "; ".join(tell_node(node)[:60] for node in found[:5])
                raise Refused(f"{len(found)} elements show {text[:60]!r}: use a number. {listed}")
    near = difflib.get_close_matches(text[:100], [node.name for node in view.nodes if node.active], n=1)
    raise Refused(f"Nothing on this page shows {text[:60]!r}.{f' Did you mean {near[0]!r}?' if near else ''}")


def _is_called(node: Node, wanted: str) -> bool:
    return _plain(node.name) == wanted


def _is_shown(node: Node, wanted: str) -> bool:
    return wanted in (_plain(node.value or ""), _plain(str(node.traits.get("placeholder", ""))))


def _holds(node: Node, wanted: str) -> bool:
    return wanted in _plain(node.name)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
