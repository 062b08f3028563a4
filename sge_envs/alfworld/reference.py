"""The real engine, alfworld 0.4 on textworld 1.7, played many times faster and with the same texts.

Nearly all of its time goes into parsing the grammar again for every admissible command and translating the same PDDL
again for every reset. Here both are remembered, and texts are derived without deep copies. The rules, the planner
library, the grammar and the naming are the packages' own.

Nothing of the packages is imported before a game is opened. Neither of them can be used by two threads at once (they
share parsers, a module of options and ``sys.stdout``), so one lock guards every call.
"""

from __future__ import annotations

import json
import sys
import threading
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sge_envs.alfworld.export import export_game
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.install import import_real
from sge_envs.errors import DataCorrupt

LOCK = threading.RLock()
"""Held during every call into the packages."""


class RealEngine(Protocol):
    """One game at a time in the real engine."""

    def start(self, game: Game) -> str:
        """Begin a game; the first observation."""

    def step(self, command: str) -> tuple[str, bool]:
        """The answer to a command, and whether the game is won."""

    def admissible(self) -> tuple[str, ...]:
        """The admissible commands, in the real engine's order."""

    def close(self) -> None:
        """Leave the planner library to the next engine; a second call is legal."""


def open_engine() -> RealEngine:
    """A real engine. The first one of a process takes seconds: it imports the packages.

    Raises:
        MissingExtra: the extra ``alfworld`` is not installed.
    """
    with LOCK:
        return _Engine(_load_factory())


def open_pddl(path: str) -> Any:
    """A textworld environment with one ``.tw-pddl`` file loaded, whatever rules and texts it brings.

    Raises:
        MissingExtra: the extra ``alfworld`` is not installed.
        DataCorrupt: the file cannot be played.
    """
    with LOCK:
        env = _load_factory()()
        try:
            env.load(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            env.release()
            raise DataCorrupt(f"The real engine cannot play {path} ({error!r}).") from error
        return env


def game_data(game: Game) -> dict[str, Any]:
    """The content of the game's file: the file itself where it came from one, else as it would be exported."""
    path = game.meta.get("path")
    if path is None:
        return export_game(game)
    data: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return data


class _Engine:
    """A textworld environment behind the lock. One copy of the planner library serves all its games, then the next
    engine."""

    def __init__(self, make_env: Callable[[], Any]) -> None:
        self._env: Any = make_env()
        self._release = weakref.finalize(self, self._env.release)
        self._game: Game | None = None
        self._commands: tuple[str, ...] = ()

    def start(self, game: Game) -> str:
        with LOCK:
            if self._game is not game:
                self._game = None  # a game that does not load leaves none behind
                try:
                    self._env.load(game_data(game))
                except KeyError as error:
                    # The translator replaces a game whose goal is out of reach by one about things that do not exist.
                    raise DataCorrupt(
                        f"The real engine plays no game whose goal can never hold: {game.task!r}"
                    ) from error
                self._game = game
            state = self._env.reset()
            self._commands = tuple(state["admissible_commands"])
            return str(state.feedback)

    def step(self, command: str) -> tuple[str, bool]:
        with LOCK:
            state, _, _ = self._env.step(command)
            self._commands = tuple(state["admissible_commands"])
            return str(state.feedback), bool(state["won"])

    def admissible(self) -> tuple[str, ...]:
        return self._commands

    def close(self) -> None:
        with LOCK:
            self._release()
            self._env = None


@cache
def _load_factory() -> Callable[[], Any]:
    """The class of our faster PddlEnv, made when the packages are first needed."""
    import_real("alfworld")
    import_real("textworld")
    before = sys.argv
    try:
        from sge_envs.alfworld import real  # its module level needs the packages
    finally:
        sys.argv = before
    return real.CachedEnv
