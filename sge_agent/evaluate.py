"""Measuring a policy: plain episodes (no hints, no exploration), one temperature, unbiased pass@k."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.rollout import play
from sge_agent.stats import Estimate, bootstrap, pass_at_k
from sge_agent.transcripts import outcome_of
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams, TaskRef, Trajectory

if TYPE_CHECKING:
    from sge_agent.envs import EnvPool
    from sge_agent.episode import Agent
    from sge_agent.policy import Policy


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What happened on one task. Episodes that broke (``Trajectory.error``) count in ``errors`` alone."""

    task: str
    episodes: int
    successes: int
    outcomes: Mapping[str, int]
    errors: int = 0

    @property
    def success(self) -> float:
        return self.successes / self.episodes


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of ``evaluate``. Means over tasks are macro means: every task counts the same.

    ``pass_at[k]`` has a 95 % bootstrap interval over tasks. ``turns`` and ``tokens`` (sampled ones) are means per
    episode.
    """

    temperature: float
    tasks: tuple[TaskResult, ...]
    pass_at: Mapping[int, Estimate]
    distinct_outcomes: float
    turns: float
    tokens: float

    @property
    def episodes(self) -> int:
        return sum(task.episodes for task in self.tasks)

    @property
    def successes(self) -> int:
        return sum(task.successes for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        return {
            "temperature": self.temperature,
            "episodes": self.episodes,
            "successes": self.successes,
            "errors": sum(task.errors for task in self.tasks),
            "pass_at": {str(k): {"mean": e.mean, "low": e.low, "high": e.high} for k, e in self.pass_at.items()},
            "distinct_outcomes": self.distinct_outcomes,
            "turns": self.turns,
            "tokens": self.tokens,
            "tasks": [
                {"task": t.task, "episodes": t.episodes, "successes": t.successes, "outcomes": dict(t.outcomes)}
                for t in self.tasks
            ],
        }


def evaluate(
    policy: Policy,
    agent: Agent,
    pool: EnvPool,
    tasks: Sequence[TaskRef],
    *,
    episodes_per_task: int,
    temperature: float,
    seed: int,
    ks: Sequence[int] = (1,),
    max_turns: int | None = None,
    on_episodes: Callable[[Sequence[Group]], object] | None = None,
) -> Evaluation:
    """Play every task ``episodes_per_task`` times without hints and count.

    ``temperature`` holds for every token; the usual choice is the one that actions are sampled at in training, and 1
    shows the base model as it is. ``ks`` above ``episodes_per_task`` are left out. ``on_episodes`` is shown what was
    played. Raises ``RunError`` with the first cause when a task has no episode that ran to its end.
    """
    sampling = {role: SamplingParams(temperature=temperature) for role in get_args(Role)}
    specs = [
        EpisodeSpec(task=task, seed=int(s), sampling=sampling, tag="evaluation", train="no")
        for number, task in enumerate(tasks)
        for s in np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(episodes_per_task)
    ]
    ctx = ExplorationContext(update=0, total_updates=0, rng=np.random.default_rng(seed), evaluation=True)
    trajectories = play(specs, agent, policy, pool, Exploration(), ctx, max_turns=max_turns)
    groups = [
        Group(task=task, trajectories=tuple(trajectories[i * episodes_per_task : (i + 1) * episodes_per_task]))
        for i, task in enumerate(tasks)
    ]
    if on_episodes is not None:
        on_episodes(groups)
    return summarise(groups, temperature=temperature, ks=ks)


def summarise(groups: Sequence[Group], *, temperature: float, ks: Sequence[int] = (1,)) -> Evaluation:
    """The numbers of ``evaluate`` from episodes that were already played."""
    tasks = tuple(_task_result(group) for group in groups)
    played = [trajectory for group in groups for trajectory in group.trajectories if not trajectory.error]
    fewest = min(task.episodes for task in tasks)
    return Evaluation(
        temperature=temperature,
        tasks=tasks,
        pass_at={
            k: bootstrap([pass_at_k(episodes=task.episodes, successes=task.successes, k=k) for task in tasks])
            for k in sorted(set(ks))
            if k <= fewest
        },
        distinct_outcomes=float(np.mean([len(task.outcomes) for task in tasks])),
        turns=float(np.mean([len(trajectory.turns) for trajectory in played])),
        tokens=float(np.mean([trajectory.sampled_tokens for trajectory in played])),
    )


def _task_result(group: Group) -> TaskResult:
    whole: list[Trajectory] = [trajectory for trajectory in group.trajectories if not trajectory.error]
    if not whole:
        cause = group.trajectories[0].error if group.trajectories else "none was played"
        raise RunError(f"no episode of task {group.task.key} ran to its end: {cause}")
    return TaskResult(
        task=group.task.key,
        episodes=len(whole),
        successes=sum(trajectory.success for trajectory in whole),
        outcomes=dict(Counter(outcome_of(trajectory) for trajectory in whole)),
        errors=len(group.trajectories) - len(whole),
    )
