"""The fields of a form, derived from the parameters of an operation, and what a person wrote into them as arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from sge_envs.ui.pages.words import choice_text, sentence
from sge_envs.world.kinds import Wrong
from sge_envs.world.operation import Parameter

Widget = Literal["text", "long", "number", "check", "choose", "several", "boxes", "lines", "fixed"]
LONG = 300
"""A text that may have more characters gets several lines."""

_TYPES = {
    "2025-03-14": "date",
    "2025-03-14T09:30": "datetime-local",
    "2025-03": "month",
    "09:30": "time",
}
_YES_NO = (("true", "yes"), ("false", "no"))


class Values(Protocol):
    """What came with a request: the query, or a form that was sent."""

    def getlist(self, key: str) -> list[str]:
        """All values of a field, none if it did not come."""
        ...

    def __contains__(self, key: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form as it is shown. ``texts`` is what it holds; ``choices`` are pairs of value and label. The length of a
    text is bounded by the operation alone, which says so: a browser would cut it without a word."""

    name: str
    label: str
    about: str
    widget: Widget
    type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    required: bool = False
    error: str = ""
    low: str = ""
    high: str = ""

    @property
    def text(self) -> str:
        """What a field for one value holds."""
        return self.texts[0] if self.texts else ""

    @property
    def shown(self) -> str:
        """The labels of what a fixed field holds."""
        labels = dict(self.choices)
        return ", ".join(labels.get(one, one) for one in self.texts)


def make_field(parameter: Parameter, label: str, choices: Sequence[tuple[str, str]] | None) -> Field:
    """The empty field of a parameter. ``choices``: what else than the schema says may be chosen; None: nothing."""
    schema = parameter.kind.schema
    kind, optional = _type_of(schema)
    bare = Field(parameter.name, label, parameter.about, "text", required=parameter.required and not optional)
    default = _texts(parameter.default)
    if kind == "array":
        return replace(_list_field(bare, schema["items"], choices), texts=default)
    listed = tuple(choices) if choices is not None else tuple((one, choice_text(one)) for one in _options(schema))
    if kind == "boolean":
        if not optional and not parameter.required:
            return replace(bare, widget="check", texts=default)
        listed = _YES_NO
    if listed:
        empty = () if parameter.default is not None or bare.required else (("", "-"),)
        return replace(bare, widget="choose", choices=(*empty, *listed), texts=default)
    if kind in ("integer", "number"):
        low, high = (f"{schema[end]:g}" if end in schema else "" for end in ("minimum", "maximum"))
        return replace(bare, widget="number", type="number", low=low, high=high, texts=default)
    form = _TYPES.get(next(iter(schema.get("examples", ())), ""))
    if form is not None:
        return replace(bare, type=form, texts=default)
    return replace(bare, widget="long" if schema.get("maxLength", 0) > LONG else "text", texts=default)


def _list_field(bare: Field, item: Mapping[str, Any], choices: Sequence[tuple[str, str]] | None) -> Field:
    options = tuple((one, choice_text(one)) for one in _options(item))
    if options:
        return replace(bare, widget="boxes", choices=options)
    if choices is not None:
        return replace(bare, widget="several", choices=tuple(choices))
    if item["type"] == "integer":
        return replace(bare, about=f"{bare.about} Numbers with commas between them.")
    return replace(bare, widget="lines", about=f"{bare.about} One on each line.")


def _type_of(schema: Mapping[str, Any]) -> tuple[str, bool]:
    """The JSON type, and whether null is allowed."""
    kind = schema["type"]
    return (str(kind), False) if isinstance(kind, str) else (str(kind[0]), True)


def _options(schema: Mapping[str, Any]) -> list[str]:
    return [one for one in schema.get("enum", ()) if one is not None]


def _texts(value: Any) -> tuple[str, ...]:
    """A value of an operation as the texts that a field holds for it."""
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true",) if value else ("false",)
    if isinstance(value, list | tuple):
        return tuple(text for one in value for text in _texts(one))
    return (f"{value:.2f}" if isinstance(value, float) and round(value, 2) == value else str(value),)


def filled(field: Field, value: Any) -> Field:
    """The field with a value that an operation gave."""
    return replace(field, texts=_texts(value))


def sent(field: Field, values: Values) -> Field:
    """The field with what came for it. A box that is not checked does not come at all."""
    came = tuple(values.getlist(field.name))
    if field.widget == "check":
        return replace(field, texts=("true",) if came and came[-1] != "false" else ("false",))
    if field.widget in ("lines", "long"):
        came = tuple(one.replace("\r\n", "\n") for one in came)
    if field.widget == "lines":
        came = tuple(line.strip() for one in came for line in one.split("\n") if line.strip())
    return replace(field, texts=came)


def same(field: Field, other: Field) -> bool:
    """Whether two states of a field hold the same."""
    return [one for one in field.texts if one] == [one for one in other.texts if one]


def read_value(field: Field, parameter: Parameter, *, emptied: bool = False) -> tuple[Any, str]:
    """The argument that a field stands for, and what is wrong with it (empty: nothing). ``emptied``: the field held
    something at first, so nothing in it means an empty text and not that it was left out."""
    value = "" if emptied else _parse(field, parameter)
    try:
        return parameter.kind.check(value), ""
    except Wrong as error:
        if parameter.required and value == "":
            return None, "Please fill this in."
        return None, sentence(str(error))


def _parse(field: Field, parameter: Parameter) -> Any:
    kind, optional = _type_of(parameter.kind.schema)
    if kind == "array":
        item, _ = _type_of(parameter.kind.schema["items"])
        texts: Sequence[str] = field.texts
        if item == "integer":
            texts = [part for one in texts for part in one.replace(",", " ").split()]
        return [_scalar(one, item) for one in texts]
    if field.text == "" and optional:
        return None
    return _scalar(field.text, kind)


def _scalar(text: str, kind: str) -> Any:
    bare = text.strip()
    if kind == "integer" and re.fullmatch(r"[+-]?[0-9]{1,15}", bare):
        return int(bare)
    if kind == "number" and re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", bare):
        return float(bare)
    if kind == "boolean" and bare in ("true", "false"):
        return bare == "true"
    return text
