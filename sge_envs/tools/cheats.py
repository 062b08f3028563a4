"""Players that do not do the task. None of them may ever succeed: the tests and the benchmark play them on every scenario."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.toolbox import all_operations
from sge_envs.world.operation import Operation

Cheat = Callable[[ToolAPIEnv, str], Iterator[str]]
"""The actions of one episode, given the env and the goal; each ends with ``task.finish``."""


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps({"name": name, "arguments": dict(arguments)})


def _finish(answer: Any = None) -> str:
    return _call("task.finish", {} if answer is None else {"answer": answer})


def nothing(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Say at once that it is done."""
    yield _finish()


def echo(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Answer with the goal."""
    yield _finish(goal[:2_000])


def every_answer(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Answer with every name, number and quotation of the goal at once."""
    found = re.findall(r"'[^']+'|[A-Z]\w+(?: [A-Z]\w+)*|\d+(?:\.\d+)?", goal)
    yield _finish(", ".join(dict.fromkeys(one.strip("'") for one in found))[:2_000] or "all")


def one_of_the_goal(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Answer with the first name or number of the goal."""
    found = re.search(r"'[^']+'|[A-Z]\w+(?: [A-Z]\w+)+|\d+(?:\.\d+)?", goal)
    yield _finish(found[0].strip("'") if found else "0")


def zero(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Answer 0."""
    yield _finish("0")


def random_calls(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Twenty random valid calls, with ids that the apps really have."""
    rng = random.Random(goal)
    operations = [one for one in all_operations().values() if one.app not in ("docs", "user", "task")]
    for _ in range(20):
        one = rng.choice(operations)
        yield _call(one.name, _arguments(one, rng))
    yield _finish()


def write_everywhere(env: ToolAPIEnv, goal: str) -> Iterator[str]:
    """Write with the first tool of every app that takes what can be made up."""
    rng = random.Random(0)
    done: set[str] = set()
    for one in all_operations().values():
        if one.writes and one.app not in done:
            done.add(one.app)
            yield _call(one.name, _arguments(one, rng))
    yield _finish()


def _arguments(operation: Operation, rng: random.Random) -> dict[str, Any]:
    return {one.name: _value(one.kind.schema, rng) for one in operation.parameters if one.required}


def _value(schema: Mapping[str, Any], rng: random.Random) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if "enum" in schema:
        return rng.choice([one for one in schema["enum"] if one is not None])
    if kind == "array":
        return [_value(schema["items"], rng)]
    if kind == "integer":
        return rng.randint(max(1, schema.get("minimum", 101)), min(950, schema.get("maximum", 950)))
    if kind == "number":
        return round(rng.uniform(1, 50), 2)
    if kind == "boolean":
        return rng.random() < 0.5
    return schema["examples"][0] if schema.get("examples") else "something"


CHEATS: Mapping[str, Cheat] = {
    "nothing": nothing,
    "echo": echo,
    "every answer": every_answer,
    "first answer": one_of_the_goal,
    "zero": zero,
    "random calls": random_calls,
    "writes everywhere": write_everywhere,
}
