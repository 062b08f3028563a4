"""Where the apps write the generated history: rows kept in memory until the whole world goes into SQLite at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zlib import crc32

import numpy as np

from sge_envs.alfworld.dice import Dice
from sge_envs.world.clock import moment
from sge_envs.world.people import Person, make_cast, work_email
from sge_envs.world.schema import Schema

FAMILY = 20_250_601
"""Keeps the worlds' random streams apart from those of other families."""
T = TypeVar("T")


class Plot:
    """A world being made. ``people`` leaves the user out; ``me`` is the user.

    Each app draws from a stream of its own (``dice(app)``), so that a new app changes nothing in the others.
    """

    def __init__(self, schema: Schema, pool: str, pool_number: int, number: int) -> None:
        self._schema = schema
        self._key = (pool_number, number)
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in schema.columns}
        self._next: dict[str, int] = {}
        self._days: dict[int, str] = {}
        dice = self.dice("world")
        day = datetime(2025, 1, 6) + timedelta(weeks=dice.integer(0, 90), days=dice.integer(0, 4))
        self.now = day + timedelta(hours=dice.integer(8, 11), minutes=dice.integer(0, 11) * 5)
        cast = make_cast(pool, dice, day.year)
        self.me, self.people = cast[0], cast[1:]
        self._write_core()

    def dice(self, app: str) -> Dice:
        """The random stream of ``app``, from its beginning: call it once per generator."""
        seeds = np.random.SeedSequence(FAMILY, spawn_key=(*self._key, crc32(app.encode())))
        return Dice(int(seeds.generate_state(1, np.uint64)[0]))

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        """Add a row and return its id; columns that are not named become NULL or their DEFAULT."""
        id = self._next.get(table)
        if id is None:  # tables count from different numbers, so that an id is of use for one kind of thing only
            id = 1 if table.startswith("world_") else 101 + crc32(f"{self._key}{table}".encode()) % 800
        self._next[table] = id + 1
        self._rows[table].append({"id": id, **values})
        return id

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows that ``table`` has so far; those of one's own app may be changed in place."""
        return self._rows[table]

    def who(self, *relations: str) -> list[Person]:
        """The people of these relations."""
        return [person for person in self.people if person.relation in relations]

    def at(self, days: int, hour: int = 0, minute: int = 0) -> str:
        """The moment at ``hour:minute`` of the day that is ``days`` after today (before, where negative)."""
        return f"{self.day(days)}T{hour:02d}:{minute:02d}"

    def day(self, days: int) -> str:
        """The date ``days`` after today (before, where negative)."""
        known = self._days.get(days)
        if known is None:
            known = self._days[days] = (self.now + timedelta(days=days)).date().isoformat()
        return known

    def fill(self, connection: sqlite3.Connection) -> None:
        """Write all rows into ``connection``."""
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back here
        connection.execute("BEGIN")
        for table, rows in self._rows.items():
            groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
            for row in rows:
                groups.setdefault(tuple(row), []).append(tuple(row.values()))
            for names, values in groups.items():
                marks = ", ".join("?" * len(names))
                connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        connection.execute("COMMIT")

    def _write_core(self) -> None:
        me = self.me
        self.add("world_clock", {"now": moment(self.now)})
        self.add(
            "world_user",
            {
                "name": me.name,
                "email": me.email,
                "work_email": work_email(me),
                "phone": me.phone,
                "birthday": me.birthday,
                "street": me.street,
                "city": me.city,
                "company": me.company,
                "job": me.job,
            },
        )


def some(dice: Dice, options: Sequence[T], number: int) -> list[T]:
    """``number`` different options (all of them if they are fewer), in random order."""
    return dice.shuffle(options)[:number]
