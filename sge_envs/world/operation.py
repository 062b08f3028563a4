"""An operation: an ordinary typed function whose schema, documentation and argument checks are derived from it."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sge_envs.world.docstrings import read_docstring
from sge_envs.world.errors import BadOperation, OperationError
from sge_envs.world.kinds import Kind, Wrong, brief, kind_of

Record = dict[str, Any]
"""What operations return: plain JSON data."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an operation."""

    name: str
    kind: Kind
    about: str
    required: bool
    default: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that an app can do. ``name`` is the full one, such as ``"mail.send"``."""

    app: str
    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    returns: str
    writes: bool
    function: Callable[..., Any]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, as OpenAI-style tools and MCP want it."""
        properties = {}
        for one in self.parameters:
            entry = {"description": one.about} | one.kind.schema
            if not one.required:
                entry["default"] = one.default
            properties[one.name] = entry
        return {
            "type": "object",
            "properties": properties,
            "required": [one.name for one in self.parameters if one.required],
            "additionalProperties": False,
        }

    @property
    def signature(self) -> str:
        """``mail.send(to: list[str], subject: str, body: str, cc: list[str] | None = None)``."""
        parts = [
            f"{one.name}: {one.kind.type}" + ("" if one.required else f" = {one.default!r}") for one in self.parameters
        ]
        return f"{self.name}({', '.join(parts)})"

    def bind(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The checked arguments to call ``function`` with.

        Raises:
            OperationError: an argument is missing, unknown or wrong.
        """
        checked: dict[str, Any] = {}
        for one in self.parameters:
            if one.name in arguments:
                try:
                    checked[one.name] = one.kind.check(arguments[one.name])
                except Wrong as error:
                    raise OperationError("invalid_argument", f"{self.name}: {one.name}: {error}.") from error
            elif one.required:
                raise OperationError(
                    "missing_argument", f"{self.name}: the argument {one.name!r} is missing ({one.kind.words})."
                )
        if len(checked) < len(arguments):
            raise self._unknown(next(key for key in arguments if key not in checked))
        return checked

    def _unknown(self, key: object) -> OperationError:
        names = [one.name for one in self.parameters]
        guess = near(str(key)[:80], names)
        rest = f"It takes: {', '.join(names)}." if names else "It takes no arguments."
        hint = f"Did you mean {guess!r}? " if guess else ""
        return OperationError("unknown_argument", f"{self.name}: there is no argument {brief(key)}. {hint}{rest}")


def near(word: str, names: typing.Iterable[str]) -> str | None:
    """The name nearest to ``word``, if one is near."""
    found = difflib.get_close_matches(word, list(names), n=1, cutoff=0.5)
    return found[0] if found else None


def operation_of(function: Callable[..., Any], *, app: str, writes: bool) -> Operation:
    """The operation that ``function`` is. Its first parameter is the state (for the world's apps, the ``Database``).

    Raises:
        BadOperation: an annotation is missing or not understood, or the docstring leaves an argument out.
    """
    name = f"{app}.{function.__name__}"
    docs = read_docstring(function.__doc__)
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if not docs.summary:
        raise BadOperation(f"{name} has no docstring: its first sentence says what the operation does.")
    if set(docs.arguments) != {one.name for one in parameters}:
        raise BadOperation(
            f"{name} takes {[one.name for one in parameters]}, its docstring describes {list(docs.arguments)}: "
            "give each argument one entry under 'Args:'."
        )
    return Operation(
        app=app,
        name=name,
        summary=docs.summary,
        description=docs.description,
        parameters=tuple(_parameter(name, one, hints, docs.arguments[one.name]) for one in parameters),
        returns=docs.returns,
        writes=writes,
        function=function,
    )


def _parameter(operation: str, one: inspect.Parameter, hints: Mapping[str, Any], about: str) -> Parameter:
    if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
        raise BadOperation(f"{operation}: {one.name} must be an ordinary parameter.")
    if one.name not in hints:
        raise BadOperation(f"{operation}: {one.name} has no type annotation.")
    required = one.default is one.empty
    return Parameter(
        name=one.name,
        kind=kind_of(hints[one.name]),
        about=about,
        required=required,
        default=None if required else one.default,
    )
