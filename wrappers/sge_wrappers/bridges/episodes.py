"""What all bridges share: a text environment by name, and one episode of it played through texts."""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium

from sge_agent.heads import ActionHead
from sge_agent.prompts import TAGS
from sge_agent.tasks import find_tasks
from sge_envs.errors import MissingExtra, SGEError

MakeEnv = Callable[[], gymnasium.Env[str, str]]
"""Makes one text environment; called once for each episode that is under way at the same time."""

TASK_KEYS = ("seed", "split", "task_id")
"""The columns of a row of data that say which task it is; all others are passed over."""


class EpisodeOver(SGEError):
    """An action came after the end of the episode."""


def require(package: str, *, extra: str, purpose: str) -> Any:
    """The imported ``package``. Raises ``MissingExtra``, with the command that installs it, where it is missing."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtra.of(extra, package=package.partition(".")[0], purpose=purpose) from error


@dataclass(frozen=True, slots=True)
class MakeById:
    """A :data:`MakeEnv` that can be pickled and written into a settings file: an id and the arguments of the env.

    ``MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated"})`` makes one from settings.
    """

    id: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> MakeById:
        """Raises ``ValueError`` where the settings name no ``id``."""
        if not isinstance(settings.get("id"), str):
            raise ValueError(
                f"expected the settings of an environment with its id, such as "
                f"{{'id': 'sge_envs:SGE-ALFWorld-v0'}}, got {dict(settings)!r}"
            )
        return cls(settings["id"], tuple((key, value) for key, value in settings.items() if key != "id"))

    def __call__(self) -> gymnasium.Env[str, str]:
        # gymnasium's own checker would look at every text of every turn
        return gymnasium.make(self.id, disable_env_checker=True, **dict(self.arguments))


def task_rows(make_env: MakeEnv, *, count: int, split: str = "") -> list[dict[str, Any]]:
    """Rows of data for ``count`` different tasks, with the columns ``seed``, ``split`` and ``task_id`` that the env knows.

    Raises ``RunError`` when the env has fewer tasks, or no such split.
    """
    env = make_env()
    try:
        found = find_tasks(env, name="the environment", split=split, count=count)
    finally:
        env.close()
    return [{"seed": ref.seed, **ref.options} for ref in found]


def read_action(text: str) -> str:
    """The action in what a model wrote: the first line inside ``<action>``, or of the whole text where it has no tag."""
    return _ACTION.parse(text)


def read_program(text: str) -> str:
    """The same for actions of several lines, such as programs."""
    return _PROGRAM.parse(text)


_ACTION = ActionHead(TAGS.action, forced=False)
_PROGRAM = ActionHead(TAGS.action, forced=False, multiline=True)

ASK = f"{TAGS.system}\n\n{TAGS.ask_strategy}"
"""What a model is told where a library leaves that to the environment: strategy first, then the action, in tags."""


@dataclass(frozen=True, slots=True)
class Move:
    """What an action led to."""

    observation: str
    reward: float
    done: bool
    info: Mapping[str, Any]


class TextEpisode:
    """One environment and the episode that is played in it. Made when it is first needed, closed with its owner.

    ``actions_shown``: how many admissible actions every observation lists, where the env names them.
    """

    def __init__(self, make_env: MakeEnv, *, actions_shown: int = 0) -> None:
        self.total = 0.0
        self.turns = 0
        self.over = True
        self.failed = False
        self.info: Mapping[str, Any] = {}
        self._make_env = make_env
        self._actions_shown = actions_shown
        self._env: gymnasium.Env[str, str] | None = None
        self._close: weakref.finalize[Any, Any] | None = None

    @property
    def success(self) -> bool:
        """The env's own verdict where it gives one, else a positive sum of rewards."""
        verdict = self.info.get("success")
        return bool(verdict) if verdict is not None else self.total > 0

    def begin(self, row: Mapping[str, Any]) -> str:
        """Start the task that ``row`` names (``seed``, ``split``, ``task_id``); the goal and the first observation."""
        if self._env is None:
            self._env = self._make_env()
            self._close = weakref.finalize(self, self._env.close)
        seed = row.get("seed")
        options = {key: str(row[key]) for key in ("split", "task_id") if row.get(key)}
        self.total, self.turns, self.over, self.failed = 0.0, 0, True, True
        observation, self.info = self._env.reset(seed=None if seed is None else int(seed), options=options or None)
        self.over, self.failed = False, False
        goal = str(self.info.get("goal") or "")
        return self._shown(f"{goal}\n\n{observation}" if goal and goal not in observation else observation)

    def act(self, action: object) -> Move:
        """Play ``action``. One that is no text is not played: the observation says so.

        Raises ``EpisodeOver`` when no episode is under way, and what a broken env raises; ``failed`` is set then.
        """
        if self.over:
            raise EpisodeOver("The episode is over: no further action is possible.")
        if not isinstance(action, str):
            error = f"The action was not read: it must be a text, not {_kind(action)}."
            return Move(error, 0.0, False, {**self.info, "action_error": error})
        assert self._env is not None
        self.over = self.failed = True
        observation, reward, terminated, truncated, self.info = self._env.step(action)
        self.over, self.failed = bool(terminated or truncated), False
        self.total += float(reward)
        self.turns += 1
        return Move(observation if self.over else self._shown(observation), float(reward), self.over, self.info)

    def close(self) -> None:
        """Close the env; legal at any time. A later ``begin`` makes a new one."""
        if self._close is not None:
            self._close()
        self._env, self._close, self.over = None, None, True

    def _shown(self, observation: str) -> str:
        actions = self.info.get("admissible_actions") or ()
        if not self._actions_shown or not actions:
            return observation
        items = "".join(TAGS.action_item.format(action=action) for action in actions[: self._actions_shown])
        return f"{observation}\n\n{TAGS.actions.format(actions=items)}".rstrip("\n")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", int: "a number", float: "a number", bool: "a truth value"}
    return "nothing" if value is None else names.get(type(value), f"a {type(value).__name__}")
