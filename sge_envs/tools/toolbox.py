"""Every tool of one episode under one roof: those of the world, the documentation, the user, the end of the task."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from sge_envs.tools.desk import Desk, desk_operations
from sge_envs.tools.formats import public_name
from sge_envs.tools.scenario import Prepared
from sge_envs.world.errors import OperationError
from sge_envs.world.operation import Operation
from sge_envs.world.world import Catalogue, Result, World, full_catalogue


@functools.cache
def all_operations() -> Mapping[str, Operation]:
    """Every tool by name: first those of the desk, then those of the world's apps."""
    return {**desk_operations(), **full_catalogue().operations}


@functools.cache
def _whole_catalogue() -> Catalogue:
    own = full_catalogue()
    return Catalogue(own.apps, all_operations(), own.schema)


class Toolbox:
    """Carries out calls on a world and on the desk that belongs to it."""

    def __init__(self) -> None:
        self.operations = all_operations()
        self.world: World | None = None
        self.desk = Desk(self.operations, {})

    def begin(self, task: Prepared) -> None:
        """Start at the beginning of ``task``."""
        if self.world is None:
            self.world = World(task.image)
        else:
            self.world.begin(task.image)
        self.desk = Desk(self.operations, task.facts)

    def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Carry out one call; what is wrong with it comes back as the result's error."""
        assert self.world is not None
        name = name if "." in name else name.replace("__", ".", 1)
        if name not in self._own:
            if name in self.operations:
                return self.world.call(name, arguments)
            try:
                _whole_catalogue().find(name)
            except OperationError as error:
                return Result(error=error.code, message=error.message)
        operation = self.operations[name]
        try:
            bound = operation.bind(_as_texts(arguments) if name == "task.finish" else arguments)
            return Result(operation.function(self.desk, **bound))
        except OperationError as error:
            return Result(error=error.code, message=error.message)

    def save(self) -> bytes:
        """The state of world and desk as bytes."""
        assert self.world is not None
        head = json.dumps([self.desk.finished, self.desk.answer, self.desk.told]).encode()
        return len(head).to_bytes(4, "big") + head + self.world.save()

    def restore(self, saved: bytes) -> None:
        """Continue where ``save`` was called. Raises ``SnapshotError`` or ``ValueError`` for damaged bytes."""
        assert self.world is not None
        size = int.from_bytes(saved[:4], "big")
        finished, answer, told = json.loads(saved[4 : 4 + size])
        self.desk.finished, self.desk.answer, self.desk.told = bool(finished), answer, [str(one) for one in told]
        self.world.restore(saved[4 + size :])

    def close(self) -> None:
        """Free the world."""
        if self.world is not None:
            self.world.close()
            self.world = None

    _own: ClassVar = frozenset(desk_operations())


def _as_texts(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as ``task.finish`` takes them: a number may stand for its text, and a list may stand in ``answer``."""
    given = dict(arguments)
    if isinstance(given.get("answer"), list) and given.get("answers") is None:
        given["answers"] = given.pop("answer")
    if isinstance(given.get("answers"), list):
        given["answers"] = [_text_of(one) for one in given["answers"]]
    if "answer" in given:
        given["answer"] = _text_of(given["answer"])
    return given


def _text_of(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else value


def tool_schemas(operations: Mapping[str, Operation]) -> list[dict[str, Any]]:
    """The tools as OpenAI-style function schemas. Their names may have no dots there: ``mail.send`` is ``mail__send``."""
    return [
        {
            "type": "function",
            "function": {
                "name": public_name(one.name),
                "description": " ".join(part for part in (one.summary, one.description) if part),
                "parameters": one.schema,
            },
        }
        for one in operations.values()
    ]
