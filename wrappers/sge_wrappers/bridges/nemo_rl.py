"""NeMo-RL: a text environment as its batched ``EnvironmentInterface``. Written to the interface of its main branch of 2026;
it is not on PyPI, so no release of it was run here.

    register_env("text", "sge_wrappers.bridges.nemo_rl.RemoteTextEnv")

with the environment in the settings (``env.text``: ``id`` and its arguments) and the task in ``extra_env_info`` of each
sample (``seed``, ``split``, ``task_id``). The first observation stands in the prompt of the data: see ``data_rows``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.episodes import (
    EpisodeOver,
    MakeById,
    MakeEnv,
    TextEpisode,
    read_action,
    read_program,
    task_rows,
)
from sge_wrappers.bridges.sessions import Sessions

try:
    import ray
    import torch
    from nemo_rl.environments.interfaces import EnvironmentInterface, EnvironmentReturn
except ImportError as error:
    raise MissingExtra(
        "the bridge to NeMo-RL needs the package 'nemo_rl', which is not installed here. Mend it: "
        "pip install 'nemo-rl @ git+https://github.com/NVIDIA-NeMo/RL'"
    ) from error

OWN = ("template", "multiline", "actions_shown", "capacity")


class NemoTextEnv(EnvironmentInterface):
    """Plays the last message of every sample in the sample's own episode.

    An episode begins with the first message of its sample; its metadata carry its number from then on. Settings besides
    those of the environment: ``template`` (NeMo-RL puts observations into the conversation as they are, so the marks of
    your model's chat template belong here, around ``{observation}``), ``multiline`` (actions are programs),
    ``actions_shown`` and ``capacity`` (episodes at once).
    """

    def __init__(self, cfg: Mapping[str, Any]) -> None:
        make_env = MakeById.of({str(key): value for key, value in cfg.items() if key not in OWN})
        capacity, shown = int(cfg.get("capacity", 4096)), int(cfg.get("actions_shown", 0))
        self._sessions = Sessions(make_env, capacity=capacity, actions_shown=shown)
        self._template = str(cfg.get("template", "\n{observation}\n"))
        self._read = read_program if cfg.get("multiline") else read_action
        self._numbers = itertools.count()

    def step(self, message_log_batch: Sequence[Sequence[Mapping[str, Any]]], metadata: Sequence[Any]) -> Any:
        """One move in every sample; what NeMo-RL calls an ``EnvironmentReturn``."""
        moves = [self._move(log, dict(known or {})) for log, known in zip(message_log_batch, metadata, strict=True)]
        return EnvironmentReturn(
            observations=[{"role": "environment", "content": self._template.format(observation=m[0])} for m in moves],
            metadata=[m[3] for m in moves],
            next_stop_strings=[None] * len(moves),
            rewards=torch.tensor([m[1] for m in moves], dtype=torch.float32),
            terminateds=torch.tensor([m[2] for m in moves], dtype=torch.bool),
            answers=None,
        )

    def global_post_process_and_metrics(self, batch: Any) -> tuple[Any, dict[str, float]]:
        """The share of samples with a positive total reward."""
        rewards = batch["total_reward"] if "total_reward" in batch else torch.zeros(0)
        return batch, {"success_rate": float((rewards > 0).float().mean()) if len(rewards) else 0.0}

    def shutdown(self) -> None:
        """Close all environments."""
        self._sessions.close()

    def _move(
        self, log: Sequence[Mapping[str, Any]], known: dict[str, Any]
    ) -> tuple[str, float, bool, dict[str, Any] | None]:
        """Observation, reward, end, and the metadata of the next turn."""
        if "episode" not in known:
            known["episode"] = str(next(self._numbers))
            self._sessions.begin(known["episode"], known)
        written = log[-1]["content"] if log and log[-1]["role"] == "assistant" else ""
        try:
            move = self._sessions.act(known["episode"], self._read(written if isinstance(written, str) else ""))
        except EpisodeOver as over:
            return str(over), 0.0, True, None
        if move.done:
            self._sessions.end(known["episode"])
        return move.observation, move.reward, move.done, None if move.done else known


RemoteTextEnv = ray.remote(NemoTextEnv)
"""The Ray actor that NeMo-RL makes by its name."""


def data_rows(make_env: MakeEnv, *, count: int, split: str = "") -> list[dict[str, Any]]:
    """The first observation of each task (``prompt``) and what goes into ``extra_env_info`` (``extra_env_info``)."""
    episode = TextEpisode(make_env)
    rows = task_rows(make_env, count=count, split=split)
    try:
        return [{"prompt": episode.begin(row), "extra_env_info": row} for row in rows]
    finally:
        episode.close()
