"""TextArena: its games for one player as a ``TextEnv``. Tested with TextArena 0.7.4.

    env = TextArenaEnv("GuessTheNumber-v0")

TextArena draws from Python's global random generator. Here every environment has a stream of its own, which is put in
the generator's place for the length of a call and taken out again: equal seeds give equal games, whatever else is played.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sge_envs import Reply
from sge_envs.errors import MissingExtra, UnknownOption, did_you_mean
from sge_wrappers.bridges.foreign import ForeignEnv, SeedTasks

try:
    import textarena
    from textarena.envs.registration import ENV_REGISTRY
except ImportError as error:
    raise MissingExtra.of("textarena", package="textarena", purpose="the bridge to TextArena") from error

TESTED = "0.7.4"
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_GLOBAL_RANDOM = threading.Lock()


class TextArenaEnv(ForeignEnv):
    """A TextArena game. The agent is player 0; ``opponents`` (functions from a text to a text) are the other players.

    ``arguments`` go to ``textarena.make``. The reward comes at the end, and is TextArena's own. Games that read word lists
    need NLTK's data, which TextArena downloads. Raises ``UnknownOption`` for a game that does not exist.
    """

    def __init__(
        self,
        game: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        opponents: Sequence[Callable[[str], str]] = (),
        split: str = "train",
        max_turns: int | None = 100,
        solved_at: float = 1.0,
        solver: Callable[[str], str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if game not in ENV_REGISTRY:
            raise UnknownOption(f"TextArena has no game {game!r}.{did_you_mean(game, ENV_REGISTRY)}")
        super().__init__(
            SeedTasks(),
            split=split,
            max_turns=max_turns,
            solved_at=solved_at,
            solver=solver,
            render_mode=render_mode,
        )
        self._game = game
        self._arguments = dict(arguments or {})
        self._opponents = tuple(opponents)
        self._random: Any = None
        self._env: Any = None

    def _open(self, data: int) -> str:
        self._random = random.Random(data).getstate()
        with self._own_random():
            self._env = textarena.make(self._game, **self._arguments)
            self._env.reset(num_players=1 + len(self._opponents), seed=data)
            return self._turn_of_ours()[0]

    def _move(self, action: str) -> Reply:
        with self._own_random():
            try:
                done, _ = self._env.step(action)
            except _UNREADABLE as error:  # a game that trusts its player's text
                return Reply(f"The game could not read this: {error}", error=f"The game could not read this: {error}")
            if not done:
                observation, done = self._turn_of_ours()
                if not done:
                    return Reply(observation)
            rewards, game_info = self._env.close()
        reason = (game_info or {}).get(0, {}).get("reason") or "The game is over."
        return Reply(str(reason), reward=float((rewards or {}).get(0, 0.0)), done=True)

    def _turn_of_ours(self) -> tuple[str, bool]:
        """Let the opponents play until it is our turn; what we see, and whether the game has ended."""
        while True:
            player, observation = self._env.get_observation()
            if player == 0:
                return str(observation), False
            done, _ = self._env.step(self._opponents[player - 1](str(observation)))
            if done:
                return "", True

    @contextlib.contextmanager
    def _own_random(self) -> Iterator[None]:
        with _GLOBAL_RANDOM:
            theirs = random.getstate()
            random.setstate(self._random)
            try:
                yield
            finally:
                self._random = random.getstate()
                random.setstate(theirs)
