"""Evaluating as a run's settings say: which tasks, how often, at which temperature."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from sge_agent import checkpoint
from sge_agent.build import load_policy, make_agent
from sge_agent.config import TrainConfig
from sge_agent.env_ray import RayPool
from sge_agent.env_workers import ProcessPool
from sge_agent.envs import EnvFactory, EnvPool, LocalPool
from sge_agent.episode import Agent
from sge_agent.errors import RunError
from sge_agent.evaluate import Evaluation, evaluate
from sge_agent.folder import RunFolder, one_line
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policy import Policy
from sge_agent.ranks import Ranks
from sge_agent.tasks import find_tasks
from sge_agent.types import Group, TaskRef

EnvMakers = EnvFactory | Mapping[str, EnvFactory]
"""What makes an environment of a run; for several ones, by the names of ``TrainConfig.envs``."""


def makers(config: TrainConfig, make_env: EnvMakers) -> dict[str, EnvFactory]:
    """The makers by name. Raises ``RunError`` where one is missing."""
    found = dict(make_env) if isinstance(make_env, Mapping) else {config.envs[0].name: make_env}
    missing = [env.name for env in config.envs if env.name not in found]
    if missing:
        raise RunError(
            f"nothing makes the environment {missing[0]!r}: give train() a table with a function for each of "
            f"{', '.join(env.name for env in config.envs)}"
        )
    return found


def make_pool(config: TrainConfig, make_env: EnvMakers) -> EnvPool:
    """Where the environments of a run live. Raises ``RunError``."""
    factories = makers(config, make_env)
    workers, actors, timeout = config.env_workers, config.env_ray, config.env_timeout
    if not (workers or actors):
        return LocalPool(factories)
    try:
        if actors:
            return RayPool(factories, actors=actors, timeout=timeout, address=config.env_ray_address)
        return ProcessPool(factories, workers=workers, timeout=timeout)
    except ValueError as error:
        setting = f"--env-ray {actors}" if actors else f"--env-workers {workers}"
        raise RunError(f"{setting}: {error}") from error


def choose_tasks(config: TrainConfig, make_env: EnvMakers) -> dict[str, list[TaskRef]]:
    """The tasks of "train" and of "held_out" of all environments, found in one of each that is closed again. Raises
    ``RunError``.
    """
    if not config.env:
        raise RunError("no environment is named: give a gymnasium id with --env, or use a recipe")
    tasks: dict[str, list[TaskRef]] = {"train": [], "held_out": []}
    factories = makers(config, make_env)
    for one in config.envs:
        try:
            env = factories[one.name]()
        except RunError:
            raise
        except Exception as error:
            raise RunError(f"the environment {one.env!r} cannot be made: {one_line(error)}") from error
        with contextlib.closing(env):
            train = find_tasks(env, name=one.name, split=one.split, count=one.tasks)
            held_out = one.held_out_split or one.split
            tasks["train"] += train
            tasks["held_out"] += find_tasks(env, name=one.name, split=held_out, count=one.held_out_tasks, avoid=train)
    return tasks


def evaluate_model(
    config: TrainConfig, *, make_env: EnvMakers, run: Path | None = None, policy: TransformersPolicy | None = None
) -> dict[str, Evaluation]:
    """Evaluate the model that the settings name, or the checkpoint of a run folder, on the tasks of the settings.

    The result has "train" and, where there are such tasks, "held_out". Raises ``RunError``.
    """
    if run is not None:
        saved = RunFolder(run).checkpoint
        if not checkpoint.exists(saved):
            raise RunError(f"{run} has no checkpoint yet: name a model with --model")
        config = replace(config, model=str(checkpoint.model_folder(saved)))
    torch.set_num_threads(config.threads)
    tasks = choose_tasks(config, make_env)
    policy = policy or load_policy(config)
    with contextlib.closing(make_pool(config, make_env)) as pool:
        return dict(evaluate_sets(config, tasks, make_agent(config), policy, pool, episodes=config.eval_episodes))


def evaluate_sets(
    config: TrainConfig,
    sets: Mapping[str, Sequence[TaskRef]],
    agent: Agent,
    policy: Policy,
    pool: EnvPool,
    *,
    episodes: int,
    on_episodes: Callable[[Sequence[Group]], object] | None = None,
    ranks: Ranks | None = None,
) -> Iterator[tuple[str, Evaluation]]:
    """Evaluate on each set of tasks that is not empty, as the settings say."""
    for name, tasks in sets.items():
        if tasks:
            result = evaluate(
                policy,
                agent,
                pool,
                tasks,
                episodes_per_task=episodes,
                temperature=config.evaluation_temperature,
                seed=config.seed,
                ks=config.pass_k,
                max_turns=config.max_turns,
                on_episodes=on_episodes,
                ranks=ranks,
            )
            yield name, result


def result_text(name: str, result: Evaluation) -> str:
    """An evaluation in one line."""
    passes = ", ".join(f"pass@{k} {estimate}" for k, estimate in result.pass_at.items())
    return (
        f"{name.replace('_', '-')} tasks: {passes} ({result.successes} of {result.episodes} episodes, "
        f"{len(result.tasks)} tasks, temperature {result.temperature:g}, "
        f"{result.distinct_outcomes:.1f} outcomes per task)"
    ) + _envs_text(result)


def _envs_text(result: Evaluation) -> str:
    """pass@1 of each environment, where there are several."""
    several = result.by_env
    return "".join(f"; {env} {found[1]}" for env, found in several.items() if 1 in found) if len(several) > 1 else ""
