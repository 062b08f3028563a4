"""Engines that are compiled once per game and shared by all environments of the process."""

from __future__ import annotations

from functools import lru_cache

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import Game


class _Identity:
    """A game as the key of a cache: equal only to itself, so that nothing has to be compared."""

    __slots__ = ("game",)

    def __init__(self, game: Game) -> None:
        self.game = game

    def __hash__(self) -> int:
        return id(self.game)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.game is self.game


def compile_game(game: Game, text_version: str | None = None) -> Engine:
    """The engine of a game; asked again for the same object, the same engine (engines never change)."""
    return _compile(_Identity(game), text_version)


@lru_cache(maxsize=256)
def _compile(key: _Identity, text_version: str | None) -> Engine:
    return Engine(key.game, text_version=text_version)
