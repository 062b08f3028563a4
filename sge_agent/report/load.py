"""What a run folder holds, read for the report. Half-written or interrupted runs are read as far as they got."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sge_agent.jsonlines import read_json_lines
from sge_agent.transcripts import Transcript, read_transcripts

PHASES = ("before", "after")
SETS = ("train", "held_out")


@dataclass(frozen=True, slots=True)
class RunData:
    """One run as the report needs it. ``evaluations[phase][set]`` is what ``Evaluation.to_json`` wrote."""

    path: Path
    config: Mapping[str, Any]
    status: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    evaluations: Mapping[str, Mapping[str, Mapping[str, Any]]]
    transcripts: tuple[Transcript, ...]

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def curve(self, name: str, *, x: str = "update") -> list[tuple[float, float]]:
        """(x, value) of the rows that measured it."""
        return [
            (float(row[x]), float(row[name]))
            for row in self.rows
            if row.get(name) is not None and row.get(x) is not None
        ]


def load_run(path: Path) -> RunData:
    """Read a run folder. Raises ``ValueError`` where the folder is no run, or one of its files is damaged."""
    if not (path / "config.json").is_file():
        raise ValueError(f"{path} is no run folder: it has no config.json")
    transcripts = path / "transcripts.jsonl"
    metrics = path / "metrics.jsonl"
    return RunData(
        path=path,
        config=_read_object(path / "config.json"),
        status=_read_object(path / "status.json"),
        rows=tuple(read_json_lines(metrics)) if metrics.is_file() else (),
        evaluations=_read_object(path / "eval.json"),
        transcripts=tuple(read_transcripts(transcripts)) if transcripts.is_file() else (),
    )


def moving_average(points: Sequence[tuple[float, float]], window: int) -> list[tuple[float, float]]:
    """Each value replaced by the mean of up to ``window`` values around it; the ends use what there is."""
    half = window // 2
    out = []
    for i, (x, _) in enumerate(points):
        near = [y for _, y in points[max(i - half, 0) : i + half + 1]]
        out.append((x, sum(near) / len(near)))
    return out


def _read_object(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: expected a JSON object, got {type(value).__name__}")
    return value
