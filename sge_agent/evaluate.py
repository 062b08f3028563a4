"""Measuring a policy: plain episodes (no hints, no exploration), one temperature, unbiased pass@k, and how varied they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.rollout import play
from sge_agent.stats import Estimate, bootstrap, pass_at_k
from sge_agent.transcripts import entropies_by_role, outcome_of, strategy_of
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams, TaskRef, Trajectory

if TYPE_CHECKING:
    from sge_agent.envs import EnvPool
    from sge_agent.episode import Agent
    from sge_agent.policy import Policy
    from sge_agent.ranks import Ranks

STRATEGIES_LISTED, STRATEGY_CHARS = 32, 500
"""How many strategies of a task a JSON result lists, the most frequent first, and how much of each."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What happened on one task. Episodes that broke (``Trajectory.error``) count in ``errors`` alone.

    ``outcomes`` counts how the episodes ended, ``strategies`` the same for each strategy that was followed.
    """

    task: str
    episodes: int
    successes: int
    outcomes: Mapping[str, int]
    errors: int = 0
    strategies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    env: str = ""

    @property
    def success(self) -> float:
        return self.successes / self.episodes

    @property
    def interval(self) -> Estimate:
        """The success with a 95 % bootstrap interval over its episodes."""
        return bootstrap([1.0] * self.successes + [0.0] * (self.episodes - self.successes))

    def pass_at(self, k: int) -> float:
        return pass_at_k(episodes=self.episodes, successes=self.successes, k=k)

    def to_json(self, ks: Iterable[int]) -> dict[str, Any]:
        followed = sorted(self.strategies.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        interval = self.interval
        return {
            "task": self.task,
            "episodes": self.episodes,
            "successes": self.successes,
            "success": {"mean": interval.mean, "low": interval.low, "high": interval.high},
            "pass_at": {str(k): self.pass_at(k) for k in ks},
            "outcomes": dict(self.outcomes),
            "distinct_strategies": len(self.strategies),
            "strategies": [
                {"strategy": text[:STRATEGY_CHARS], "outcomes": dict(outcomes)}
                for text, outcomes in followed[:STRATEGIES_LISTED]
            ],
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of ``evaluate``. Means over tasks are macro means: every task counts the same.

    ``pass_at[k]`` has a 95 % bootstrap interval over tasks. ``turns`` and ``tokens`` (sampled ones) are means per
    episode. ``distinct_outcomes`` and ``distinct_strategies`` are means per task, ``outcomes_per_strategy`` the mean over
    tasks of how many different outcomes one strategy led to; ``entropies`` are nats per token by role, at the temperature
    of the evaluation.
    """

    temperature: float
    tasks: tuple[TaskResult, ...]
    pass_at: Mapping[int, Estimate]
    distinct_outcomes: float
    turns: float
    tokens: float
    distinct_strategies: float = 0.0
    outcomes_per_strategy: float = 0.0
    entropies: Mapping[str, float] = field(default_factory=dict)

    @property
    def episodes(self) -> int:
        return sum(task.episodes for task in self.tasks)

    @property
    def successes(self) -> int:
        return sum(task.successes for task in self.tasks)

    @property
    def by_env(self) -> dict[str, dict[int, Estimate]]:
        """pass@k of each environment alone."""
        envs = dict.fromkeys(task.env for task in self.tasks)
        return {env: _pass_at([t for t in self.tasks if t.env == env], self.pass_at) for env in envs}

    def to_json(self) -> dict[str, Any]:
        several = self.by_env
        return {
            "temperature": self.temperature,
            "episodes": self.episodes,
            "successes": self.successes,
            "errors": sum(task.errors for task in self.tasks),
            "pass_at": _estimates(self.pass_at),
            "distinct_outcomes": self.distinct_outcomes,
            "distinct_strategies": self.distinct_strategies,
            "outcomes_per_strategy": self.outcomes_per_strategy,
            "entropies": dict(self.entropies),
            "turns": self.turns,
            "tokens": self.tokens,
            "envs": {env: _estimates(found) for env, found in several.items()} if len(several) > 1 else {},
            "tasks": [task.to_json(self.pass_at) for task in self.tasks],
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
    ranks: Ranks | None = None,
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
    trajectories = play(specs, agent, policy, pool, Exploration(), ctx, max_turns=max_turns, ranks=ranks)
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
        pass_at=_pass_at(tasks, [k for k in sorted(set(ks)) if k <= fewest]),
        distinct_outcomes=float(np.mean([len(task.outcomes) for task in tasks])),
        distinct_strategies=float(np.mean([len(task.strategies) for task in tasks])),
        outcomes_per_strategy=float(
            np.mean([float(np.mean([len(o) for o in t.strategies.values()])) for t in tasks if t.strategies] or [0.0])
        ),
        entropies=entropies_by_role(played),
        turns=float(np.mean([len(trajectory.turns) for trajectory in played])),
        tokens=float(np.mean([trajectory.sampled_tokens for trajectory in played])),
    )


def _task_result(group: Group) -> TaskResult:
    whole: list[Trajectory] = [trajectory for trajectory in group.trajectories if not trajectory.error]
    if not whole:
        cause = group.trajectories[0].error if group.trajectories else "none was played"
        raise RunError(f"no episode of task {group.task.key} ran to its end: {cause}")
    strategies: dict[str, Counter[str]] = {}
    for trajectory in whole:
        strategy = strategy_of(trajectory)
        if strategy:
            strategies.setdefault(strategy, Counter())[outcome_of(trajectory)] += 1
    return TaskResult(
        task=group.task.key,
        episodes=len(whole),
        successes=sum(trajectory.success for trajectory in whole),
        outcomes=dict(Counter(outcome_of(trajectory) for trajectory in whole)),
        errors=len(group.trajectories) - len(whole),
        strategies=strategies,
        env=group.task.env,
    )


def _pass_at(tasks: Sequence[TaskResult], ks: Iterable[int]) -> dict[int, Estimate]:
    return {k: bootstrap([task.pass_at(k) for task in tasks]) for k in ks}


def _estimates(found: Mapping[int, Estimate]) -> dict[str, Any]:
    return {str(k): {"mean": e.mean, "low": e.low, "high": e.high} for k, e in found.items()}
