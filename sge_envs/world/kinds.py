"""The types of arguments: what an annotation accepts, how it stands in a JSON schema, what is said when it is wrong."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from sge_envs.world.errors import BadOperation

MAX_TEXT = 300
"""Longest text of a plain ``str`` argument; ``Length`` says otherwise."""
MAX_LIST = 50
MAX_NUMBER = 10**12
_YEAR = r"(19|20|21)\d\d"  # operations reckon with dates: the ends of the calendar must be out of reach
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Wrong(ValueError):
    """A value that does not fit; the message continues "expected ..."."""


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of a number, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Length:
    """The bounds of the length of a text or a list, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Format:
    """The form of a text: ``parse`` returns it in the canonical form and raises ``ValueError`` where it has another."""

    name: str
    example: str
    parse: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A compiled annotation: its JSON schema, its type in Python's notation, its name in words, and the check that
    returns the value to use."""

    schema: dict[str, Any]
    type: str
    words: str
    check: Callable[[Any], Any]


def _a_date(text: str) -> str:
    if not re.fullmatch(rf"{_YEAR}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


def _a_moment(text: str) -> str:
    if not re.fullmatch(rf"{_YEAR}-\d\d-\d\d[T ]\d\d:\d\d(:00)?", text, re.ASCII):
        raise ValueError(text)
    return datetime.fromisoformat(text).isoformat(timespec="minutes")


def _a_month(text: str) -> str:
    if not re.fullmatch(rf"{_YEAR}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise ValueError(text)
    return text


def _a_time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(text)
    return text


def _an_email(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
        raise ValueError(text)
    return text.lower()


def _a_phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 -]{5,18}[0-9]", text, re.ASCII):
        raise ValueError(text)
    return text


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with at most two decimals, from one cent to ``high``."""

    high: float = 1_000_000.0


Date = Annotated[str, Format("date", "2025-03-14", _a_date)]
Moment = Annotated[str, Format("date and time", "2025-03-14T09:30", _a_moment)]
Month = Annotated[str, Format("month", "2025-03", _a_month)]
TimeOfDay = Annotated[str, Format("time of day", "09:30", _a_time)]
Email = Annotated[str, Format("e-mail address", "ada.byrd@example.com", _an_email)]
Phone = Annotated[str, Format("phone number", "+1 555 0123", _a_phone)]
Amount = Annotated[float, Money()]
Name = Annotated[str, Length(1, 120)]
Text = Annotated[str, Length(0, 10_000)]
Ids = Annotated[list[int], Length(1, 50)]
Page = Annotated[int, Range(1, 10_000)]
PageSize = Annotated[int, Range(1, 50)]


def kind_of(annotation: Any) -> Kind:
    """The kind of an annotation: ``str``, ``int``, ``float``, ``bool``, ``Literal`` of texts, ``list`` of a kind,
    ``... | None``, and ``Annotated`` with ``Range``, ``Length``, ``Format`` or ``Money``.

    Raises:
        BadOperation: any other annotation.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _bounded(arguments[0], arguments[1:])
    if origin in (types.UnionType, typing.Union) and type(None) in arguments and len(arguments) == 2:
        return _or_none(kind_of(next(one for one in arguments if one is not type(None))))
    if origin is Literal and all(isinstance(one, str) for one in arguments):
        return _choice(arguments)
    if origin is list and len(arguments) == 1:
        return _list(kind_of(arguments[0]), Length(0, MAX_LIST))
    if annotation in (str, int, float, bool):
        return _bounded(annotation, ())
    raise BadOperation(
        f"An argument of an operation cannot be a {annotation!r}: take str, int, float, bool, a Literal of texts, "
        "a list of these, or one of them | None."
    )


def brief(value: object, limit: int = 60) -> str:
    """The value as it is quoted in a message: short, whatever came."""
    if isinstance(value, (str, bytes)):
        value = value[: limit + 1]
    elif isinstance(value, (dict, list, tuple)):
        return f"a list of {len(value)}" if not isinstance(value, dict) else f"an object with {len(value)} keys"
    elif isinstance(value, (set, frozenset)):
        return f"a set of {len(value)}"  # their order is not the same in every process
    text = ascii(value) if not isinstance(value, int) or value.bit_length() < 200 else "a huge number"
    return text if len(text) <= limit else f"{text[:limit]}..."


def _bounded(base: Any, marks: tuple[Any, ...]) -> Kind:
    length = next((mark for mark in marks if isinstance(mark, Length)), None)
    bounds = next((mark for mark in marks if isinstance(mark, Range)), None)
    form = next((mark for mark in marks if isinstance(mark, Format)), None)
    coins = next((mark for mark in marks if isinstance(mark, Money)), None)
    if base is str:
        return _formatted(form) if form else _text(length or Length(0, MAX_TEXT))
    if base is bool:
        return Kind({"type": "boolean"}, "bool", "true or false", _check_bool)
    if base is int:
        return _integer(bounds or Range(-MAX_NUMBER, MAX_NUMBER), plain=bounds is None)
    if base is float:
        return _amount(coins) if coins else _number(bounds or Range(-MAX_NUMBER, MAX_NUMBER), plain=bounds is None)
    if typing.get_origin(base) is list:
        return _list(kind_of(typing.get_args(base)[0]), length or Length(0, MAX_LIST))
    return kind_of(base)


def _check_bool(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise Wrong(f"expected true or false, got {brief(value)}")


def _text(length: Length) -> Kind:
    low, high = length.low, length.high
    words = "a text" if low == 0 else "a text that is not empty"

    def check(value: Any) -> str:
        if type(value) is not str:
            raise Wrong(f"expected {words}, got {brief(value)}")
        if len(value) > high:
            raise Wrong(f"expected a text of at most {high} characters, got {len(value)}")
        if _CONTROL.search(value):
            raise Wrong("expected a text without control characters, got one that has some")
        if low and len(value.strip()) < low:
            raise Wrong(f"expected {words}, got {brief(value)}")
        return value

    schema: dict[str, Any] = {"type": "string", "maxLength": high}
    if low:
        schema["minLength"] = low
    return Kind(schema, "str", words, check)


def _formatted(form: Format) -> Kind:
    text = _text(Length(0, MAX_TEXT)).check
    article = "an" if form.name[0] in "aeiou" else "a"

    def check(value: Any) -> str:
        try:
            return form.parse(text(value))
        except Wrong as error:
            raise Wrong(f"expected {article} {form.name} such as {form.example!r}, got {brief(value)}") from error
        except ValueError as error:
            raise Wrong(f"expected {article} {form.name} such as {form.example!r}, got {brief(value)}") from error

    standard = {"date": "date", "e-mail address": "email"}.get(form.name)
    schema: dict[str, Any] = {"type": "string", "examples": [form.example]}
    if standard:
        schema["format"] = standard
    return Kind(schema, "str", f"{article} {form.name} such as {form.example}", check)


def _integer(bounds: Range, *, plain: bool) -> Kind:
    low, high = int(bounds.low), int(bounds.high)
    words = "a whole number" if plain else f"a whole number from {low} to {high}"

    def check(value: Any) -> int:
        if type(value) is not int:
            raise Wrong(f"expected {words}, got {brief(value)}")
        if not low <= value <= high:
            raise Wrong(f"expected a whole number from {low} to {high}, got {brief(value)}")
        return value

    return Kind({"type": "integer"} | ({} if plain else {"minimum": low, "maximum": high}), "int", words, check)


def _number(bounds: Range, *, plain: bool) -> Kind:
    low, high = bounds.low, bounds.high
    words = "a number" if plain else f"a number from {low:g} to {high:g}"

    def check(value: Any) -> float:
        if type(value) not in (int, float) or not math.isfinite(_as_float(value)):
            raise Wrong(f"expected {words}, got {brief(value)}")
        if not low <= value <= high:
            raise Wrong(f"expected a number from {low:g} to {high:g}, got {brief(value)}")
        return float(value)

    return Kind({"type": "number"} | ({} if plain else {"minimum": low, "maximum": high}), "float", words, check)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _amount(coins: Money) -> Kind:
    number = _number(Range(0.01, coins.high), plain=False)

    def check(value: Any) -> float:
        amount: float = number.check(value)
        if abs(round(amount * 100) - amount * 100) > 1e-6 * max(1.0, amount):
            raise Wrong(f"expected an amount with at most two decimals, got {brief(value)}")
        return round(amount, 2)

    return Kind(number.schema | {"multipleOf": 0.01}, "float", "an amount of money such as 12.50", check)


def _choice(options: tuple[str, ...]) -> Kind:
    known = frozenset(options)
    words = "one of " + ", ".join(repr(one) for one in options)

    def check(value: Any) -> str:
        if type(value) is str and value in known:
            return value
        raise Wrong(f"expected {words}, got {brief(value)}")

    return Kind({"type": "string", "enum": list(options)}, " | ".join(repr(one) for one in options), words, check)


def _list(item: Kind, length: Length) -> Kind:
    low, high = length.low, length.high

    def check(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Wrong(f"expected a list, got {brief(value)}")
        if not low <= len(value) <= high:
            raise Wrong(f"expected a list of {low} to {high} entries, got {len(value)}")
        return [item.check(one) for one in value]

    schema: dict[str, Any] = {"type": "array", "items": item.schema, "maxItems": high}
    if low:
        schema["minItems"] = low
    return Kind(schema, f"list[{item.type}]", f"a list, each {item.words}", check)


def _or_none(kind: Kind) -> Kind:
    check = kind.check
    schema = dict(kind.schema)
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return Kind(
        schema, f"{kind.type} | None", f"{kind.words}, or null", lambda value: None if value is None else check(value)
    )
