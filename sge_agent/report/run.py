"""A run folder read for the page, whole or bit by bit while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sge_agent.folder import RunFolder
from sge_agent.report.arms import text
from sge_agent.report.episodes import Entry, entry_of
from sge_agent.report.evaluations import shown_evaluation
from sge_agent.report.index import EpisodeIndex, Have
from sge_agent.report.tail import Tail
from sge_agent.transcripts import VERSION

Row = Mapping[str, Any]


class RunReader:
    """What there is of a run. Files that are missing, damaged or of another version are told in ``notes``, not raised."""

    def __init__(self, path: Path, *, name: str = "") -> None:
        self.folder = RunFolder(path)
        self.name = name or path.resolve().name
        self.config: Mapping[str, Any] = {}
        self.status: Mapping[str, Any] = {}
        self.evaluations: Mapping[str, Any] = {}
        self.rows: list[Row] = []
        self.index = EpisodeIndex()
        self._raw_evaluations = ""
        self._metrics = Tail(self.folder.metrics)
        self._transcripts = Tail(self.folder.transcripts)
        self._damage: dict[str, str] = {}

    @property
    def begun(self) -> bool:
        return self.folder.config.is_file()

    @property
    def generation(self) -> str:
        """Changes when something was taken back, as by a resumed run: then a page reads everything again."""
        return f"{self._metrics.generation}.{self._transcripts.generation}"

    def refresh(self) -> None:
        """Read what is new, except for episodes: those come from ``episodes``."""
        self.config = self._object(self.folder.config)
        self.status = self._object(self.folder.status)
        self._read_evaluations()
        if self._metrics.check():
            self.rows = []
            self._damage.pop("metrics", None)
        if self._transcripts.check():
            self.index = EpisodeIndex()
            self._damage.pop("transcripts", None)
        if "metrics" not in self._damage:
            try:
                self.rows += self._metrics.read()
            except ValueError as error:
                self._damage["metrics"] = f"{error}. What comes after that line is left out."

    def episodes(self) -> Iterator[Row]:
        """The new episodes, each added to the index before it is given."""
        if "transcripts" in self._damage:
            return
        try:
            for row in self._transcripts.read():
                self.index.add(self._entry(row))
                yield row
        except ValueError as error:
            self._damage["transcripts"] = f"{error}. Later episodes are left out."

    def episode(self, number: int) -> Row:
        """An episode that was read before. Raises ``ValueError`` or ``OSError`` when it is gone."""
        return self._transcripts.line(number)

    @property
    def notes(self) -> list[str]:
        """What is missing, in sentences."""
        if not self.begun:
            return []
        found = list(self._damage.values())
        if not self.rows and "metrics" not in self._damage:
            found.append("No update is finished yet, so there are no curves.")
        if not self.folder.transcripts.is_file():
            found.append("There is no transcripts.jsonl, so no strategies and no episodes can be shown.")
        elif self.index.untold:
            found.append(
                "Hints come from a release that did not record which attempts they show: the strategy map has no lines "
                "for them."
            )
        return found

    def since(self, have: Have) -> dict[str, Any]:
        """The run for the page, without what it has already."""
        rows = self.rows[have.get("rows", 0) :]
        names = dict.fromkeys(name for row in rows for name in row)
        return {
            "name": self.name,
            "seed": text(self.config.get("seed")),
            "env": text(self.config.get("env")),
            "explore": text(self.config.get("explore")),
            "updates": self.config.get("updates"),
            "tasks": self.config.get("tasks"),
            "status": str(self.status.get("status") or ("unknown" if self.begun else "not begun")),
            "error": str(self.status.get("error") or ""),
            "config": {name: text(value) for name, value in self.config.items()},
            "notes": self.notes,
            "evaluations": self.evaluations,
            "metrics": {"start": have.get("rows", 0), "columns": {n: [_number(r.get(n)) for r in rows] for n in names}},
            "rows": len(self.rows),
            "generation": self.generation,
            "episodes": self.index.since(have),
        }

    def _entry(self, row: Row) -> Entry:
        place = f"{self.folder.transcripts}, line {len(self._transcripts.offsets)}"
        if row.get("version") != VERSION:
            raise ValueError(
                f"{place}: expected transcript version {VERSION}, got {row.get('version')!r}; "
                "read it with the release that wrote it"
            )
        try:
            return entry_of(row)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{place}: this is no episode ({type(error).__name__}: {error})") from error

    def _read_evaluations(self) -> None:
        raw = self._object(self.folder.evaluations)
        known = json.dumps(raw)
        if known == self._raw_evaluations:
            return
        self._raw_evaluations = known
        try:
            self.evaluations = {
                phase: {name: shown_evaluation(result) for name, result in sets.items()} for phase, sets in raw.items()
            }
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            self.evaluations = {}
            self._damage["eval"] = f"{self.folder.evaluations} cannot be read ({type(error).__name__}: {error})."

    def _object(self, path: Path) -> dict[str, Any]:
        self._damage.pop(path.name, None)
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            self._damage[path.name] = f"{path} is damaged: {error}."
            return {}
        if not isinstance(value, dict):
            self._damage[path.name] = f"{path} is damaged: expected a JSON object, got {type(value).__name__}."
            return {}
        return value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")
