"""TextWorld's generated challenges as splits of tasks; each game is made once and kept in the user's cache."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sge_envs.cache import cache_folder
from sge_envs.errors import DataCorrupt, MissingExtra, TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet

SPLITS = ("train", "valid", "test")

COOKING = (
    {"recipe": 1, "take": 1, "go": 1},
    {"recipe": 1, "take": 1, "go": 1, "cook": True},
    {"recipe": 1, "take": 1, "go": 1, "cook": True, "cut": True},
    {"recipe": 1, "take": 1, "go": 6, "open": True},
    {"recipe": 2, "take": 2, "go": 6, "open": True, "cook": True},
    {"recipe": 3, "take": 3, "go": 6, "open": True, "cook": True, "cut": True},
    {"recipe": 3, "take": 3, "go": 9, "open": True, "cook": True, "cut": True},
    {"recipe": 3, "take": 3, "go": 12, "open": True, "cook": True, "cut": True, "drop": True},
)
"""What the levels of the cooking challenge ask for, from level 1: ingredients, rooms, doors, cooking, cutting, small
hands."""

LEVELS = {"coin_collector": 300, "treasure_hunter": 30, "cooking": len(COOKING)}
"""The highest level of each challenge; the lowest is 1."""

MOST_GAMES = 2**30
"""Games in a split: so many have seeds of their own."""

_MINUTES = 10  # the largest games take some; more means that something hangs


class ChallengeTasks(TaskSet):
    """The games of one challenge at one level, in three splits that share no seed.

    A game is generated when it is first played (seconds), in a process of its own, since TextWorld's generator
    depends on Python's hash seed. Its files stay in the user's cache folder.

    Args:
        challenge: ``"coin_collector"``, ``"treasure_hunter"`` or ``"cooking"``.
        level: from 1 to ``LEVELS[challenge]``; TextWorld 1.7 has no coin collector games of more than 100 rooms.
        num_games: how many games each split has. Each takes seconds to make, so they are worth playing again.
        cache: where the games are kept; None: the user's cache folder.

    Raises:
        UnknownOption: no such challenge or level, or no game at all.
    """

    def __init__(self, challenge: str, level: int, *, num_games: int = 100, cache: Path | None = None) -> None:
        if challenge not in LEVELS:
            raise UnknownOption(f"There is no challenge {challenge!r}.{did_you_mean(str(challenge), LEVELS)}")
        rooms = ((level - 1) // 100 + 1) * ((level - 1) % 100 + 1) if challenge == "coin_collector" else 0
        if not 1 <= level <= LEVELS[challenge] or rooms > 100:
            raise UnknownOption(
                f"Expected a level of {challenge} from 1 to {LEVELS[challenge]}"
                f"{' with at most 100 rooms' if rooms > 100 else ''}, got {level}."
            )
        if not 1 <= num_games <= MOST_GAMES:
            raise UnknownOption(f"Expected num_games from 1 to {MOST_GAMES:,}, got {num_games}.")
        self.challenge = challenge
        self.level = level
        self.num_games = num_games
        self._cache = cache

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return self.num_games

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        path = self._make(split, index)
        return Task(id=f"{self._prefix}/{split}/{index}", split=split, goal=read_objective(path), data=str(path))

    def find_task(self, task_id: str) -> Task:
        found = re.fullmatch(rf"{self._prefix}/({'|'.join(SPLITS)})/(0|[1-9][0-9]*)", task_id)
        if found is None:
            raise TaskNotFound(f"No task has the id {task_id!r}; ids here look like '{self._prefix}/train/17'.")
        return self.get_task(found[1], int(found[2]))

    @property
    def _prefix(self) -> str:
        return f"{self.challenge}-{self.level}"

    def _make(self, split: str, index: int) -> Path:
        """The game's ``.z8`` file, with its ``.json`` beside it, made if it is not there yet."""
        folder = (self._cache or cache_folder()) / f"textworld-{_find_version()}"
        path = folder / f"{self._prefix}-{split}-{index}.z8"
        if not path.is_file():
            options = {"split": split} if self.challenge == "cooking" else {}
            settings = {"level": self.level} if self.challenge != "cooking" else {**COOKING[self.level - 1], **options}
            make_game(path, challenge=self.challenge, settings=settings, seed=scatter(split, index))
        return path


def scatter(split: str, index: int) -> int:
    """The 32-bit seed of a task: no two tasks of any splits share one, for indices below ``MOST_GAMES``.

    Splits take every third number, and an odd factor modulo 2**32, which maps no two numbers to one, scatters them.
    """
    return (3 * index + SPLITS.index(split)) * 2_654_435_761 % 2**32


def make_game(path: Path, *, challenge: str, settings: Mapping[str, Any], seed: int) -> None:
    """Generate and compile a game at ``path``, in a process of its own with a fixed hash seed.

    Raises:
        DataCorrupt: the generator failed; its last words are in the message.
    """
    run_maker(path, {"challenge": challenge, "settings": dict(settings), "seed": seed})


def compile_json(source: Path, path: Path) -> None:
    """Compile the game that a ``.json`` file describes to ``path``.

    Raises:
        DataCorrupt: the file is no TextWorld game, or cannot be compiled.
    """
    run_maker(path, {"source": str(source)})


def run_maker(path: Path, order: Mapping[str, Any]) -> None:
    """Let the maker write its files beside ``path`` and move them there when they are whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        command = [sys.executable, "-m", "sge_envs.textworld.maker", str(draft), json.dumps(order)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60 * _MINUTES, check=False
        )
        if done.returncode != 0 or not draft.is_file():
            words = (done.stderr.strip() or "nothing").splitlines()[-1]
            raise DataCorrupt(f"TextWorld could not make the game {path.name} from {dict(order)}. It said: {words}")
        os.replace(draft.with_suffix(".json"), path.with_suffix(".json"))
        os.replace(draft, path)  # last: where this file is, the other one is too


def read_objective(path: Path) -> str:
    """The objective in a game's ``.json`` file, or the task in a ``.tw-pddl``; ``"play <name>"`` where there is none.

    Raises:
        DataCorrupt: the file is damaged.
    """
    described = path if path.suffix == ".tw-pddl" else path.with_suffix(".json")
    if not described.is_file():
        return f"play {path.stem}"
    try:
        content = json.loads(described.read_text(encoding="utf-8"))
        task = re.search(r'Your task is to: ([^"]*)"', str(content.get("grammar")))
        return task[1] if task else str(content.get("objective") or f"play {path.stem}")
    except (OSError, ValueError, AttributeError) as error:
        raise DataCorrupt(f"The game {described} cannot be read ({error}): make it again.") from error


def _find_version() -> str:
    try:
        return version("textworld")
    except ImportError as error:
        raise MissingExtra.of("textworld", package="textworld", purpose="Making TextWorld's games") from error
