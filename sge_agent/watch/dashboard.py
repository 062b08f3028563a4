"""A run on one screen of a terminal: lines of at most so many columns, made from what the reader has."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sge_agent.metrics import clock_text
from sge_agent.report.run import RunReader

Paint = Callable[[str, str], str]
"""Takes a text and a colour's name."""

CURVES = (
    ("success", "success", 1.0),
    ("success/hinted", "with hints", 1.0),
    ("eval/train", "evaluation", 1.0),
    ("eval/held_out", "held-out", 1.0),
    ("distinct_outcomes", "outcomes/task", None),
    ("distinct_strategies", "strategies/task", None),
    ("entropy/strategy", "entropy strategy", None),
    ("entropy/action", "entropy action", None),
    ("tokens_per_second", "tokens/s", None),
)
_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABEL = 17


def no_paint(text: str, colour: str) -> str:
    return text


def dashboard(reader: RunReader, *, width: int, height: int, quiet: float = 0.0, paint: Paint = no_paint) -> list[str]:
    """The screen; fewer lines where there is less room. ``quiet`` is for how many seconds nothing new has come."""
    lines = [*_head(reader, width, quiet, paint), *_curves(reader, width), *_times(reader, width)]
    if len(lines) + 3 < height:
        lines += _episodes(reader, width, height - len(lines) - 1, paint)
    return lines[: max(1, height)]


def state_text(reader: RunReader, quiet: float = 0.0) -> str:
    """How the run stands, in a few words."""
    status = str(reader.status.get("status") or "")
    if not reader.begun:
        missing = "" if reader.folder.path.is_dir() else f"; there is no folder {plain(str(reader.folder.path))} yet"
        return f"waiting for the run to begin{missing}"
    error = f": {plain(str(reader.status['error']))}" if reader.status.get("error") else ""
    still = f", nothing new for {clock_text(quiet)}" if status == "running" and quiet >= 60 else ""
    return f"{status or 'unknown'}{error}{still}"


def remaining(reader: RunReader, row: Mapping[str, Any]) -> float:
    """Seconds to go after an update, if those to come take as long as those that were."""
    done = int(row.get("update") or 0)
    return float(row.get("elapsed") or 0.0) / max(done, 1) * max(total_updates(reader, row) - done, 0)


def total_updates(reader: RunReader, row: Mapping[str, Any]) -> int:
    """How many updates the run will have, as far as is known."""
    value = reader.config.get("updates")
    return value if isinstance(value, int) else int(row.get("update") or 0)


def _head(reader: RunReader, width: int, quiet: float, paint: Paint) -> list[str]:
    config = reader.config
    name = " · ".join(
        plain(str(part)) for part in (config.get("explore"), config.get("env"), f"run {reader.name}") if part
    )
    status = str(reader.status.get("status") or "")
    colour = {"running": "blue", "finished": "green", "failed": "red"}.get(status, "yellow")
    lines = [paint(fit(name, width), "bold"), paint(fit(state_text(reader, quiet), width), colour)]
    if reader.rows:
        row = reader.rows[-1]
        done, total = int(row.get("update") or 0), max(total_updates(reader, row), 1)
        clock = clock_text(float(row.get("elapsed") or 0.0))
        to_go = f", {clock_text(remaining(reader, row))} to go" if status == "running" else ""
        told = f"update {done}/{total}  {clock} elapsed{to_go}"
        room = max(0, min(40, width - len(told) - 3))
        full = round(room * min(1.0, done / total))
        lines += [fit(f"{told}  {'█' * full}{'░' * (room - full)}", width), ""]
    return lines


def _curves(reader: RunReader, width: int) -> list[str]:
    lines = []
    for name, label, top in CURVES:
        values = [float(row[name]) for row in reader.rows if isinstance(row.get(name), int | float)]
        if values:
            last = f"{values[-1]:,.0f}" if values[-1] >= 100 else f"{values[-1]:.2f}"
            room = min(60, width - _LABEL - 8)
            lines.append(fit(f"{label:<{_LABEL}}{last:>6}  {sparkline(values, room, top)}", width))
    return lines


def _times(reader: RunReader, width: int) -> list[str]:
    whole = sum(float(row.get("seconds") or 0.0) for row in reader.rows)
    if not whole:
        return []
    parts = {
        name: sum(float(row.get(f"seconds/{name}") or 0.0) for row in reader.rows) for name in ("playing", "learning")
    }
    parts["other"] = max(0.0, whole - sum(parts.values()))
    told = ", ".join(f"{name} {seconds / whole:.0%}" for name, seconds in parts.items())
    return [fit(f"{'time':<{_LABEL}}{told}", width)]


def _episodes(reader: RunReader, width: int, room: int, paint: Paint) -> list[str]:
    index = reader.index
    if not len(index):
        return []
    lines = ["", fit(_solved(reader), width)]
    latest = range(len(index) - 1, max(-1, len(index) - 1 - min(12, room - len(lines))), -1)
    return lines + [_episode(reader, number, width, paint) for number in latest]


def _solved(reader: RunReader) -> str:
    columns = reader.index.columns
    train = _number_of(reader, "phases", "train")
    played = [i for i, phase in enumerate(columns["phase"]) if phase == train]
    solved = {columns["task"][i] for i in played if columns["success"][i]}
    seen = {columns["task"][i] for i in played}
    return f"{len(solved)} of {len(seen)} tasks solved in recorded training episodes. The latest episodes:"


def _number_of(reader: RunReader, table: str, item: str) -> int:
    items = reader.index.tables[table].items
    return items.index(item) if item in items else -1


def _episode(reader: RunReader, number: int, width: int, paint: Paint) -> str:
    columns, tables = reader.index.columns, reader.index.tables

    def told(table: str, column: str) -> str:
        return plain(str(tables[table].items[int(columns[column][number])]))

    won = bool(columns["success"][number])
    phase = told("phases", "phase")
    when = f"update {int(columns['update'][number])}" if phase == "train" else phase
    hint = " (hint)" if columns["hinted"][number] else ""
    rest = f" {when}{hint}  {told('outcomes', 'outcome')}  {told('strategies', 'strategy')}"
    return paint("✓" if won else "✗", "green" if won else "red") + fit(rest, width - 1)


def sparkline(values: Sequence[float], width: int, top: float | None = None) -> str:
    """The curve in block characters: means over equal runs of values where there are more of them than columns."""
    if width < 1:
        return ""
    size = -(-len(values) // width)
    means = [sum(part) / len(part) for part in (values[i : i + size] for i in range(0, len(values), size))]
    highest = top or max(means) or 1.0
    return "".join(_BLOCKS[max(1, min(8, round(8 * max(mean, 0.0) / highest)))] for mean in means)


def plain(text: str) -> str:
    """Text on one line, without anything that a terminal could take as a command or that turns its direction."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def fit(text: str, width: int) -> str:
    """Text cut to so many columns, and to four characters a column; characters of East Asian scripts take two columns."""
    used = 0
    for i, c in enumerate(text):
        used += 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        if used > width or i >= 4 * max(width, 1):
            return _shortened(text[: 4 * max(width, 1) - 1][:i], width)
    return text


def _shortened(text: str, width: int) -> str:
    while text and _columns(text) > width - 1:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def _columns(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
