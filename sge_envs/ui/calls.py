"""What a player writes, as calls: ``click(3)``, ``fill("Name", "Ada")``, one a line or with semicolons between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sge_envs.errors import did_you_mean

MAX_CALLS = 10
"""Calls in one turn."""

Value = str | int | float | bool

USAGE = {
    "click": "click(target)",
    "double_click": "double_click(target)",
    "type": 'type("text") or type(target, "text")',
    "fill": 'fill(target, "text")',
    "press": 'press("Enter") or press(target, "Enter")',
    "select": 'select(target, "option", ...)',
    "check": "check(target) or check(target, false)",
    "hover": "hover(target)",
    "drag": "drag(from, to), where both are targets",
    "scroll": 'scroll("down"), scroll("up", 300) or scroll(target, "down")',
    "goto": 'goto("/path")',
    "back": "back()",
    "tab_new": 'tab_new() or tab_new("/path")',
    "tab_switch": "tab_switch(2)",
    "tab_close": "tab_close() or tab_close(2)",
    "wait": "wait() or wait(500), in milliseconds",
    "show": "show(2), the second part of a long page",
    "answer": 'answer("text"), or answer("one", "two") for several',
    "done": "done()",
}
"""How each action is written. A target is an element's number, its visible text, or a point: two numbers, x and y."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?[0-9]{1,7}(?:\.[0-9]{1,7})?)(?![\w.])
      | (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
      | (?P<word>[A-Za-z_][A-Za-z_]*)
      | (?P<mark>[(),;])
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS: dict[str, bool] = {"true": True, "false": False}


class NoCall(Exception):
    """The text is no list of calls; the message says where it stops being one."""


@dataclass(frozen=True, slots=True)
class Call:
    """One action: its name, which is in ``USAGE``, and what stands between the brackets."""

    name: str
    values: tuple[Value, ...]


def read_calls(text: str) -> tuple[Call, ...]:
    """The calls that ``text`` writes, at least one and at most ``MAX_CALLS``.

    Raises:
        NoCall: it writes something else.
    """
    reader = _Reader(text)
    calls: list[Call] = []
    while not reader.at_end():
        if len(calls) == MAX_CALLS:
            raise NoCall(f"At most {MAX_CALLS} actions are played in one turn.")
        calls.append(reader.call())
    if not calls:
        raise NoCall(f'The action is empty. Write a call, such as click(3) or click("OK"). {list_actions()}')
    return tuple(calls)


def list_actions() -> str:
    """One sentence with the names of all actions."""
    return f"The actions are {', '.join(USAGE)}."


class _Reader:
    """Walks through a text, token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        """Kind, text and end of the next token."""
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            raise NoCall(f"The action cannot be read from {_excerpt(self.text[self.at :])} on. Write click(3), say.")
        return found.lastgroup, found[found.lastgroup], found.end()

    def take(self) -> tuple[str, str]:
        kind, word, self.at = self.peek()
        return kind, word

    def at_end(self) -> bool:
        while self.peek()[1] == ";":
            self.take()
        return self.peek()[0] == "end"

    def call(self) -> Call:
        kind, name = self.take()
        if kind != "word":
            raise NoCall(f"Expected the name of an action, got {_excerpt(name)}. {list_actions()}")
        if name not in USAGE:
            raise NoCall(f"There is no action {_excerpt(name)}.{did_you_mean(name, USAGE)}")
        if self.take()[1] != "(":
            raise NoCall(f"After {name} comes a bracket: {USAGE[name]}.")
        values: list[Value] = []
        while True:
            kind, word = self.take()
            if word == ")" and kind == "mark" and not values:
                break
            values.append(self.value(kind, word, name))
            kind, word = self.take()
            if (kind, word) == ("mark", ")"):
                break
            if (kind, word) != ("mark", ","):
                raise NoCall(f"Expected a comma or a closing bracket in {name}(...), got {_excerpt(word)}.")
        return Call(name, tuple(values))

    def value(self, kind: str, word: str, name: str) -> Value:
        if kind == "number":
            return float(word) if "." in word else int(word)
        if kind == "text":
            return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), word[1:-1])
        if kind == "word" and word.lower() in _WORDS:
            return _WORDS[word.lower()]
        raise NoCall(f"Expected a number or a text in quotes in {name}(...), got {_excerpt(word)}: {USAGE[name]}.")


def _excerpt(text: str) -> str:
    shown = " ".join(text.split()[:12])
    return repr(shown if len(shown) <= 40 else f"{shown[:40]}...") if shown else "the end"


def write_call(name: str, *values: Value) -> str:
    """The text of a call, which ``read_calls`` reads back."""
    return f"{name}({', '.join(_write(value) for value in values)})"


def _write(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
    return str(round(value, 2))
