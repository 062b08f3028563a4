"""What the untrained model can do on the household games: pass@k far out, at several temperatures."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
import torch

from sge_agent.build import load_policy, make_agent
from sge_agent.config import load_recipe
from sge_agent.envs import LocalPool
from sge_agent.evaluate import summarise
from sge_agent.measure import choose_tasks
from sge_agent.rollout import play
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams


@dataclass(frozen=True, slots=True)
class Sample:
    """How often each game is played, and at which temperatures."""

    split: str
    strategy: float
    other: float
    episodes: int


SAMPLES: Mapping[str, Sample] = {
    "hard, T = 1": Sample("hard", 1.0, 1.0, 1024),
    "hard, default": Sample("hard", 0.7, 0.7, 256),
    "hard, mixed": Sample("hard", 1.5, 0.7, 256),
    "hard, hot": Sample("hard", 1.5, 1.5, 256),
    "easy, default": Sample("easy", 0.7, 0.7, 64),
    "easy, mixed": Sample("easy", 1.5, 0.7, 64),
    "easy, hot": Sample("easy", 1.5, 1.5, 64),
}
"""``default`` is the action temperature for every token, ``mixed`` the recipe's two, ``hot`` the strategy's for every token."""
KS = (1, 4, 16, 64, 256)


def measure(name: str, *, tasks: int, seed: int = 0, fewer: int = 1) -> dict[str, Any]:
    """Play the untrained model as ``SAMPLES[name]`` says, on the first ``tasks`` games of the split; the numbers as JSON.

    ``fewer`` divides the number of episodes. Every setting has random numbers of its own.
    """
    sample = SAMPLES[name]
    config = replace(load_recipe("household"), split=sample.split, tasks=tasks, held_out_tasks=0)
    torch.set_num_threads(1)

    def make_env() -> Any:
        return gymnasium.make(config.env, disable_env_checker=True, **config.env_options)

    games = choose_tasks(config, make_env)["train"]
    count = max(1, sample.episodes // fewer)
    hot, cold = SamplingParams(temperature=sample.strategy), SamplingParams(temperature=sample.other)
    sampling: Mapping[Role, SamplingParams] = {"strategy": hot, "reasoning": cold, "action": cold}
    policy, agent = load_policy(config), make_agent(config)
    groups = []
    with contextlib.closing(LocalPool({config.env: make_env})) as pool:
        for number, game in enumerate(games):
            seeds = np.random.SeedSequence(seed, spawn_key=(list(SAMPLES).index(name), number)).generate_state(count)
            specs = [EpisodeSpec(task=game, seed=int(s), sampling=sampling, train="no") for s in seeds]
            groups.append(Group(game, tuple(play(specs, agent, policy, pool))))
    return summarise(groups, temperature=sample.other, ks=KS).to_json()
