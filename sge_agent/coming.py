"""What an update plays and draws, before the exploration method has its say: it follows from settings and number alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sge_agent.config import TrainConfig
from sge_agent.tasks import tasks_of_update
from sge_agent.types import EpisodeSpec, TaskRef

EPISODES, METHOD, QUESTIONS = 1, 2, 3
"""The purposes of an update's random streams."""


def stream(config: TrainConfig, purpose: int, update: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(config.seed, spawn_key=(purpose, update))


def coming_specs(config: TrainConfig, tasks: Sequence[TaskRef], update: int) -> list[EpisodeSpec]:
    """The episodes of an update: a group of each of its tasks."""
    chosen = [
        task
        for env, count in zip(config.envs, config.tasks_of_envs, strict=True)
        for task in tasks_of_update(
            [task for task in tasks if task.env == env.name], per_update=count, update=update, seed=config.seed
        )
    ]
    drawn = stream(config, EPISODES, update).generate_state(len(chosen) * config.group_size, np.uint64)
    seeds: list[int] = drawn.tolist()
    return [EpisodeSpec(task=task, seed=seeds.pop()) for task in chosen for _ in range(config.group_size)]
