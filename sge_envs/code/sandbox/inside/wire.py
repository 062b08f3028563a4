"""How values cross: lines of JSON in which every container carries its type, and nothing but built-in types exists.

A line is a JSON list; objects of JSON are never used, so no key can stand twice. ``decode`` trusts nothing: what it cannot
read exactly raises ``Malformed``.
"""

from __future__ import annotations

import binascii
import json
import math
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

_SMALL = 1 << 63
"""Beyond it, an ``int`` crosses in hexadecimal, which is read in linear time and without Python's limit on digits."""

_CROWD = 64
"""So many elements of one hash in one set or dict are an attack on whoever builds it."""


class Foreign(TypeError):
    """A value of a class that is not built in; the message names the class."""


class Malformed(Exception):
    """A line that no honest sender writes."""


def encode(value: Any) -> Any:
    """``value`` as JSON data. Raises ``Foreign`` for any class but exactly the built-in ones, also inside."""
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if -_SMALL < value < _SMALL else ["i", hex(value)]
    if kind is float:
        return value if math.isfinite(value) else ["f", repr(value)]
    if kind in _TAGS:
        return [_TAGS[kind], *map(encode, value)]
    if kind is dict:
        return ["d", *([encode(key), encode(one)] for key, one in value.items())]
    if kind is bytes:
        return ["b", value.hex()]
    raise Foreign(f"a value of class {kind.__name__!r}, which is not built in")


def decode(data: Any) -> Any:
    """The value that ``data`` encodes, built anew."""
    try:
        return _decode(data)
    except (TypeError, ValueError) as error:
        raise Malformed(f"a damaged value: {error}") from None
    except RecursionError:
        raise Malformed("a value too deep") from None


def _decode(data: Any) -> Any:
    if type(data) is not list:
        if type(data) is dict:
            raise ValueError("a JSON object")
        return data
    if not data or type(data[0]) is not str or data[0] not in _READERS:
        raise ValueError("a container without its type")
    return _READERS[data[0]](data[1:])


def write_line(message: list[Any]) -> bytes:
    """``message`` (JSON data) as one line."""
    return _ENCODER.encode(message).encode() + b"\n"


def read_line(line: bytes) -> list[Any]:
    """The message of a line. Raises ``Malformed``."""
    try:
        message = _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {type(error).__name__}") from None
    if type(message) is not list:
        raise Malformed("no list")
    return message


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _read_int(data: list[Any]) -> int:
    (text,) = data
    if type(text) is not str or not text.removeprefix("-").startswith("0x"):
        raise ValueError("no hexadecimal number")
    return int(text, 16)


def _read_float(data: list[Any]) -> float:
    (text,) = data
    if text not in ("nan", "inf", "-inf"):
        raise ValueError("no such float")
    return float(text)


def _read_bytes(data: list[Any]) -> bytes:
    (text,) = data
    return binascii.unhexlify(text)


def _read_list(data: list[Any]) -> list[Any]:
    return [_decode(one) for one in data]


def _read_dict(data: list[Any]) -> dict[Any, Any]:
    pairs = [(_decode(key), _decode(one)) for key, one in data]
    _refuse_crowds([key for key, _ in pairs])
    return dict(pairs)


def _read_set(data: list[Any]) -> set[Any]:
    elements = _read_list(data)
    _refuse_crowds(elements)
    return set(elements)


def _refuse_crowds(elements: Collection[Any]) -> None:
    """Elements of one hash make building a set quadratic; so do equal ones, which no set or dict has."""
    if len(elements) <= _CROWD:
        return
    if max(Counter(map(hash, elements)).values()) > _CROWD:
        raise ValueError("too many elements of one hash")


_TAGS: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "z"}

_READERS: dict[str, Callable[[list[Any]], Any]] = {
    "i": _read_int,
    "f": _read_float,
    "b": _read_bytes,
    "l": _read_list,
    "t": lambda data: tuple(_read_list(data)),
    "s": _read_set,
    "z": lambda data: frozenset(_read_set(data)),
    "d": _read_dict,
}
