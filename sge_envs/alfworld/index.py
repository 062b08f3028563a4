"""Which games a split of an ALFWorld data folder holds, found once and remembered in a cache file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from sge_envs.alfworld.game import TASK_TYPES
from sge_envs.cache import cache_folder

FORMAT = 1
"""Version of the cache file; another one is built anew."""

_SOLVABLE = re.compile(r'"solvable"\s*:\s*(true|false)')
_TAIL = 1 << 14  # the entry stands behind the long texts, near the end of the file


class Entry(NamedTuple):
    """A game: its folder below the split's, with ``/`` between the parts, and its task type."""

    path: str
    task_type: str


def list_games(split: Path, *, cache: Path | None = None) -> tuple[Entry, ...]:
    """The games of a split folder that ALFWorld plays, sorted by path.

    Those are the trials that have ``traj_data.json`` and a ``game.tw-pddl`` marked as solvable; trials with movable
    receptacles or sliced objects are left out. The answer is kept in ``cache`` (None: the user's cache folder) and
    holds until a folder of the split changes; where nothing can be written the split is read each time.
    """
    mark = _mark(split)
    file = (cache or cache_folder()) / f"alfworld-{hashlib.sha256(str(split.resolve()).encode()).hexdigest()[:16]}.json"
    known = _load(file, mark)
    if known is not None:
        return known
    found = tuple(sorted(_walk(split)))
    _store(file, mark, found)
    return found


def _mark(split: Path) -> str:
    """A hash that changes when a task folder is added, removed, or gets another trial."""
    with os.scandir(split) as entries:
        seen = sorted(f"{entry.name} {entry.stat().st_mtime_ns}" for entry in entries if entry.is_dir())
    return hashlib.sha256("\n".join([str(FORMAT), *seen]).encode()).hexdigest()


def _walk(split: Path) -> list[Entry]:
    found = []
    for folder, _, files in os.walk(split, followlinks=True):
        if "traj_data.json" not in files or "game.tw-pddl" not in files:
            continue
        path = Path(folder).relative_to(split).as_posix()
        if "movable" in path or "Sliced" in path or not _is_solvable(Path(folder) / "game.tw-pddl"):
            continue
        found.append(Entry(path, _task_type(Path(folder), path)))
    return found


def _is_solvable(file: Path) -> bool:
    """What the file says. One that says nothing is not played, as in ALFWorld; a damaged one is, so that it is told."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _TAIL))
            said = _SOLVABLE.findall(stream.read().decode("utf-8", errors="replace"))
        if said:
            return bool(said[-1] == "true")
        data = json.loads(file.read_text(encoding="utf-8"))
        return bool(data.get("solvable", False)) if isinstance(data, dict) else True
    except (OSError, ValueError):
        return True  # playing it raises an error that names the file; leaving it out would hide the damage


def _task_type(folder: Path, path: str) -> str:
    named = path.split("/")[0].split("-")[0]
    if named in TASK_TYPES:
        return named
    try:
        return str(json.loads((folder / "traj_data.json").read_text(encoding="utf-8"))["task_type"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _load(file: Path, mark: str) -> tuple[Entry, ...] | None:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["mark"] != mark:
            return None
        return tuple(Entry(str(path), str(kind)) for path, kind in data["games"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no cache, or not ours: it is only a cache


def _store(file: Path, mark: str, games: tuple[Entry, ...]) -> None:
    """Write the cache so that a reader at the same moment sees the old file or the new one, never half of it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"mark": mark, "games": games}, stream)
        os.replace(temporary, file)
    except OSError:
        return  # a read-only home: the split is read again next time
