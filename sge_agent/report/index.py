"""All episodes of a run in columns: small enough that a page opens at once with 100,000 of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sge_agent.report.episodes import Entry

TABLES = ("phases", "outcomes", "tags", "strategies", "tasks")
COLUMNS = (
    "phase",
    "update",
    "task",
    "outcome",
    "strategy",
    "tag",
    "success",
    "reward",
    "turns",
    "tokens",
    "broken",
    "hinted",
)

Have = Mapping[str, int]
"""How much of a run the page has: a count for every table, and for ``episodes`` and ``rows``; nothing where it is new."""


class Table:
    """Texts, each once, by number. ``add`` takes what is kept beside the key the first time that it comes."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._numbers: dict[str, int] = {}

    def add(self, key: str, item: Any = None) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.items)
            self.items.append(key if item is None else item)
        return number


class EpisodeIndex:
    """Grows episode by episode; an episode is its number in the transcript."""

    def __init__(self) -> None:
        self.tables = {name: Table() for name in TABLES}
        self.columns: dict[str, list[float]] = {name: [] for name in COLUMNS}
        self.sources: dict[int, list[list[Any]]] = {}
        """By episode: (number or -1, update, outcome, strategy, success) of every attempt that its hint was made from."""
        self.untold = 0
        """How many episodes were shown a hint in a file that does not tell what it was made from."""
        self._numbers: dict[int, int] = {}  # the seed of an episode of training -> its number

    def __len__(self) -> int:
        return len(self.columns["phase"])

    def add(self, entry: Entry) -> None:
        number = len(self)
        tables = self.tables
        task = {"key": entry.task, "env": entry.env, "goal": entry.goal}
        values: dict[str, float] = {
            "phase": tables["phases"].add(entry.phase),
            "update": entry.update,
            "task": tables["tasks"].add(entry.task, task),
            "outcome": tables["outcomes"].add(entry.outcome),
            "strategy": tables["strategies"].add(entry.strategy),
            "tag": tables["tags"].add(entry.tag),
            "success": int(entry.success),
            "reward": float(f"{entry.reward:.5g}"),
            "turns": entry.turns,
            "tokens": entry.tokens,
            "broken": int(entry.broken),
            "hinted": int(entry.hinted),
        }
        for name, value in values.items():
            self.columns[name].append(value)
        if entry.sources:
            self.sources[number] = [
                [
                    -1 if source.episode is None else self._numbers.get(source.episode, -1),
                    source.update,
                    tables["outcomes"].add(source.outcome or ("success" if source.success else "failure")),
                    tables["strategies"].add(source.strategy),
                    int(source.success),
                ]
                for source in entry.sources
            ]
        self.untold += entry.hinted and not entry.sources_told
        if entry.phase == "train":
            self._numbers[entry.seed] = number

    def since(self, have: Have) -> dict[str, Any]:
        """What the page lacks."""
        start = have.get("episodes", 0)
        return {
            "start": start,
            "tables": {name: table.items[have.get(name, 0) :] for name, table in self.tables.items()},
            "columns": {name: values[start:] for name, values in self.columns.items()},
            "sources": {number: found for number, found in self.sources.items() if number >= start},
            "untold": self.untold,
        }
