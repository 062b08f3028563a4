"""The empty database of a set of apps, made once and then copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CORE = """
CREATE TABLE world_clock (id INTEGER PRIMARY KEY AUTOINCREMENT, now TEXT NOT NULL);
CREATE TABLE world_user (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT NOT NULL, work_email TEXT NOT NULL,
    phone TEXT NOT NULL, birthday TEXT NOT NULL, street TEXT NOT NULL, city TEXT NOT NULL, company TEXT NOT NULL,
    job TEXT NOT NULL
);
"""
"""The tables of the world itself: one row each, id 1."""

_PAGE_SIZE = (
    1024  # most tables hold a few rows; SQLite's usual 4096 would make images, and so resets, four times as big
)


@dataclass(frozen=True, slots=True)
class Schema:
    """``template`` is the serialised database without rows, ``columns`` the columns of each table, ``id`` first, and
    ``references`` the tables that its columns refer to.
    """

    template: bytes
    columns: Mapping[str, tuple[str, ...]]
    references: Mapping[str, Mapping[str, str]]


def open_memory() -> sqlite3.Connection:
    """An empty in-memory database that any thread may use and that commits only when told."""
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)


def make_schema(tables: Iterable[str]) -> Schema:
    """The schema of the core and of the apps' ``tables``."""
    connection = open_memory()
    connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
    for sql in (CORE, *tables):
        connection.executescript(sql)
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    columns = {name: tuple(row[1] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names}
    references = {
        name: {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({name})")} for name in names
    }
    template = connection.serialize()
    connection.close()
    return Schema(template, columns, references)
