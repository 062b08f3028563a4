"""Settings from one source: a dataclass whose fields are each explained by a string under them.

Help texts, command-line options, TOML files and their checks are all made from the dataclass, so nothing is said twice.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import functools
import inspect
import json
import textwrap
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class SettingError(ValueError):
    """A setting has an impossible value or an unknown name; the message is one sentence for the person who set it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a settings dataclass, in the words of its source."""

    name: str
    kind: Any  # its type: str, int, float, bool, Literal[...], tuple[X, ...], Mapping[str, Any], or one of these | None
    default: Any
    meaning: str

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def choices(self) -> tuple[str, ...]:
        kind = _without_none(self.kind)
        return get_args(kind) if get_origin(kind) is Literal else ()


def settings_of(cls: type) -> tuple[Setting, ...]:
    """The fields of a dataclass that its constructor takes, with their types, defaults and the strings under them.

    Raises ``TypeError`` for a field without such a string, or without a default: then help would be silent about it.
    """
    kinds = get_type_hints(cls)
    meanings = _strings_under_fields(cls)
    found = []
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        if field.name not in meanings:
            raise TypeError(f"{cls.__name__}.{field.name} has no string under it that says what it means")
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        else:
            raise TypeError(f"{cls.__name__}.{field.name} has no default")
        found.append(Setting(name=field.name, kind=kinds[field.name], default=default, meaning=meanings[field.name]))
    return tuple(found)


def value_from_text(setting: Setting, text: str) -> Any:
    """The value that a word of a command line stands for. Raises ``SettingError``."""
    kind = _without_none(setting.kind)
    if text.lower() == "none" and kind is not setting.kind:
        return None
    if kind is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise SettingError(f"{setting.flag} expects true or false, got {text!r}")
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            wanted = "a whole number" if kind is int else "a number"
            raise SettingError(f"{setting.flag} expects {wanted}, got {text!r}") from None
    if get_origin(kind) is tuple:
        inner = dataclasses.replace(setting, kind=get_args(kind)[0])
        if _is_mapping(inner.kind):
            return checked(setting, _json(setting, text))
        return tuple(value_from_text(inner, part) for part in text.split(",") if part)
    if _is_mapping(kind):
        return dict(_pair(setting, part) for part in text.split(",") if part)
    return checked(setting, text)


def checked(setting: Setting, value: Any) -> Any:
    """The value if it is of the setting's type (lists become tuples), else ``SettingError``."""
    kind = _without_none(setting.kind)
    if value is None and kind is not setting.kind:
        return None
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise SettingError(
            f"{setting.flag} expects {_listed(get_args(kind))}, got {value!r}{did_you_mean(str(value), get_args(kind))}"
        )
    if get_origin(kind) is tuple and isinstance(value, list | tuple):
        inner = dataclasses.replace(setting, kind=get_args(kind)[0])
        return tuple(checked(inner, part) for part in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = Mapping if _is_mapping(kind) else tuple if get_origin(kind) is tuple else kind
    if not isinstance(value, plain) or (isinstance(value, bool) and kind is not bool):
        raise SettingError(f"{setting.flag} expects {_kind_text(kind)}, got {value!r}")
    return value


def from_mapping(cls: type[T], values: Mapping[str, Any], *, base: T | None = None, source: str = "settings") -> T:
    """A settings object with ``values`` over ``base`` (default: the class's defaults). Dashes in names count as
    underscores.

    Raises ``SettingError`` for a name that the class lacks, with the nearest one, and for values of the wrong type.
    """
    settings = {setting.name: setting for setting in settings_of(cls)}
    changes: dict[str, Any] = {}
    for written, value in values.items():
        name = written.replace("-", "_")
        if name not in settings:
            raise SettingError(f"{source}: there is no setting {written!r}{did_you_mean(name, settings)}")
        changes[name] = checked(settings[name], value)
    if base is None:
        return cls(**changes)
    return dataclasses.replace(base, **changes)  # type: ignore[type-var]


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the nearest known word, "" if none is near."""
    near = difflib.get_close_matches(got, [str(word) for word in known], n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def shown(value: Any) -> str:
    """A value as one would type it on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(shown(part) for part in value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}={shown(inner)}" for key, inner in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _strings_under_fields(cls: type) -> dict[str, str]:
    """Those of the class and of the dataclasses that it extends."""
    bases = [base for base in reversed(cls.__mro__) if dataclasses.is_dataclass(base)]
    return {name: text for base in bases for name, text in _own_strings(base).items()}


@functools.cache  # the source is read again for every option otherwise
def _own_strings(cls: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:]):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            found[statement.target.id] = " ".join(following.value.value.split())
    return found


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        rest = [part for part in get_args(kind) if part is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return kind


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is not None and isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping)


def _json(setting: Setting, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingError(f"{setting.flag} expects a list of tables as JSON, got {text!r} ({error})") from None


def _pair(setting: Setting, part: str) -> tuple[str, Any]:
    key, mark, text = part.partition("=")
    if not mark:
        raise SettingError(f"{setting.flag} expects name=value, got {part!r}")
    try:
        return key, json.loads(text)
    except ValueError:
        return key, text


def _kind_text(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return f"a list of {_kind_text(get_args(kind)[0])}"
    if _is_mapping(kind):
        return "a table of names and values"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(kind, str(kind))


def _listed(words: tuple[Any, ...]) -> str:
    names = [str(word) for word in words]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
