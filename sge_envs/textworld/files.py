"""TextWorld game files as a set of tasks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from sge_envs.cache import cache_folder
from sge_envs.errors import DataCorrupt, TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet
from sge_envs.textworld.challenges import compile_json, read_objective

_Z_CODE = re.compile(r"\.z[1-8]")


class FileTasks(TaskSet):
    """Game files that were named one by one, as the only split, ``train``; an id is a file's name and a hash of it.

    ``.z1`` to ``.z8`` files are played as they are; with their ``.json`` beside them (as TextWorld writes them) the
    admissible actions are known. A ``.json`` without a ``.z8`` is compiled once. ``.tw-pddl`` files are ALFWorld's, and
    may bring any rules and texts (those of its releases are played far faster by SGE-ALFWorld-v0).

    Args:
        games: the files.
        cache: where compiled games are kept; None: the user's cache folder.

    Raises:
        UnknownOption: no list, or a kind of file that TextWorld does not play.
    """

    def __init__(self, games: Sequence[str | PathLike[str]], *, cache: Path | None = None) -> None:
        if isinstance(games, (str, PathLike)):
            raise UnknownOption(f"Expected a list of game files, got one path: games=[{str(games)!r}].")
        self.paths = tuple(Path(game).expanduser() for game in games)
        for path in self.paths:
            _check_kind(path)
        self._cache = cache
        self._found: dict[str, Path] | None = None

    def list_splits(self) -> tuple[str, ...]:
        return ("train",)

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return len(self.paths)

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return self.find_task(list(self._by_id())[index])

    def find_task(self, task_id: str) -> Task:
        if task_id not in self._by_id():
            raise TaskNotFound(
                f"There is no task {task_id!r} among the given games.{did_you_mean(task_id, self._by_id())}"
            )
        path = self._playable(self._by_id()[task_id])
        return Task(id=task_id, split="train", goal=read_objective(path), data=str(path))

    def _by_id(self) -> dict[str, Path]:
        if self._found is None:
            self._found = {f"{path.stem}-{_digest(path)}": path for path in self.paths}
        return self._found

    def _playable(self, path: Path) -> Path:
        """The file that the engine plays: for a ``.json`` the ``.z8`` beside it, or one compiled from it."""
        if path.suffix != ".json":
            return path
        beside = path.with_suffix(".z8")
        if beside.is_file():
            return beside
        compiled = (self._cache or cache_folder()) / "textworld-compiled" / f"{path.stem}-{_digest(path)}.z8"
        if not compiled.is_file():
            compile_json(path, compiled)
        return compiled


def _check_kind(path: Path) -> None:
    if path.suffix == ".ulx":
        raise UnknownOption(
            f"{path} is a Glulx game, which TextWorld 1.7 no longer plays: give the .json file that lies beside it, "
            "and it will be compiled anew."
        )
    if path.suffix not in (".json", ".tw-pddl") and not _Z_CODE.fullmatch(path.suffix):
        raise UnknownOption(f"Expected a game file ending in .z1 to .z8, .json or .tw-pddl, got {path}.")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise DataCorrupt(f"Expected a TextWorld game at {path}, but it cannot be read: {error.strerror}.") from error
