"""TurnGame: a text environment that two agents play, one after the other."""

from __future__ import annotations

import abc
from typing import Any, Literal

import gymnasium
from gymnasium.spaces import Text

from sge_envs import FreeText, ResetNeeded
from sge_envs.texts import as_text, shorten
from sge_wrappers.layer import Info, Step, require_text

MAX_SAID = 2_000
"""Characters of what one agent says to another; longer texts lose their middle."""

Rewards = Literal["shared", "separate"]


class TurnGame(abc.ABC):
    """Who is to move, what everybody sees and earned. A subclass writes ``_begin`` and ``_move``.

    ``observations``, ``rewards`` (of the last move) and ``infos`` have an entry for each of ``players``; ``infos`` are
    the environment's, with ``to_move``: is it this player's turn. ``room`` is how much longer than the environment's
    an observation can be.

    Raises:
        NotText: the environment has other spaces than text.
    """

    players: tuple[str, ...]
    room: int

    def __init__(self, env: gymnasium.Env[str, str]) -> None:
        require_text(env, type(self).__name__)
        self.env = env
        self.to_move = self.players[0]
        self.over = True
        self.terminated = self.truncated = False
        self.observations: dict[str, str] = {}
        self.rewards: dict[str, float] = {}
        self.infos: dict[str, Info] = {}
        space = env.observation_space
        longest = space.max_length if isinstance(space, Text) else 0
        self.observation_space = FreeText(longest + self.room)

    def begin(self, seed: int | None, options: dict[str, Any] | None) -> None:
        """A new episode. PettingZoo's own tests pass an option called "options", which is left out."""
        options = {name: value for name, value in (options or {}).items() if name != "options"}
        observation, info = self.env.reset(seed=seed, options=options or None)
        self.over = self.terminated = self.truncated = False
        self.to_move = self.players[0]
        self.rewards = dict.fromkeys(self.players, 0.0)
        self._begin(observation, info)
        self._publish(info)

    def play(self, text: str) -> None:
        """The player who is to move says or does ``text``.

        Raises:
            NotText: it is no ``str``.
            ResetNeeded: there is no episode.
        """
        if self.over:
            raise ResetNeeded("No episode is running: call reset() first.")
        self.rewards = dict.fromkeys(self.players, 0.0)
        self._publish(self._move(as_text(text)))

    @abc.abstractmethod
    def _begin(self, observation: str, info: Info) -> None:
        """The environment was reset: forget the episode before."""

    @abc.abstractmethod
    def _move(self, text: str) -> Info:
        """The player who is to move says ``text``; the environment's latest ``info``."""

    @abc.abstractmethod
    def _observe(self, player: str) -> str:
        """What ``player`` sees now."""

    def _take(self, step: Step) -> str:
        """Note how the environment went on; its observation. Its reward goes to everybody."""
        observation, reward, self.terminated, self.truncated, _ = step
        self.over = self.terminated or self.truncated
        self.rewards = dict.fromkeys(self.players, float(reward))
        return observation

    def _publish(self, info: Info) -> None:
        self.infos = {player: {**info, "to_move": not self.over and player == self.to_move} for player in self.players}
        limit = self.observation_space.max_length
        self.observations = {player: shorten(self._observe(player), limit) for player in self.players}
