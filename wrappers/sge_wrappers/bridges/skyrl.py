"""SkyRL: a text environment as its ``BaseTextEnv``. Tested with skyrl-gym 0.4.0.

    skyrl_gym.register(id="text", entry_point="sge_wrappers.bridges.skyrl:SkyRLTextEnv")

with the environment in the trainer's settings of it (``env_config``: ``id`` and the arguments of the environment), and the
task in the row of data (``extras``: ``seed``, ``split``, ``task_id``, on top or under ``extra_info``).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.episodes import ASK, TASK_KEYS, MakeById, TextEpisode, read_action, read_program

try:
    from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput
except ImportError as error:
    raise MissingExtra.of("skyrl", package="skyrl-gym", purpose="the bridge to SkyRL") from error

TESTED = "0.4.0"
OWN = ("instruction", "multiline", "actions_shown")


class SkyRLTextEnv(BaseTextEnv):
    """One episode. SkyRL makes a new one for each, and may call it from any thread.

    Settings besides those of the environment: ``instruction`` (a system message; "" for none), ``multiline`` (actions are
    programs) and ``actions_shown``. Raises ``ValueError`` where the settings name no ``id``.
    """

    def __init__(self, env_config: Mapping[str, Any], extras: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        own = {key: env_config[key] for key in OWN if key in env_config}
        make_env = MakeById.of({str(key): value for key, value in env_config.items() if key not in OWN})
        self._episode = TextEpisode(make_env, actions_shown=int(own.get("actions_shown", 0)))
        self._instruction = str(own.get("instruction", ASK))
        self._read = read_program if own.get("multiline") else read_action
        self._row = row_of(extras or {})
        self._lock = threading.Lock()

    def init(self, prompt: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, Any]]:
        """The prompt of the data, the instruction and the first observation as messages."""
        with self._lock:
            observation = self._episode.begin(self._row)
        head = [{"role": "system", "content": self._instruction}] if self._instruction else []
        spoken = [*(prompt if any(m["role"] == "system" for m in prompt) else [*head, *prompt])]
        return _joined([*spoken, {"role": "user", "content": observation}]), {}

    def step(self, action: str) -> Any:
        """Play the action in what the model wrote. The last observation is left out: nothing follows it."""
        with self._lock:
            move = self._episode.act(self._read(action))
            self.turns = self._episode.turns
        observations = [] if move.done else [{"role": "user", "content": move.observation}]
        return BaseTextEnvStepOutput(
            observations=observations, reward=move.reward, done=move.done, metadata=verdict_of(move.info)
        )

    def get_metrics(self) -> dict[str, Any]:
        with self._lock:
            episode = self._episode
            return {"success": float(episode.success), "turns": episode.turns, "episode_return": episode.total}

    def close(self) -> None:
        with self._lock:
            self._episode.close()


def row_of(extras: Mapping[str, Any]) -> dict[str, Any]:
    """Which task a row of data names: its columns, or those under ``extra_info``."""
    inner = extras.get("extra_info")
    merged = {**(inner if isinstance(inner, Mapping) else {}), **extras}
    return {key: merged[key] for key in TASK_KEYS if merged.get(key) is not None}


def verdict_of(info: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``info`` is worth logging."""
    keys = ("success", "progress", "outcome", "feedback", "action_error", "task_id")
    return {key: info[key] for key in keys if key in info}


def _joined(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Consecutive user messages become one: many chat templates want the roles to take turns."""
    joined: list[dict[str, str]] = []
    for message in messages:
        if joined and message["role"] == joined[-1]["role"] == "user":
            joined[-1] = {**joined[-1], "content": f"{joined[-1]['content']}\n\n{message['content']}".strip()}
        else:
            joined.append(dict(message))
    return joined
