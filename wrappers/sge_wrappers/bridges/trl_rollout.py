"""TRL: Strategy-Guided Exploration as the ``rollout_func`` of a GRPOTrainer. Tested with TRL 1.16.0.

    rollouts = StrategyRollouts(make_env, split="train", tasks=64)
    GRPOTrainer(..., rollout_func=rollouts, train_dataset=rollouts.dataset(), reward_funcs=episode_reward)

Every prompt of the trainer is the key of a task. Each is played once by a :class:`StrategyAgent` with the trainer's own
model: strategies are sampled hot and actions cold, and some episodes are shown earlier strategies of their task. What
comes back are the sampled tokens themselves; text is never tokenised again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sge_agent.agent import Agent, StrategyAgent
from sge_agent.envs import EnvPool, LocalPool
from sge_agent.exploration.base import Chain, Exploration, ExplorationContext
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.prompts import MARKDOWN
from sge_agent.rollout import play, rewrite
from sge_agent.tasks import find_tasks
from sge_agent.types import EpisodeSpec, Group, TaskRef, Trajectory
from sge_wrappers.bridges.episodes import MakeEnv, require

if TYPE_CHECKING:
    from sge_agent.policies.transformers import TransformersPolicy

TESTED = "1.16.0"
NAME = "env"
RETRY = 2**31
"""Added to the seed of an episode that is tried again after its env failed; seeds are drawn below it."""


class StrategyRollouts:
    """A ``rollout_func``: plays the trainer's prompts as episodes, and returns one sequence for each.

    * ``make_env``, ``tasks``, ``split``: what is played: the first ``tasks`` different tasks of the split.
    * ``agent``: writes strategies and actions. It must keep each episode in one context (``window=None``).
    * ``exploration``: plans, samples and remembers; its hooks ``more``, ``bonus``, ``shape``, ``token_loss`` and
      ``replay`` play no part, since the trainer has its own learner, and every episode is trained as it was sampled, under
      its hint. Default: the paper's SGE.
    * ``max_turns`` cuts episodes of envs without a horizon. ``rows``: how many sequences are sampled at once.
    * ``pool``: where the envs live, with the name "env"; default: in this process.
    * ``chat``: see :class:`TransformersPolicy`.

    ``last`` holds the trajectories of the last call.
    """

    def __init__(
        self,
        make_env: MakeEnv,
        *,
        tasks: int,
        split: str = "",
        agent: Agent | None = None,
        exploration: Exploration | None = None,
        max_turns: int | None = None,
        rows: int = 64,
        pool: EnvPool | None = None,
        chat: bool | None = None,
    ) -> None:
        env = make_env()
        try:
            self.tasks = {ref.key: ref for ref in find_tasks(env, name=NAME, split=split, count=tasks)}
        finally:
            env.close()
        self.agent: Agent = agent or StrategyAgent()
        self.exploration = exploration or Chain(MixedTemperature(), StrategyReflection())
        self.last: tuple[Trajectory, ...] = ()
        self._max_turns = max_turns
        self._rows = rows
        self._pool = pool or LocalPool({NAME: make_env})
        self._chat = chat
        self._policy: TransformersPolicy | None = None
        self._calls = 0

    def dataset(self) -> Any:
        """A ``datasets.Dataset`` with one row for each task. Raises ``MissingExtra`` where ``datasets`` is missing."""
        datasets = require("datasets", extra="trl", purpose="training with TRL")
        return datasets.Dataset.from_list([{"prompt": key} for key in self.tasks])

    def __call__(self, prompts: Sequence[str], trainer: Any) -> dict[str, list[Any]]:
        """TRL's rollout function: the prompts of this process, each as often as its group is large."""
        model = trainer.accelerator.unwrap_model(trainer.model)
        training = bool(trainer.model.training)
        try:
            policy = self._policy_on(model, trainer.processing_class)
            played = self._play(prompts, policy, trainer, evaluation=not training)
        finally:
            trainer.model.train(training)  # the policy samples without dropout
        self.last = tuple(played)
        return as_sequences(played, filler=int(policy.tokenizer.pad_token_id))

    def close(self) -> None:
        """Close the envs."""
        self._pool.close()

    def _play(
        self, prompts: Sequence[str], policy: TransformersPolicy, trainer: Any, *, evaluation: bool
    ) -> list[Trajectory]:
        step = int(trainer.state.global_step)
        key = (step, self._calls, int(trainer.accelerator.process_index))
        self._calls += 1
        rng = np.random.default_rng(np.random.SeedSequence(int(trainer.args.seed), spawn_key=key))
        ctx = ExplorationContext(
            update=step,
            total_updates=int(trainer.state.max_steps),
            rng=rng,
            evaluation=evaluation,
            rewrite=partial(rewrite, self.agent, policy),
            prompts=getattr(self.agent, "prompts", MARKDOWN),
        )
        specs = [EpisodeSpec(self._task(prompt), seed=int(rng.integers(RETRY))) for prompt in prompts]
        planned = list(self.exploration.plan(specs, ctx))
        if [spec.task for spec in planned] != [spec.task for spec in specs]:
            raise ValueError(
                f"{type(self.exploration).__name__}.plan changed which tasks are played, and TRL needs one episode for "
                "each of its prompts, in their order: leave the tasks as they are"
            )
        played = self._play_all(planned, policy, ctx)
        if not evaluation:
            self.exploration.observe(_groups(played), {}, ctx)
        return played

    def _play_all(
        self, specs: Sequence[EpisodeSpec], policy: TransformersPolicy, ctx: ExplorationContext
    ) -> list[Trajectory]:
        """All episodes; those whose env failed are tried once more, in a new env."""

        def run(coming: Sequence[EpisodeSpec]) -> list[Trajectory]:
            return play(coming, self.agent, policy, self._pool, self.exploration, ctx, max_turns=self._max_turns)

        played = run(specs)
        failed = [i for i, trajectory in enumerate(played) if trajectory.error]
        again = run([replace(specs[i], seed=specs[i].seed + RETRY) for i in failed])
        for i, trajectory in zip(failed, again, strict=True):
            played[i] = trajectory
        return played

    def _task(self, prompt: str) -> TaskRef:
        if prompt not in self.tasks:
            raise ValueError(
                f"the prompt {prompt!r} is no task of these rollouts: pass rollouts.dataset() to the trainer"
            )
        return self.tasks[prompt]

    def _policy_on(self, model: Any, tokenizer: Any) -> TransformersPolicy:
        from sge_agent.policies.transformers import TransformersPolicy

        if self._policy is None or self._policy.model is not model:
            self._policy = TransformersPolicy(model, tokenizer, max_rows=self._rows, chat=self._chat)
        self._policy.bump_version()  # the trainer may have changed the weights
        model.eval()
        return self._policy


def episode_reward(completions: Sequence[Any], episode_return: Sequence[float | None], **_: Any) -> list[float | None]:
    """The reward function that goes with :class:`StrategyRollouts`: what the env gave; None where it failed.

    TRL passes every column by name, and leaves a None out of its group.
    """
    return list(episode_return)


def as_sequences(played: Sequence[Trajectory], *, filler: int) -> dict[str, list[Any]]:
    """Trajectories as the columns that TRL wants: each context is cut before its first sampled token.

    ``env_mask`` is 1 for sampled tokens and 0 for what the environment and the prompts said, ``logprobs`` are those of
    sampling, at each token's own temperature. A failed episode becomes one token ``filler`` that is not trained.
    """
    columns: dict[str, list[Any]] = {name: [] for name in ("prompt_ids", "completion_ids", "logprobs", "env_mask")}
    for trajectory in played:
        for name, values in zip(columns, _sequence(trajectory, filler), strict=True):
            columns[name].append(values)
    return {
        **columns,
        "episode_return": [t.reward if _trains(t) else None for t in played],
        "success": [t.success for t in played],
        "strategies": [list(t.strategies) for t in played],
        "hint": [t.spec.hint for t in played],
    }


def _sequence(trajectory: Trajectory, filler: int) -> tuple[list[int], list[int], list[float], list[int]]:
    if not _trains(trajectory):
        return [filler], [filler], [0.0], [0]
    if len(trajectory.contexts) != 1:
        raise ValueError(
            f"TRL takes one token sequence for each episode, this one has {len(trajectory.contexts)} contexts: use an "
            "agent that keeps the whole history (window=None)"
        )
    tokens, segments = trajectory.contexts[0].tokens, trajectory.segments
    start, end = segments[0].start, segments[-1].end
    logprobs, mask = [0.0] * (end - start), [0] * (end - start)
    for segment in segments:
        here = slice(segment.start - start, segment.end - start)
        logprobs[here] = segment.logprobs
        mask[here] = [1] * (segment.end - segment.start)
    return list(tokens[:start]), list(tokens[start:end]), logprobs, mask


def _trains(trajectory: Trajectory) -> bool:
    return not trajectory.error and trajectory.sampled_tokens > 0


def _groups(played: Sequence[Trajectory]) -> list[Group]:
    members: Mapping[str, list[Trajectory]] = {t.task.key: [] for t in played}
    for trajectory in played:
        members[trajectory.task.key].append(trajectory)
    return [Group(found[0].task, tuple(found)) for found in members.values()]
