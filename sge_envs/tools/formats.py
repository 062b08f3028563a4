"""Calls in what a model wrote: JSON as OpenAI-style tool calls, or function-call text. No text raises here."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sge_envs.tools.scenario import Call
from sge_envs.world.kinds import brief
from sge_envs.world.operation import Operation

Format = Literal["json", "text", "python"]
MAX_SIZE = 100_000
"""Longest text of calls that is read, in characters."""
MAX_DEPTH = 40
MAX_CALLS = 200
"""Most calls that are read from one message."""
_CALL_KEYS = frozenset(("name", "function", "tool_calls"))
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FENCED = re.compile(r"^[ \t]*```[\w-]*[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_CALL_LINE = re.compile(r"^[ \t]*(?:[-*>][ \t]+)?([A-Za-z_]\w*(?:\.|__)[A-Za-z_]\w*\(.*)", re.DOTALL)
_JSON_EXAMPLE = '{"name": "mail.show", "arguments": {"message_id": 17}}'
_TEXT_EXAMPLE = "mail.show(message_id=17)"


@dataclass(frozen=True, slots=True)
class Broken:
    """A text that holds no readable call: one sentence that says why and how to mend it."""

    message: str


Read = tuple[Call, ...] | Broken


def public_name(name: str) -> str:
    """The name of an operation where dots are not allowed, as in OpenAI's tool calls: ``mail__send``."""
    return name.replace(".", "__")


def read_json(text: str) -> Read:
    """The calls of a message: objects with ``name`` and ``arguments``, alone or in a list, in ``<tool_call>`` tags, in
    fenced blocks, or among other text. ``{"tool_calls": [...]}`` and ``{"function": {...}}`` are understood.
    """
    if len(text) > MAX_SIZE:
        return Broken(
            f"The message has {len(text)} characters, and at most {MAX_SIZE} are read: write the calls alone."
        )
    found = _json_in("\n".join(_TAGGED.findall(text) or _FENCED.findall(text)) or text)
    if isinstance(found, Broken):
        return found
    calls: list[Call] = []
    for one in found:
        call = _call_of(one)
        if isinstance(call, Broken):
            return call
        calls.append(call)
    return tuple(calls) if calls else Broken(f"There is no call in the list. Write one: {_JSON_EXAMPLE}.")


def _json_in(text: str) -> Any:
    """The calls among the JSON values of a text, in their order; what stands between them is passed over.

    A value that breaks off is passed over whole: what stands inside it was an argument, and no call.
    """
    decoder = json.JSONDecoder(parse_constant=_no_constant, strict=False)
    found: list[Any] = []
    seen = False
    first_error: ValueError | None = None
    place = 0
    while (start := _next_value(text, place)) is not None:
        try:
            value, place = decoder.raw_decode(text, start)
        except ValueError as error:
            first_error = first_error or error
            place = max(start + 1, error.pos if isinstance(error, json.JSONDecodeError) else 0)
            continue
        except RecursionError:
            return Broken("The JSON is nested too deeply: write the arguments as a flat object.")
        if _is_call(value):
            seen = True
            found += _listed(value)
            if len(found) > MAX_CALLS:
                return Broken(f"At most {MAX_CALLS} calls are read from one message: write fewer.")
    if seen:
        return found
    if first_error is not None:
        return Broken(f"The JSON cannot be read ({_where(first_error)}). Write a call so: {_JSON_EXAMPLE}.")
    if not text.strip() or _next_value(text, 0) is None:
        return Broken(f"There is no JSON object in the message. Write a call as JSON: {_JSON_EXAMPLE}.")
    return Broken(f"The JSON holds no call: each one needs 'name' and 'arguments', as in {_JSON_EXAMPLE}.")


def _next_value(text: str, place: int) -> int | None:
    places = [at for at in (text.find("{", place), text.find("[", place)) if at >= 0]
    return min(places) if places else None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} in line {error.lineno}, column {error.colno}"
    return str(error)[:80]


def _is_call(value: Any) -> bool:
    objects = value if isinstance(value, list) else [value]
    return objects == [] or any(isinstance(one, dict) and bool(_CALL_KEYS & one.keys()) for one in objects)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        return list(value["tool_calls"])
    return value if isinstance(value, list) else [value]


def _call_of(value: Any) -> Call | Broken:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return Broken(f"Each call is an object with 'name' and 'arguments', as in {_JSON_EXAMPLE}; got {brief(value)}.")
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):  # OpenAI sends the arguments as a text that holds JSON
        try:
            arguments = json.loads(arguments or "{}", parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            return Broken(f"The arguments of {brief(value['name'])} are no JSON ({brief(str(error))}).")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return Broken(f"The arguments of {brief(value['name'])} must be an object, got {brief(arguments)}.")
    if _depth(arguments) > MAX_DEPTH:
        return Broken(f"The arguments of {brief(value['name'])} are nested too deeply.")
    return Call(value["name"], arguments)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for values in inner for one in values]
        depth += 1
    return depth


def read_text(text: str, operations: Mapping[str, Operation]) -> Read:
    """The calls of a message as Python would write them, one after the other: ``mail.show(message_id=17)``.

    They are taken from the fenced blocks, or from the lines that begin with a call. Arguments are literals;
    ``operations`` gives the names of those without a keyword.
    """
    if len(text) > MAX_SIZE:
        return Broken(
            f"The message has {len(text)} characters, and at most {MAX_SIZE} are read: write the calls alone."
        )
    block = "\n".join(_FENCED.findall(text)).strip()
    tree = _parse(block) if block else ""
    calls: list[Call] = []
    if isinstance(tree, ast.Module):
        if len(tree.body) > MAX_CALLS:
            return Broken(f"At most {MAX_CALLS} calls are read from one message: write fewer.")
        for statement in tree.body:
            call = _read_statement(statement, operations)
            if isinstance(call, Broken):
                return call
            calls.append(call)
    for source in [] if calls else list(_call_lines((block or text).splitlines()))[:MAX_CALLS]:
        parsed = _parse(source.strip())
        if isinstance(parsed, str) or len(parsed.body) != 1:
            why = parsed if isinstance(parsed, str) else "it is more than one statement"
            return Broken(f"This is no readable call ({why}): {brief(source)}. Write one as {_TEXT_EXAMPLE}.")
        call = _read_statement(parsed.body[0], operations)
        if isinstance(call, Broken):
            return call
        calls.append(call)
    return tuple(calls) if calls else Broken(f"There is no call in the message. Write one as {_TEXT_EXAMPLE}.")


def _call_lines(lines: Sequence[str]) -> Iterable[str]:
    """The calls among lines of prose; one that goes over several lines is joined."""
    place = 0
    while place < len(lines):
        found = _CALL_LINE.match(lines[place])
        place += 1
        if not found:
            continue
        source = found[1]
        while not isinstance(_parse(source), ast.Module) and place < len(lines) and source.count("\n") < 200:
            longer = f"{source}\n{lines[place]}"
            if source.count("(") + source.count("[") + source.count("{") <= source.count(")") + source.count(
                "]"
            ) + source.count("}"):
                break
            source, place = longer, place + 1
        yield source


def _parse(source: str) -> ast.Module | str:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno}"
    except (ValueError, MemoryError, RecursionError) as error:
        return str(error) or "it is nested too deeply"


def _read_statement(statement: ast.stmt, operations: Mapping[str, Operation]) -> Call | Broken:
    node = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None  # x = mail.show(17) is a call too
    name = _name_of(node.func) if isinstance(node, ast.Call) else None
    if not isinstance(node, ast.Call) or name is None:
        return Broken(f"Line {statement.lineno} is no call of a tool. Write one as {_TEXT_EXAMPLE}.")
    name = name.replace("__", ".", 1) if "." not in name else name
    arguments: dict[str, Any] = {}
    known = [one.name for one in operations[name].parameters] if name in operations else []
    if len(node.args) > len(known):
        if name in operations:
            return Broken(f"{name} takes at most {len(known)} arguments, got {len(node.args)} without a name.")
        known = [f"argument {number}" for number in range(1, len(node.args) + 1)]
    values = [*zip(known, node.args), *((one.arg, one.value) for one in node.keywords)]
    for key, value in values:
        if key is None:
            return Broken(f"{name}: write every argument by its name instead of **.")
        if key in arguments:
            return Broken(f"{name}: the argument {key!r} is given twice.")
        try:
            arguments[key] = _as_json(ast.literal_eval(value))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Broken(
                f"{name}: the argument {key!r} must be a plain value such as 17, 'text', True, None or a list of these."
            )
    return Call(name, arguments)


def _name_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


def _as_json(value: Any) -> Any:
    """Python's literals as JSON has them. Raises ``TypeError`` for bytes, sets, complex numbers and the like."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _as_json(one) for key, one in value.items()}
    raise TypeError(f"no JSON value: {type(value).__name__}")


def write_call(call: Call, format: Format) -> str:
    """The call as an action in ``format``."""
    if format == "json":
        return json.dumps({"name": call.name, "arguments": dict(call.arguments)}, ensure_ascii=False)
    text = f"{call.name}({', '.join(f'{name}={value!r}' for name, value in call.arguments.items())})"
    return text if format == "text" else f"print(apis.{text})"
