"""The state of a world: one in-memory SQLite database, and a log of the rows that differ from the beginning.

Reads are SQL. Writes go through ``insert``, ``update`` and ``delete``, row by row, so that the log is complete: the
difference to the beginning, and the key of the state, cost time in proportion to what changed and not to the world.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sge_envs.errors import SnapshotError
from sge_envs.world.queries import Where
from sge_envs.world.schema import Schema, open_memory

Row = dict[str, Any]
_Key = tuple[str, int]
_SIZE = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Image:
    """A database as bytes, and a short text that tells it from any other."""

    data: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs from the beginning: inserted (``before`` is None), deleted (``after`` is None) or updated.

    ``by`` is the operation that wrote it last.
    """

    table: str
    id: int
    before: Row | None
    after: Row | None
    by: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of an updated row whose values differ."""
        if self.before is None or self.after is None:
            return ()
        return tuple(name for name, value in self.after.items() if self.before[name] != value)


def make_image(data: bytes) -> Image:
    """The image of a serialised database."""
    return Image(data, hashlib.blake2b(data, digest_size=8).hexdigest())


class Database:
    """What operations and checks get: reads, logged writes, the time and the user."""

    def __init__(self, schema: Schema, image: Image) -> None:
        self._schema = schema
        self._connection = open_memory()
        weakref.finalize(self, self._connection.close)  # Python 3.13 warns of connections that are only dropped
        self._by = ""  # the operation that is writing; empty: none is
        self._touched: dict[_Key, Row | None] = {}  # rows before the running operation
        self.load(image)

    # Reading --------------------------------------------------------------------------------------------------------

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """The rows of a SELECT, each a dict."""
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    def one(self, sql: str, *values: Any) -> Row | None:
        """The first row of a SELECT, or None."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def value(self, sql: str, *values: Any) -> Any:
        """The first value of the first row of a SELECT, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def column(self, sql: str, *values: Any) -> list[Any]:
        """The first value of every row of a SELECT."""
        return [row[0] for row in self._connection.execute(sql, values).fetchall()]

    def get(self, table: str, id: int) -> Row | None:
        """The row of ``table`` with this id, or None."""
        row = self._connection.execute(f"SELECT * FROM {table} WHERE id = ?", (id,)).fetchone()
        return dict(zip(self._schema.columns[table], row)) if row else None

    def page(self, sql: str, where: Where, page: int, page_size: int) -> tuple[list[Row], Row]:
        """One page of a SELECT with ``{where}`` in it, and ``{"total": ..., "page": ..., "pages": ...}``."""
        query = sql.replace("{where}", str(where))
        first, last = (page - 1) * page_size, page * page_size
        found = self.rows(f"{query} LIMIT ?", *where.values, last + 1)
        total = len(found)
        if total > last:  # only then is a second scan needed to count
            total = self.value(f"SELECT COUNT(*) FROM ({query})", *where.values)
        return found[first:last], {"total": total, "page": page, "pages": -(-total // page_size)}

    @property
    def now(self) -> str:
        """The time in the world, such as ``"2025-03-14T09:30"``. It stands still while operations run."""
        return str(self.value("SELECT now FROM world_clock"))

    @property
    def today(self) -> str:
        """The date in the world, such as ``"2025-03-14"``."""
        return self.now[:10]

    @property
    def user(self) -> Row:
        """The row of the person whose world this is: name, email, work_email, phone and so on."""
        found = self.get("world_user", 1)
        assert found is not None
        return found

    # Writing --------------------------------------------------------------------------------------------------------

    def insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Add a row; the id of it is returned. Columns that are not named get their defaults."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self._write(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        id = cursor.lastrowid
        assert id is not None
        self._touched.setdefault((table, id), None)
        return id

    def update(self, table: str, id: int, values: Mapping[str, Any]) -> None:
        """Set columns of one row."""
        self._remember(table, id)
        if values:
            assignments = ", ".join(f"{name} = ?" for name in values)
            self._write(f"UPDATE {table} SET {assignments} WHERE id = ?", (*values.values(), id))

    def delete(self, table: str, id: int) -> None:
        """Remove one row. Rows that refer to it must go first."""
        self._remember(table, id)
        self._write(f"DELETE FROM {table} WHERE id = ?", (id,))

    def delete_all(self, table: str, column: str, value: Any) -> int:
        """Remove every row whose ``column`` has this value, and say how many they were."""
        ids = self.column(f"SELECT id FROM {table} WHERE {column} = ?", value)
        for id in ids:
            self.delete(table, id)
        return len(ids)

    @contextmanager
    def writing(self, by: str) -> Iterator[None]:
        """What is written inside belongs to the operation ``by``; if it raises, nothing of it remains."""
        self._connection.execute("BEGIN")
        self._by = by
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            self._touched.clear()
            raise
        finally:
            self._by = ""
        self._log(by)

    def _write(self, sql: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        if not self._by:
            raise AssertionError(f"An operation that only reads must not write: {sql}")
        return self._connection.execute(sql, values)

    def _remember(self, table: str, id: int) -> None:
        if (table, id) not in self._touched:
            self._touched[table, id] = self.get(table, id)

    # The difference to the beginning -------------------------------------------------------------------------------

    def changes(self) -> tuple[Change, ...]:
        """The rows that differ from the beginning, by table and id."""
        return tuple(
            Change(table, id, self._before[table, id], self.get(table, id), self._writers[table, id])
            for table, id in sorted(self._marks)
        )

    def key(self) -> str:
        """The state as a short text: equal rows, equal keys, whatever way led there."""
        return f"{self._base}-{sum(self._marks.values()) % 2**64:016x}"

    def rebase(self) -> None:
        """Let the state as it is be the beginning."""
        self._base = hashlib.blake2b(self.key().encode(), digest_size=8).hexdigest()
        self._forget()

    def _log(self, by: str) -> None:
        for key, before in self._touched.items():
            first = self._before.setdefault(key, before)
            after = self.get(*key)
            if after == first:
                self._marks.pop(key, None)
                self._writers.pop(key, None)
            else:
                self._marks[key] = _mark(key, after)
                self._writers[key] = by
        self._touched.clear()

    def _forget(self) -> None:
        self._before: dict[_Key, Row | None] = {}  # of every row ever touched: as it was in the beginning
        self._writers: dict[_Key, str] = {}
        self._marks: dict[_Key, int] = {}  # of every row that differs now

    # Images and snapshots ------------------------------------------------------------------------------------------

    def load(self, image: Image) -> None:
        """Begin at ``image``, with an empty log."""
        self._open(image.data)
        self._base = image.digest
        self._forget()

    def image(self) -> Image:
        """The state as an image, without the log."""
        return make_image(self._connection.serialize())

    def save(self) -> bytes:
        """The state and the log as bytes, for ``restore``."""
        log = [[table, id, row, self._writers.get((table, id), "")] for (table, id), row in self._before.items()]
        data = self._connection.serialize()
        head = json.dumps([self._base, len(data), log], separators=(",", ":")).encode()
        return _SIZE.pack(len(head)) + head + data

    def restore(self, saved: bytes) -> None:
        """Continue where ``save`` was called.

        Raises:
            SnapshotError: the bytes are damaged.
        """
        try:
            (size,) = _SIZE.unpack_from(saved)
            base, length, log = json.loads(saved[_SIZE.size : _SIZE.size + size])
            data = saved[_SIZE.size + size :]
            if len(data) != length:
                raise ValueError(f"{len(data)} bytes of {length}")
            self._open(data)
            self._base = base
            self._forget()
            for table, id, row, by in log:
                self._before[table, id] = row
                after = self.get(table, id)
                if after != row:
                    self._marks[table, id] = _mark((table, id), after)
                    self._writers[table, id] = by
        except (struct.error, ValueError, TypeError, KeyError, sqlite3.DatabaseError) as error:
            raise SnapshotError(
                f"The world cannot be restored from this snapshot ({error!r}): take a new one."
            ) from error

    def close(self) -> None:
        """Free the database."""
        self._connection.close()

    def _open(self, data: bytes) -> None:
        self._connection.deserialize(data)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._touched.clear()


def _mark(key: _Key, row: Row | None) -> int:
    text = repr((key, None if row is None else tuple(row.values())))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
