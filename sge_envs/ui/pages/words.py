"""Values and names as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")
NOTHING = "-"


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """``"remind_at"`` -> ``"Remind at"``, ``"list_id"`` -> ``"List"``, unless ``labels`` says it in other words."""
    if name in labels:
        return labels[name]
    plain = re.sub(r"_ids$", "s", name).removesuffix("_id").replace("_", " ").strip() or "id"
    return plain[:1].upper() + plain[1:]


def value_text(value: Any, *, money: bool = False) -> str:
    """A value of a result: amounts with two decimals, truth as yes and no, a moment without its T, lists with commas."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if money and isinstance(value, int | float):
        return f"{value:.2f}"
    if isinstance(value, str):
        return _MOMENT.sub(r"\1 \2", value) if _MOMENT.fullmatch(value) else value
    if isinstance(value, list):
        return ", ".join(value_text(one, money=money) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{label_of(key, {})}: {value_text(one)}" for key, one in value.items())
    return str(value)


def choice_text(value: str) -> str:
    """One of an operation's choices: ``"in_progress"`` -> ``"in progress"``."""
    return value.replace("_", " ")


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def without_tools(text: str, verb: Callable[[str], str | None]) -> str:
    """A sentence of the operations' documentation as people at a page read it: ``": see shop.show_order"`` goes, and
    ``"use todo.set_repeat first"`` names the button. ``verb`` knows what an operation is called; None: there is none."""
    text = re.sub(r"[:;,]? see [a-z_]+\.[a-z_]+", "", text)
    return re.sub(r"\b[a-z_]+\.[a-z_]+\b", lambda found: _quoted(verb(found[0])) or found[0], text)


def _quoted(text: str | None) -> str:
    return f"'{text}'" if text else ""
