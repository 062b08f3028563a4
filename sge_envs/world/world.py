"""A world to act in: calls by name, the difference to the beginning, snapshots."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sge_envs.errors import UnknownSplit, did_you_mean
from sge_envs.world.app import App, all_apps
from sge_envs.world.database import Change, Database, Image, make_image
from sge_envs.world.errors import ErrorCode, OperationError
from sge_envs.world.kinds import brief
from sge_envs.world.names import POOLS
from sge_envs.world.operation import Operation, near
from sge_envs.world.plot import Plot
from sge_envs.world.schema import Schema, make_schema, open_memory

CACHED_IMAGES = 64


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gave: ``value``, or the ``error`` code and a ``message`` of one sentence."""

    value: Any = None
    error: ErrorCode | None = None
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The apps of a world, their operations by name, and the schema of their tables."""

    apps: tuple[App, ...]
    operations: Mapping[str, Operation]
    schema: Schema

    @classmethod
    def of(cls, apps: Iterable[App]) -> Catalogue:
        """The catalogue of these apps."""
        given = tuple(apps)
        operations = {one.name: one for app in given for one in app.operations()}
        return cls(given, operations, make_schema(app.tables for app in given))

    def find(self, name: str) -> Operation:
        """The operation called ``name``.

        Raises:
            OperationError: there is none; the message names the nearest.
        """
        found = self.operations.get(name) if type(name) is str else None
        if found is None:
            raise OperationError("unknown_operation", f"There is no operation {brief(name)}.{self._hint(name)}")
        return found

    def _hint(self, name: object) -> str:
        text = name[:80] if isinstance(name, str) else ""
        app, dot, _ = text.partition(".")
        known = [one.name for one in self.apps]
        if dot and app not in known:
            guess = near(text, self.operations) or near(app, known)
        else:
            guess = near(text, self.operations)
        return f" Did you mean {guess!r}?" if guess else f" The apps are: {', '.join(known)}."


@functools.cache
def full_catalogue() -> Catalogue:
    """The catalogue of every app there is."""
    return Catalogue.of(all_apps())


def generate(catalogue: Catalogue, pool: str, number: int) -> Image:
    """The beginning of world ``number`` with the people of ``pool`` (a name of ``names.POOLS``).

    Raises:
        UnknownSplit: there is no such pool.
    """
    if pool not in POOLS:
        raise UnknownSplit(f"There is no pool of people {pool!r}.{did_you_mean(str(pool), POOLS)}")
    plot = Plot(catalogue.schema, pool, tuple(POOLS).index(pool), number)
    for app in catalogue.apps:
        app.generate(plot)
    connection = open_memory()
    connection.deserialize(catalogue.schema.template)
    plot.fill(connection)
    data = connection.serialize()
    connection.close()
    return make_image(data)


@functools.lru_cache(maxsize=CACHED_IMAGES)
def world_image(pool: str, number: int) -> Image:
    """``generate`` with every app; the last images made are kept."""
    return generate(full_catalogue(), pool, number)


class World:
    """One live world. ``call`` never raises for what the caller wrote."""

    def __init__(self, image: Image, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or full_catalogue()
        self.db = Database(self.catalogue.schema, image)

    def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Result:
        """Carry out the operation ``name``; what is wrong with the call comes back as the result's error."""
        try:
            operation = self.catalogue.find(name)
            return Result(self._run(operation, _as_mapping(operation, arguments)))
        except OperationError as error:
            return Result(error=error.code, message=error.message)

    def changes(self) -> tuple[Change, ...]:
        """The rows that differ from the beginning."""
        return self.db.changes()

    def key(self) -> str:
        """The state as a short text: equal states, equal keys."""
        return self.db.key()

    def begin(self, image: Image) -> None:
        """Begin again, at ``image``."""
        self.db.load(image)

    def prepare(self, change: Callable[[Database], None]) -> None:
        """Let ``change`` write what a task needs; the state after it counts as the beginning."""
        with self.db.writing("prepare"):
            change(self.db)
        self.db.rebase()

    def save(self) -> bytes:
        """The state as bytes, with what changed since the beginning."""
        return self.db.save()

    def restore(self, saved: bytes) -> None:
        """Continue where ``save`` was called.

        Raises:
            SnapshotError: the bytes are damaged.
        """
        self.db.restore(saved)

    def close(self) -> None:
        """Free the database."""
        self.db.close()

    def _run(self, operation: Operation, arguments: Mapping[str, Any]) -> Any:
        bound = operation.bind(arguments)
        if not operation.writes:
            return operation.function(self.db, **bound)
        try:
            with self.db.writing(operation.name):
                return operation.function(self.db, **bound)
        except sqlite3.IntegrityError as error:
            raise OperationError(
                "conflict", f"{operation.name}: other entries refer to this one, or one like it exists ({error})."
            ) from error


def _as_mapping(operation: Operation, arguments: Any) -> Mapping[str, Any]:
    if arguments is None:
        return {}
    if not isinstance(arguments, Mapping):
        raise OperationError(
            "invalid_argument", f"{operation.name}: expected the arguments as an object, got {brief(arguments)}."
        )
    return arguments
