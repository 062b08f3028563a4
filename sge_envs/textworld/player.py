"""One TextWorld game in the real engine, behind a lock: what it says, what can be done, what it is worth."""

from __future__ import annotations

import hashlib
import importlib
import sys
import warnings
from typing import Any

from sge_envs.alfworld.reference import LOCK, open_pddl
from sge_envs.errors import DataCorrupt, MissingExtra


class Player:
    """A game that is being played. Nothing of textworld is imported before the first ``start``.

    Raises:
        MissingExtra: at ``start``, if textworld is not installed.
        DataCorrupt: at ``start``, if the file is no game.
    """

    def __init__(self) -> None:
        self._env: Any = None
        self._path = ""
        self._state: Any = None

    def start(self, path: str, *, seed: int) -> str:
        """Begin the game in a file; the first text."""
        with LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the interpreter knows no walkthrough of a new game, and says so each time
            if self._path != path:
                self.close()
                self._env = _open(path)
                self._path = path
            self._env.seed(seed)  # for games that roll dice
            self._state = self._env.reset()
            return str(self._state.feedback)

    def step(self, command: str) -> str:
        """The answer to a command."""
        with LOCK:
            self._state, _, _ = self._env.step(command)
            return str(self._state.feedback)

    @property
    def admissible(self) -> tuple[str, ...] | None:
        """The commands that do something, sorted; None where the game's description is missing."""
        commands = self._state.get("admissible_commands")
        return None if commands is None else tuple(commands)

    @property
    def way(self) -> list[str]:
        """Commands that win from here, as far as the game's description tells."""
        return list(self._state.get("policy_commands") or ())

    @property
    def score(self) -> int:
        """Points so far."""
        return int(self._state.get("score") or 0)

    @property
    def max_score(self) -> int:
        """Points that can be had; 0 where nobody knows."""
        return int(self._state.get("max_score") or 0)

    @property
    def won(self) -> bool:
        """Whether the game said so."""
        return bool(self._state.get("won"))

    @property
    def lost(self) -> bool:
        """Whether the game said so."""
        return bool(self._state.get("lost"))

    @property
    def key(self) -> str | None:
        """A text that is equal for equal facts of the world; None where the game's description is missing."""
        facts = self._state.get("_facts")
        if facts is None:
            return None
        text = "\n".join(sorted(map(str, facts)))
        return hashlib.sha256(f"{text}\n{self.score}".encode()).hexdigest()[:32]

    def close(self) -> None:
        """End the interpreter; a second call is legal."""
        with LOCK:
            if self._env is not None:
                self._env.close()
            self._env, self._path = None, ""


def _open(path: str) -> Any:
    if path.endswith(".tw-pddl"):
        return open_pddl(path)
    argv = sys.argv
    try:
        textworld = importlib.import_module("textworld")
    except ImportError as error:
        raise MissingExtra.of("textworld", package="textworld", purpose="Playing TextWorld games") from error
    infos = textworld.EnvInfos(
        admissible_commands=True, policy_commands=True, score=True, max_score=True, won=True, lost=True
    )
    try:
        return textworld.start(path, infos)
    except (OSError, ValueError, KeyError, NotImplementedError, SystemExit) as error:
        raise DataCorrupt(
            f"TextWorld cannot play {path} ({error!r}): make the game again, or take another one."
        ) from error
    finally:
        sys.argv = argv
