"""Official game files as a set of tasks, and the choice between them and generated games."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path

from sge_envs.alfworld.game import TASK_TYPES, Game
from sge_envs.alfworld.generated import GeneratedTasks
from sge_envs.alfworld.index import Entry, list_games
from sge_envs.alfworld.pddl import GameFileError, parse_game
from sge_envs.errors import DataCorrupt, TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet

VARIABLE = "ALFWORLD_DATA"
"""The environment variable that says where ALFWorld's data is, as for ALFWorld itself."""

RELEASE = "json_2.1.1"
"""The folder of game files inside the data folder."""

SPLITS = ("train", "valid_seen", "valid_unseen")
OPTIONAL_SPLITS = ("valid_train",)
SOURCES = ("auto", "generated", "official")

DOWNLOAD = (
    "Get the data with `alfworld-download` (of the package alfworld) and set ALFWORLD_DATA or data= to its folder, "
    "or play generated games with source='generated'."
)


class OfficialTasks(TaskSet):
    """The games of an ALFWorld data folder, in its own splits. Nothing is read before a game is asked for.

    The games of a split are those that ALFWorld itself plays (3,553 in ``train``, 140 in ``valid_seen``, 134 in
    ``valid_unseen``), sorted by path; a task's id is its path, ``"train/<task>/<trial>"``.

    Args:
        data: the folder that holds ``json_2.1.1``, or that folder itself.
        task_types: only games of these types; None: all.
        cache: where the index of each split is kept; None: the user's cache folder.
    """

    def __init__(
        self,
        data: str | PathLike[str],
        *,
        task_types: Sequence[str | int] | None = None,
        cache: str | PathLike[str] | None = None,
    ) -> None:
        folder = Path(data).expanduser()
        self.root = folder / RELEASE if (folder / RELEASE).is_dir() else folder
        self.task_types = _check_types(task_types)
        self._cache = None if cache is None else Path(cache)
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._by_id: dict[str, int] = {}

    def list_splits(self) -> tuple[str, ...]:
        present = tuple(name for name in (*SPLITS, *OPTIONAL_SPLITS) if (self.root / name).is_dir())
        return present or SPLITS

    def check_split(self, split: str) -> None:
        if split not in (*SPLITS, *OPTIONAL_SPLITS):  # a missing folder is told, with its path, when it is needed
            super().check_split(split)

    def num_tasks(self, split: str) -> int | None:
        return len(self._list(split))

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return self._read(split, self._list(split)[index])

    def find_task(self, task_id: str) -> Task:
        split = task_id.partition("/")[0]
        if split in (*SPLITS, *OPTIONAL_SPLITS):
            entries = self._list(split)
            index = self._by_id.get(task_id)
            if index is not None:
                return self._read(split, entries[index])
        known = list(self._by_id)
        raise TaskNotFound(f"There is no task {task_id!r} under {self.root}.{did_you_mean(task_id, known[:2000])}")

    def _list(self, split: str) -> tuple[Entry, ...]:
        """The games of a split.

        Raises:
            UnknownSplit: there is no such split.
            DataCorrupt: its folder is missing, or holds no game.
        """
        self.check_split(split)
        if split not in self._entries:
            folder = self.root / split
            if not folder.is_dir():
                raise DataCorrupt(f"Expected ALFWorld's games in the folder {folder}, which does not exist. {DOWNLOAD}")
            found = tuple(one for one in list_games(folder, cache=self._cache) if one.task_type in self.task_types)
            if not found:
                kinds = "" if self.task_types == TASK_TYPES else f" of the types {', '.join(self.task_types)}"
                raise DataCorrupt(f"The folder {folder} holds no playable game{kinds} (game.tw-pddl). {DOWNLOAD}")
            self._entries[split] = found
            self._by_id.update((f"{split}/{one.path}", index) for index, one in enumerate(found))
        return self._entries[split]

    def _read(self, split: str, entry: Entry) -> Task:
        game = read_game(self.root / split / entry.path / "game.tw-pddl")
        return Task(id=f"{split}/{entry.path}", split=split, goal=game.task, data=game, max_turns=game.max_turns)


class ListedTasks(TaskSet):
    """Game files that were named one by one, as the only split, ``train``.

    A task's id is made of the folder and the content of its file, so it is the same wherever the file lies.

    Args:
        games: files, and folders in which all ``game.tw-pddl`` files are meant.
        task_types: only games of these types; None: all.
    """

    def __init__(self, games: Sequence[str | PathLike[str]], *, task_types: Sequence[str | int] | None = None) -> None:
        if isinstance(games, (str, PathLike)):
            raise UnknownOption(f"Expected a list of game files, got one path: games=[{str(games)!r}].")
        self.paths = tuple(Path(game).expanduser() for game in games)
        self.task_types = _check_types(task_types)
        self._found: dict[str, Path] | None = None

    def list_splits(self) -> tuple[str, ...]:
        return ("train",)

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return len(self._files())

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return self._read(list(self._files())[index])

    def find_task(self, task_id: str) -> Task:
        if task_id not in self._files():
            raise TaskNotFound(
                f"There is no task {task_id!r} among the given games.{did_you_mean(task_id, self._files())}"
            )
        return self._read(task_id)

    def _read(self, task_id: str) -> Task:
        game = read_game(self._files()[task_id])
        return Task(id=task_id, split="train", goal=game.task, data=game, max_turns=game.max_turns)

    def _files(self) -> dict[str, Path]:
        """Path by task id, in the order given.

        Raises:
            DataCorrupt: a path does not exist, or there is no game at all.
        """
        if self._found is None:
            files = [file for path in self.paths for file in _expand(path)]
            found = {_content_id(file): file for file in files}
            if self.task_types != TASK_TYPES:
                found = {key: file for key, file in found.items() if read_game(file).goal.task_type in self.task_types}
            if not found:
                raise DataCorrupt(
                    f"None of the paths in games= holds a playable game: {[str(path) for path in self.paths]}."
                )
            self._found = found
        return self._found


def choose_tasks(
    *,
    source: str = "auto",
    data: str | PathLike[str] | None = None,
    games: Sequence[str | PathLike[str]] | None = None,
    task_types: Sequence[str | int] | None = None,
    size: str | None = None,
    rooms: Sequence[str] | None = None,
) -> TaskSet:
    """The tasks that an environment with these arguments plays; their meaning stands at ``ALFWorldEnv``.

    Raises:
        UnknownOption: a value does not exist, or two arguments contradict each other.
    """
    if source not in SOURCES:
        raise UnknownOption(f"There is no source {source!r}.{did_you_mean(source, SOURCES)}")
    folder = data if data is not None else _folder_of_variable()
    files_named = data is not None or games is not None
    if source == "generated" and files_named:
        raise UnknownOption("source='generated' plays no files: leave out data= and games=, or take source='official'.")
    if source == "generated" or (source == "auto" and not files_named and folder is None):
        kinds = None if task_types is None else _check_types(task_types)
        return GeneratedTasks(size=size or "real", task_types=kinds, rooms=None if rooms is None else tuple(rooms))
    if size is not None or rooms is not None:
        raise UnknownOption("size= and rooms= are of generated games: add source='generated', or leave them out.")
    if games is not None:
        if data is not None:
            raise UnknownOption("Both data= and games= say what to play: leave one out.")
        return ListedTasks(games, task_types=task_types)
    if folder is None:
        raise UnknownOption(f"source='official' needs to know where the games are. {DOWNLOAD}")
    return OfficialTasks(folder, task_types=task_types)


def _folder_of_variable() -> str | None:
    """``$ALFWORLD_DATA``, unless it is what ``import alfworld`` sets it to where nobody did: a folder without data."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    unset = Path(folder) == Path("~/.cache/alfworld").expanduser() and not (Path(folder) / RELEASE).is_dir()
    return None if unset else folder


def read_game(path: str | PathLike[str]) -> Game:
    """The game in a ``game.tw-pddl`` file. Read again unchanged, it is the same object.

    Raises:
        DataCorrupt: the file is missing, damaged, or no game of ALFWorld's.
    """
    try:
        stat = os.stat(path)
        return _read_game(os.path.abspath(path), stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise DataCorrupt(
            f"Expected a game file at {path}, but it cannot be read: {error.strerror}. {DOWNLOAD}"
        ) from error
    except (GameFileError, UnicodeDecodeError) as error:
        raise DataCorrupt(
            f"The game file {path} cannot be played: {error}. Put the original file in its place."
        ) from error


@lru_cache(maxsize=256)
def _read_game(path: str, mtime_ns: int, size: int) -> Game:
    return parse_game(Path(path).read_text(encoding="utf-8"), path=path)


def _check_types(task_types: Sequence[str | int] | None) -> tuple[str, ...]:
    """The names of task types that were given by name, or by ALFWorld's numbers from 1 to 6, in its order."""
    if task_types is None:
        return TASK_TYPES
    if isinstance(task_types, str):
        raise UnknownOption(f"Expected several task types, got one text: task_types=[{task_types!r}].")
    named = [
        TASK_TYPES[kind - 1] if isinstance(kind, int) and 1 <= kind <= len(TASK_TYPES) else kind for kind in task_types
    ]
    for kind in named:
        if kind not in TASK_TYPES:
            raise UnknownOption(f"There is no task type {kind!r}.{did_you_mean(str(kind), TASK_TYPES)}")
    if not named:
        raise UnknownOption("task_types is empty: name at least one, or leave it out.")
    return tuple(kind for kind in TASK_TYPES if kind in named)


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("game.tw-pddl"))
    if not path.is_file():
        raise DataCorrupt(f"Expected a game file or a folder of them at {path} (games=), which does not exist.")
    return [path]


def _content_id(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"{file.parent.name or 'game'}-{digest}"
