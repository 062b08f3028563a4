"""What can be followed or pressed on a page: links, buttons and small forms, made from what the specifications say."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from sge_envs.ui.pages.fields import Field
from sge_envs.ui.pages.spec import AppPages, Go
from sge_envs.ui.pages.words import label_of
from sge_envs.world.operation import Operation

_GRAVE = re.compile(r"(delete|clear|empty|leave|revoke|merge|cancel|turn_off|trash)(_|$)")
_LACKING = object()


@dataclass(frozen=True, slots=True)
class Act:
    """A link, a button that sends, a button that asks first, or a form on the spot."""

    kind: Literal["link", "button", "form"]
    label: str
    address: str
    sure: bool = False
    fields: tuple[Field, ...] = ()


def address_of(operation: str, arguments: Mapping[str, Any]) -> str:
    """``/todo/search?list_id=3``: the page of an operation with these arguments."""
    pairs = [(name, text) for name, value in arguments.items() for text in _query_texts(value)]
    path = "/" + operation.replace(".", "/", 1)
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _query_texts(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for one in value for text in _query_texts(one)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return ["" if value is None else str(value)]


def verb_of(pages: AppPages, operation: str) -> str:
    """What an operation is called on buttons: ``todo.add_task`` -> ``Add task``."""
    return pages.verbs.get(operation.partition(".")[2]) or label_of(operation.partition(".")[2], {})


def is_grave(operation: str) -> bool:
    """Whether a person should be asked before the operation is carried out."""
    return _GRAVE.match(operation.partition(".")[2]) is not None


def arguments_of(go: Go, sources: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The arguments that ``go`` takes from the first of ``sources`` that has each key; None: one is missing."""
    found: dict[str, Any] = {}
    for parameter, key in go.give.items():
        value = look_up(key, sources)
        if value is None:
            return None
        found[parameter] = value
    return found | dict(go.fixed)


def look_up(key: str, sources: Sequence[Mapping[str, Any]]) -> Any:
    """The value of ``key`` in the first source that has it: ``"sender.name"`` looks inside. None: nowhere."""
    for source in sources:
        value: Any = source
        for part in key.split("."):
            value = value.get(part, _LACKING) if isinstance(value, Mapping) else _LACKING
        if value is not _LACKING:
            return value
    return None


def left_to_ask(operation: Operation, given: Collection[str], *, now: bool) -> bool:
    """Whether a form must be shown before the operation can be carried out."""
    return any(one.name not in given and (one.required or not now) for one in operation.parameters)
