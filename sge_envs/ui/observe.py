"""A page as text: numbers that stay with their elements, marks for what is new, and parts of bounded length."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sge_envs.ui.view import Node, View, with_ids

INDENT = "  "
OPTIONS = 30
"""Options of a list that are named."""

GONE = 8
"""Lines that went away and are named."""

SHAPES = frozenset(
    ("circle", "ellipse", "rect", "line", "polygon", "polyline", "path", "word", "image", "canvas", "drawing")
)
"""Roles whose place on the screen is always told."""

SHORT = 160
"""Characters of an item or a row that is told in one line."""

_MARKS = {"item": ("- ", " ", ""), "listitem": ("- ", " ", ""), "row": ("| ", " | ", " |")}
_DIALOGS = frozenset(("dialog", "alertdialog"))
Signature = tuple[str, str, str, int]


class Book:
    """Keeps what one episode's observations have in common: the numbers of elements, and the last page shown.

    An element keeps its number while its document lives. A new document's elements take over the numbers of those that
    looked the same (role, name, and how many such there were before), so a page that was sent again has its old numbers.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, dict[int, int]] = {}  # of each document
        self._count = 0
        self._last: View | None = None

    def enter(self, view: View) -> View:
        """The view with numbers."""
        known = self._numbers.get(view.document)
        old = self._last
        kin = {} if known is not None or old is None else dict(_sign(old))
        numbers = known if known is not None else self._numbers.setdefault(view.document, {})
        for signature, node in _signed(view):
            if node.uid not in numbers:
                numbers[node.uid] = kin.pop(signature, 0) or self._next()
        self._last = with_ids(view, numbers)
        return self._last

    def _next(self) -> int:
        self._count += 1
        return self._count


def _signed(view: View) -> Iterator[tuple[Signature, Node]]:
    """Active nodes, each with what it looks like and how many such there were before it."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for node in view.nodes:
        if node.active:
            looks = (node.role, node.name, node.tag)
            yield (*looks, seen[looks]), node
            seen[looks] += 1


def _sign(view: View) -> Iterator[tuple[Signature, int]]:
    for signature, node in _signed(view):
        if node.id is not None:
            yield signature, node.id


@dataclass(frozen=True, slots=True)
class Style:
    """How a page is told: characters of a part, and whether everything's place on the screen is said."""

    part_chars: int = 6000
    places: bool = False


def tell(view: View, before: View | None, *, style: Style, part: int = 1) -> str:
    """The page as text. ``before`` is what the player saw last: lines that are new or changed get a mark."""
    lines = list(_lay_out(view, style=style))
    marks, gone = _compare(view, before, style=style)
    parts = _split(lines, style.part_chars)
    part = min(max(part, 1), len(parts))
    shown = parts[part - 1]
    head = [*_head(view), *gone]
    hidden = [view.nodes[at] for line in (*lines[: shown.start], *lines[shown.stop :]) for at in line.nodes]
    head += [f"Focus: {tell_node(node, places=style.places)}" for node in hidden if node.has("focused")]
    if len(parts) > 1:
        head.append(f"Part {part} of {len(parts)}; show(n) shows another.")
    texts = [_cut(f"{_mark(line, marks)}{line.text}", style.part_chars) for line in lines[shown.start : shown.stop]]
    return "\n".join([*head, "", *texts])


def count_parts(view: View, *, style: Style) -> int:
    """How many parts ``tell`` has, at least one; the same whatever the marks."""
    return len(_split(list(_lay_out(view, style=style)), style.part_chars))


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    nodes: range  # of the view


def _lay_out(view: View, *, style: Style) -> Iterator[_Line]:
    """A line for each node, but one for a whole item or row that is short and holds nothing that holds others."""
    at = 0
    while at < len(view.nodes):
        node = view.nodes[at]
        indent = INDENT * node.depth
        inside = list(_inside(view.nodes, at))
        told = [tell_node(one, places=style.places) for one in inside]
        flat = all(one.depth == node.depth + 1 for one in inside) and sum(map(len, told)) <= SHORT
        if node.role in _MARKS and not node.name and inside and flat:
            start, between, end = _MARKS[node.role]
            yield _Line(f"{indent}{start}{between.join(told)}{end}", range(at + 1, at + 1 + len(inside)))
            at += 1 + len(inside)
        else:
            yield _Line(f"{indent}{tell_node(node, places=style.places)}", range(at, at + 1))
            at += 1


def _inside(nodes: Sequence[Node], at: int) -> Iterator[Node]:
    for node in nodes[at + 1 :]:
        if node.depth <= nodes[at].depth:
            return
        yield node


def _split(lines: Sequence[_Line], size: int) -> list[range]:
    parts: list[range] = []
    start = length = 0
    for at, line in enumerate(lines):
        room = min(3 + len(line.text), size)  # a mark and the end of the line
        if at > start and length + room > size:
            parts.append(range(start, at))
            start, length = at, 0
        length += room
    return [*parts, range(start, len(lines))]


def _mark(line: _Line, marks: Sequence[str]) -> str:
    """Of a line with several nodes: new if all are, changed if some are. Without ``marks`` there is none."""
    found = {marks[at] for at in line.nodes} if marks else {""}
    return found.pop() if len(found) == 1 else "~ "


def _cut(line: str, size: int) -> str:
    return line if len(line) <= size else f"{line[: size - 1]}…"


def state_of(view: View) -> str:
    """A hash of all that the page shows: equal pages, equal keys, whatever led there."""
    return hashlib.sha256(json.dumps(view.facts(), sort_keys=True).encode()).hexdigest()[:32]


def tell_node(node: Node, *, places: bool = False) -> str:
    """One line: ``[3] textbox "Name" = "Ada" (focused, required)``."""
    if node.role == "text":
        return node.name
    if node.role == "row" and node.name:
        return f"| {node.name} |"
    words = [f"[{node.id}]"] if node.id is not None else []
    words.append("#" * min(node.traits.get("level", 2), 6) if node.role == "heading" else node.role)
    if node.name:
        words.append(node.name if node.role == "heading" else _quote(node.name))
    words += _details(node)
    if places or (node.role in SHAPES and not (node.role == "image" and node.name)):
        x, y = node.middle
        words.append(f"at {x},{y} size {node.box[2]}x{node.box[3]}")
    if node.states:
        words.append(f"({', '.join(node.states)})")
    return " ".join(words)


def _details(node: Node) -> Iterator[str]:
    traits = node.traits
    if traits.get("hint"):
        yield traits["hint"]
    if traits.get("color"):
        yield traits["color"]
    if "chosen" in traits:
        yield "= " + (", ".join(_quote(one) for one in traits["chosen"]) or '""')
    elif node.value is not None:
        yield f"= {_quote(node.value)}"
    if "scrolled" in traits:
        yield f"scrolled {traits['scrolled']}"
    for name in ("type", "min", "max", "step"):
        if name in traits:
            yield f"{name}={traits[name]}"
    if "placeholder" in traits:
        yield f"placeholder={_quote(traits['placeholder'])}"
    if "options" in traits:
        options = [_quote(option) for option in traits["options"]]
        more = f", ... {len(options) - OPTIONS} more" if len(options) > OPTIONS else ""
        yield f"options: {', '.join(options[:OPTIONS])}{more}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _head(view: View) -> Iterator[str]:
    tabs = f", tab {view.tab} of {view.tabs}" if view.tabs > 1 else ""
    yield f"Page {view.path} {_quote(view.title[:200])}{tabs}"
    if view.scrolled[1] > 0:
        yield f"Scrolled {view.scrolled[0]} of {view.scrolled[1]} pixels."
    for node in view.nodes:
        if node.role in _DIALOGS:
            yield f"Open dialog: {_quote(node.name)}"
    for kind, text in view.said:
        answer = {"confirm": " (answered: OK)", "prompt": " (answered: Cancel)"}.get(kind, "")
        yield f"The page said: {_quote(text[:500])}{answer}"
    for address in view.blocked:
        yield f"Not followed, it leads out of this site: {address[:200]}"


def _compare(view: View, before: View | None, *, style: Style) -> tuple[list[str], list[str]]:
    """A mark for each node, and sentences about what is gone. A page that is mostly new has no marks."""
    if before is None:
        return [], []
    old = {_identity(node): tell_node(node, places=style.places) for node in before.nodes}
    now = {_identity(node) for node in view.nodes}
    marks = []
    for node in view.nodes:
        was = old.get(_identity(node))
        marks.append("+ " if was is None else "~ " if was != tell_node(node, places=style.places) else "  ")
    if view.path != before.path and marks.count("+ ") * 2 > len(marks):
        return [], ["This is another page."]
    gone = [line for identity, line in old.items() if identity not in now]
    if not gone and not set(marks) - {"  "}:
        return [], ["Nothing changed."]
    named = [line[:80] for line in gone[:GONE]]
    more = [f"and {len(gone) - GONE} more"] if len(gone) > GONE else []
    return marks, [f"Gone: {'; '.join([*named, *more])}"] if gone else []


def _identity(node: Node) -> tuple[int | None, str, str]:
    return (node.id, "", "") if node.id is not None else (None, node.role, node.name)
