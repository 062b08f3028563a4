"""TextWorld as a gymnasium environment: game files and generated challenges through the real engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike

from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import ResetNeeded, SGEError, UnknownOption
from sge_envs.tasks import Task, TaskSet
from sge_envs.textworld.challenges import ChallengeTasks
from sge_envs.textworld.files import FileTasks
from sge_envs.textworld.player import Player

MAX_TURNS = 100
LONGEST_COMMAND = 200
"""Characters that the interpreter reads; it would cut longer commands without a word."""

_META = frozenset(
    (
        *(
            "save",
            "restore",
            "restart",
            "quit",
            "q",
            "die",
            "undo",
            "oops",
            "script",
            "transcript",
            "noscript",
            "unscript",
        ),
        *("verify", "version", "notify", "pronouns", "superbrief", "verbose", "brief"),
    )
)
"""Commands to the interpreter: they write files, end it, or change how it speaks."""

_BANNER = re.compile(r"\A\s*_{8}[\s\\/|$_>]*\n\s*\n(?=\S)")
_STATUS = re.compile(r"\n*>?[ \t]*(?:-=[^\n]*=-)?-?\d+/\d+[ \t]*\Z")
_GAPS = re.compile(r"\n{3,}")


class NoWayToWin(SGEError, LookupError):
    """The game's description knows no way to win from here, or there is no description."""


class TextWorldEnv(TextEnv):
    """TextWorld's games. The reward is the gain in score as a share of all points, so an episode's best sum is 1.

    Snapshots are played again. ``admissible_actions``, ``state_key`` and ``oracle`` need the game's ``.json`` file,
    which TextWorld writes beside every ``.z8``. Commands to the interpreter itself (save, restart, quit, ...) are
    refused.

    Args:
        games: game files (``.z1`` to ``.z8``, ``.json``, ``.tw-pddl``) to play instead of a challenge.
        challenge: ``"coin_collector"``, ``"treasure_hunter"`` or ``"cooking"``; its games are generated, once each.
        level: of the challenge, from 1.
        num_games: how many games each split of a challenge has.
        split: of a challenge ``"train"``, ``"valid"`` or ``"test"``; of game files ``"train"``.
        max_turns: the horizon; None: unlimited.
        plain: leave out the banner, the status line and empty lines; False: every character that TextWorld says.
        render_mode: ``"ansi"`` or None.

    Raises:
        UnknownOption, UnknownSplit: an argument has a value that does not exist.
        MissingExtra: at the first ``reset``, if the package textworld is not installed.
        DataCorrupt: at ``reset``, if a game cannot be read or made.
    """

    def __init__(
        self,
        *,
        games: Sequence[str | PathLike[str]] | None = None,
        challenge: str | None = None,
        level: int | None = None,
        num_games: int = 100,
        split: str = "train",
        max_turns: int | None = MAX_TURNS,
        plain: bool = True,
        render_mode: str | None = None,
    ) -> None:
        tasks: TaskSet
        if games is None:
            tasks = ChallengeTasks(challenge or "coin_collector", 5 if level is None else level, num_games=num_games)
        elif challenge is None and level is None:
            tasks = FileTasks(games)
        else:
            raise UnknownOption("Game files have no challenge and no level: leave out games=, or the other two.")
        super().__init__(tasks, split=split, max_turns=max_turns, render_mode=render_mode)
        self.plain = plain
        self._player: Player | None = None

    def oracle(self) -> str:
        """The next command of a way to win.

        Raises:
            NoWayToWin: none is known.
        """
        way = self._playing().way
        if not way:
            raise NoWayToWin(f"No way to win the task {self.task.id!r} is known from here: call reset().")
        return way[0]

    def close(self) -> None:
        """End the interpreter and the environment."""
        if self._player is not None:
            self._player.close()
        super().close()

    def _start(self, task: Task) -> str:
        if self._player is None:
            self._player = Player()
        return self._tidy(self._player.start(task.data, seed=int(self.np_random.integers(2**31))))

    def _act(self, action: str) -> Reply:
        player = self._playing()
        command = " ".join(action.split())
        refusal = _refuse(command)
        if refusal is not None:
            return Reply(refusal, error=refusal)
        before, key = player.score, player.key
        legal = player.admissible
        observation = self._tidy(player.step(command))
        done = player.won or player.lost
        if legal is not None and command not in legal and player.key == key and not done:
            return Reply(
                observation, error=f"The game did nothing: {command[:60]!r} is none of its admissible commands."
            )
        gain = player.score - before
        total = player.max_score
        reward = gain / total if total else float(gain)
        return Reply(observation, reward=reward, done=done)

    def _verdict(self) -> Verdict:
        player = self._playing()
        share = min(1.0, max(0.0, player.score / player.max_score)) if player.max_score else 0.0
        points = f"{player.score} of {player.max_score} points" if player.max_score else f"{player.score} points"
        if player.won:
            return Verdict(True, 1.0, "won", f"You have won the game, with {points}.")
        end = "You lost the game" if player.lost else "You did not finish the game"
        outcome = f"{'lost' if player.lost else 'open'}:{player.score}/{player.max_score}"
        return Verdict(False, share, outcome, f"{end}; you have {points}.")

    def _state_key(self) -> str | None:
        return self._playing().key

    def _admissible(self) -> tuple[str, ...] | None:
        return self._playing().admissible

    def _tidy(self, text: str) -> str:
        if not self.plain:
            return text
        return _GAPS.sub("\n\n", _STATUS.sub("", _BANNER.sub("", text))).strip()

    def _playing(self) -> Player:
        if self._player is None:
            raise ResetNeeded("No game is being played: call reset() first.")
        return self._player


def _refuse(command: str) -> str | None:
    """Why a command must not reach the interpreter; None if it may."""
    if not command:
        return "The command is empty."
    if not command.isascii() or not command.isprintable():
        return "The game reads plain letters only."
    if len(command) > LONGEST_COMMAND:
        return f"The command has {len(command)} characters, and the game reads at most {LONGEST_COMMAND}."
    word = command.lower().split()[0]
    if word in _META or word.startswith("tw-"):
        return f"{word!r} speaks to the interpreter and is no part of the game."
    return None
