"""The result of an operation as what a template needs: texts, tables, and what can be done with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sge_envs.ui.pages.acts import Act, look_up
from sge_envs.ui.pages.spec import Column, Go, Page, Rows
from sge_envs.ui.pages.visit import Visit
from sge_envs.ui.pages.words import label_of, value_text

_PAGING = ("total", "page", "pages")
_WIDE = 100
"""A text of more characters, or of several lines, stands by itself."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value under its label."""

    label: str
    text: str
    link: Act | None = None
    wide: bool = False

    @property
    def parts(self) -> list[str]:
        """The lines of a text that stands by itself."""
        return self.text.split("\n") if self.wide else [self.text]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table. ``pick`` is the value of its box."""

    cells: tuple[Cell, ...]
    acts: tuple[Act, ...]
    pick: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``pick`` is the parameter that its boxes fill."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    empty: str
    pick: str = ""
    bulk: tuple[Act, ...] = ()
    grid: bool = False

    @property
    def acts(self) -> bool:
        """Whether any line has something to do."""
        return any(line.acts for line in self.lines)


class Shower:
    """Makes the parts of one page from the result of its operation."""

    def __init__(self, page: Page, value: Any, arguments: Mapping[str, Any], visit: Visit) -> None:
        self.page = page
        self.record: Mapping[str, Any] = value if isinstance(value, Mapping) else {"result": value}
        self._arguments = arguments
        self._visit = visit
        self._resolve = visit.resolve
        self._pages = visit.pages

    def title(self) -> str:
        """What names the page; empty: nothing does."""
        title = self.page.title
        if "{" not in title:
            return value_text(look_up(title, [self.record])) if title else ""
        known = [name for name in re.findall(r"{([\w.]+)}", title) if look_up(name, [self.record]) is not None]
        for name in known:
            title = title.replace(f"{{{name}}}", value_text(look_up(name, [self.record])))
        return self._visit.forms.fill_in(title, self._visit.operation, self._arguments)

    def fields(self) -> list[Cell]:
        """What stands above the tables."""
        columns = self.page.fields
        if columns is None:
            columns = tuple(key for key, value in self.record.items() if self._is_plain(key, value))
        return [self._cell(column, self.page.links, [self.record]) for column in columns]

    def tables(self) -> list[Table]:
        """The lists of the result: those that have ``Rows``, then the others that hold records."""
        listed = {rows.key for rows in self.page.rows}
        named = {column if isinstance(column, str) else column[0] for column in self.page.fields or ()}
        others = [
            Rows(key)
            for key, value in self.record.items()
            if key not in listed | named | set(self.page.hide) and _holds_records(value)
        ]
        found = [self._table(rows) for rows in (*self.page.rows, *others)]
        return [one for one in found if one is not None]

    def acts(self, goes: Sequence[Go]) -> list[Act]:
        """What can be done on the page as a whole."""
        found = [self._resolve(go, [self.record, self._arguments]) for go in goes]
        return [one for one in found if one is not None]

    def pager(self) -> tuple[int, int, int] | None:
        """Total, page and pages, where the result has several pages."""
        total, page, pages = (self.record.get(key) for key in _PAGING)
        return (total, page, pages) if type(total) is type(page) is type(pages) is int and pages > 1 else None

    def _is_plain(self, key: str, value: Any) -> bool:
        paging = _PAGING if "pages" in self.record else ()  # elsewhere a total is a sum
        own = {rows.key for rows in self.page.rows} | set(self.page.hide) | {self.page.title, "id", *paging}
        return key not in own and not key.endswith(("_id", "_ids")) and not _holds_records(value)

    def _table(self, rows: Rows) -> Table | None:
        found = look_up(rows.key, [self.record])
        records = [one for one in found or () if isinstance(one, Mapping)]
        if not isinstance(found, list) or (not records and not rows.columns):
            return None
        columns = self._columns(rows) or tuple(key for key in records[0] if key != "id" and not key.endswith("_id"))
        links = dict(rows.links)
        if rows.link is not None and columns:
            links.setdefault(_key(columns[0]), rows.link)
        lines = tuple(self._line(rows, columns, links, record) for record in records)
        picked = rows.pick[0] if rows.pick else ""
        sources = [self.record, self._arguments]
        bulk = tuple(act for go in rows.bulk if (act := self._resolve(go, sources, picked)) is not None)
        several = len(self.page.rows) > 1 or self.page.title
        title = rows.title or (label_of(rows.key, self._pages.labels) if several else "")
        heads = tuple(self._label(column) for column in columns)
        return Table(title, heads, lines, rows.empty, picked, bulk, rows.grid)

    def _columns(self, rows: Rows) -> tuple[Column, ...]:
        """Those that say something: what all rows have in common stands in the page's arguments."""
        return (*rows.columns[:1], *(one for one in rows.columns[1:] if _key(one) not in self._arguments))

    def _line(self, rows: Rows, columns: Sequence[Column], links: Mapping[str, Go], record: Mapping[str, Any]) -> Line:
        sources = [record, self.record, self._arguments]
        acts = tuple(act for go in rows.actions if (act := self._resolve(go, sources)) is not None)
        pick = value_text(look_up(rows.pick[1], [record])) if rows.pick else ""
        return Line(tuple(self._cell(column, links, sources) for column in columns), acts, pick)

    def _cell(self, column: Column, links: Mapping[str, Go], sources: Sequence[Mapping[str, Any]]) -> Cell:
        key = _key(column)
        text = value_text(look_up(key, sources[:1]), money=key.rpartition(".")[2] in self._pages.money)
        link = self._resolve(links[key], sources) if key in links else None
        return Cell(self._label(column), text, link, wide="\n" in text or len(text) > _WIDE)

    def _label(self, column: Column) -> str:
        return label_of(column.replace(".", " "), self._pages.labels) if isinstance(column, str) else column[1]


def _key(column: Column) -> str:
    return column if isinstance(column, str) else column[0]


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)
