"""OpenEnv: a text environment as its server, a client for it, and any OpenEnv server as a ``TextEnv``. Tested with 0.10.0.

    uvicorn.run(make_app(MakeById("sge_envs:SGE-ALFWorld-v0")), port=8000)

Every session has an environment of its own. ``reset`` takes ``seed``, ``split``, ``index`` and ``task_id``; a seed that
is sent is used, so that a group plays one task. The task interface is that of our task sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from sge_envs import Reply, TextEnv
from sge_envs.errors import MissingExtra, UnknownOption
from sge_wrappers.bridges.episodes import MakeEnv, TextEpisode
from sge_wrappers.bridges.foreign import ForeignEnv, SeedTasks, first_text

try:
    from openenv.core import EnvClient
    from openenv.core.client_types import StepResult
    from openenv.core.env_server.http_server import create_app
    from openenv.core.env_server.interfaces import Environment
    from openenv.core.env_server.types import Action, Observation, State
    from openenv.core.generic_client import GenericEnvClient
except ImportError as error:
    raise MissingExtra.of("openenv", package="openenv", purpose="the bridge to OpenEnv") from error

TESTED = "0.10.0"


class TextAction(Action):
    """What an agent does."""

    text: str


class TextObservation(Observation):
    """What an agent sees; ``info`` holds what the environment's ``info`` says, as JSON."""

    text: str = ""
    info: dict[str, Any] = {}  # noqa: RUF012  # pydantic copies it for each observation


class TextState(State):
    """Where the episode stands."""

    total_reward: float = 0.0
    done: bool = False


class ServedEnvironment(Environment):
    """A text environment as OpenEnv's ``Environment``."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, make_env: MakeEnv) -> None:
        super().__init__()
        self._make_env = make_env
        self._episode = TextEpisode(make_env)
        self._id: str | None = None

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        split: str | None = None,
        index: int | None = None,
        task_id: str | None = None,
    ) -> TextObservation:
        """Begin a task: a named one, number ``index`` of ``split``, or one that ``seed`` draws."""
        if index is not None:
            task_id = self._tasks.tasks.get_task(split or self._tasks.split, index).id
        text = self._episode.begin({"seed": seed, "split": split, "task_id": task_id})
        self._id = episode_id if episode_id is not None else str(self._episode.info.get("task_id") or "episode")
        return TextObservation(text=text, info=as_json(self._episode.info))

    def step(self, action: TextAction, timeout_s: float | None = None) -> TextObservation:
        """Play the action. After the end, and before the first ``reset``, the observation says so."""
        if self._episode.over:
            return TextObservation(text="No episode is under way: reset first.", done=True, reward=0.0)
        move = self._episode.act(action.text)
        return TextObservation(text=move.observation, reward=move.reward, done=move.done, info=as_json(move.info))

    @property
    def state(self) -> TextState:
        episode = self._episode
        return TextState(episode_id=self._id, step_count=episode.turns, total_reward=episode.total, done=episode.over)

    def list_splits(self) -> list[str]:
        return list(self._tasks.tasks.list_splits())

    def num_tasks(self, split: str) -> int:
        """The number of tasks; of an endless split, how many indices there are (2**31)."""
        number = self._tasks.tasks.num_tasks(split)
        return 2**31 if number is None else number

    def get_task(self, split: str, index: int) -> dict[str, Any]:
        """Raises ``IndexError`` where there is no such task, as OpenEnv wants it."""
        try:
            task = self._tasks.tasks.get_task(split, index)
        except LookupError as missing:
            raise IndexError(str(missing)) from missing
        return {"id": task.id, "index": index, "split": task.split, "goal": task.goal}

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:
        """The tasks from ``start`` to before ``stop``, at most 1,000 of them."""
        first, last, _ = slice(start, stop).indices(self.num_tasks(split))
        return [self.get_task(split, index) for index in range(first, min(last, first + 1000))]

    def list_tasks(self, split: str) -> list[dict[str, Any]]:
        """The first 1,000 tasks of a split."""
        return self.get_task_range(split)

    def close(self) -> None:
        self._episode.close()

    @cached_property
    def _tasks(self) -> TextEnv:
        """An environment that is only asked for its tasks."""
        env = self._make_env()
        base = env.unwrapped
        if not isinstance(base, TextEnv):
            raise UnknownOption(f"{env} has no list of tasks: choose its episodes by seed.")
        return base


def make_app(make_env: MakeEnv, *, name: str = "text", max_sessions: int = 64) -> Any:
    """The FastAPI application that serves the environment, for uvicorn; at most ``max_sessions`` episodes at once."""

    def factory() -> ServedEnvironment:
        return ServedEnvironment(make_env)

    return create_app(
        factory, TextAction, TextObservation, env_name=name, max_concurrent_envs=max_sessions, state_cls=TextState
    )


class TextClient(EnvClient):
    """A client with texts for a server of :func:`make_app`: ``with TextClient(base_url=url).sync() as env: ...``."""

    def _step_payload(self, action: TextAction | str) -> dict[str, Any]:
        return {"text": action if isinstance(action, str) else action.text}

    def _parse_result(self, payload: Mapping[str, Any]) -> Any:
        reward, done = payload.get("reward"), bool(payload.get("done", False))
        observation = TextObservation(**payload["observation"], reward=reward, done=done)
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: Mapping[str, Any]) -> TextState:
        return TextState(**payload)


class OpenEnvText(ForeignEnv):
    """An OpenEnv server as a ``TextEnv``. Its tasks are seeds, which ``reset`` sends.

    * ``to_action``: from a text to the fields of the server's action. A ``ValueError`` of it, and an action that the
      server refuses, become an ``action_error``; a server that does not answer raises.
    * ``to_text``: from the fields of its observation to a text.
    """

    def __init__(
        self,
        base_url: str,
        *,
        to_action: Callable[[str], Mapping[str, Any]] = lambda text: {"text": text},
        to_text: Callable[[Mapping[str, Any]], str] = first_text,
        split: str = "train",
        max_turns: int | None = 50,
        solved_at: float = 1.0,
        solver: Callable[[str], str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            SeedTasks(),
            split=split,
            max_turns=max_turns,
            solved_at=solved_at,
            solver=solver,
            render_mode=render_mode,
        )
        self._url = base_url
        self._to_action = to_action
        self._to_text = to_text
        self._client: Any = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        super().close()

    def _open(self, data: int) -> str:
        if self._client is None:
            self._client = GenericEnvClient(base_url=self._url).sync()
            self._client.connect()
        return self._to_text(self._client.reset(seed=data).observation)

    def _move(self, action: str) -> Reply:
        try:
            result = self._client.step(dict(self._to_action(action)))
        except ValueError as error:
            return Reply(f"The action was not read: {error}", error=f"The action was not read: {error}")
        except RuntimeError as error:
            refused = "(code: VALIDATION_ERROR)", "(code: EXECUTION_ERROR)"
            if not str(error).endswith(refused):
                raise
            return Reply(str(error), error=str(error))
        return Reply(self._to_text(result.observation), reward=float(result.reward or 0.0), done=bool(result.done))


def as_json(info: Mapping[str, Any]) -> dict[str, Any]:
    """``info`` with nothing but JSON: tuples become lists, NumPy numbers Python's, bytes and objects are left out."""
    return {key: _plain(value) for key, value in info.items() if not isinstance(_plain(value), _Left)}


class _Left:
    """What JSON cannot hold."""


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, Mapping):
        return as_json({str(key): item for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return [plain for item in value if not isinstance(plain := _plain(item), _Left)]
    return _Left()


__all__ = [
    "TESTED",
    "OpenEnvText",
    "ServedEnvironment",
    "TextAction",
    "TextClient",
    "TextObservation",
    "TextState",
    "as_json",
    "make_app",
]
