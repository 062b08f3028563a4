"""One training run from settings to results: play, learn, log, save, evaluate. It names no exploration method.

    evaluate                            training and held-out tasks, without exploration
    for every update:
        play_groups                     a group of episodes of each of this update's tasks
        learner.step                    one update of the weights
        exploration.observe             the method remembers
        log, write episodes, save
    evaluate

All randomness of an update follows from the seed and the update's number: a run can go on from any checkpoint.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sge_agent import checkpoint
from sge_agent.build import PROMPTS, load_policy, make_agent, make_exploration, make_learner
from sge_agent.config import TrainConfig
from sge_agent.envs import EnvPool
from sge_agent.episode import Agent
from sge_agent.errors import RunError
from sge_agent.evaluate import Evaluation
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.folder import Existing, RunFolder, one_line
from sge_agent.jsonlines import jsonable
from sge_agent.learner import Learner
from sge_agent.loggers.base import Guarded, Logger, Place, Row
from sge_agent.loggers.json_lines import JsonLinesLogger
from sge_agent.loggers.table import LoggerMaker, load_loggers
from sge_agent.measure import EnvMakers, choose_tasks, evaluate_sets, make_pool, result_text
from sge_agent.metrics import rollout_metrics
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.ranks import Alone, Ranks
from sge_agent.rollout import ask, play_groups, rewrite
from sge_agent.scoring import whole
from sge_agent.tasks import tasks_of_update
from sge_agent.transcripts import TranscriptWriter
from sge_agent.types import EpisodeSpec, Group, TaskRef

__all__ = ["RunResult", "TrainConfig", "train"]

_EPISODES, _METHOD, _QUESTIONS = 1, 2, 3  # purposes of an update's random streams
BROKEN_SHARE = 0.5
"""The run stops when more than this share of an update's episodes broke."""

FRUITLESS_UPDATES = 5
"""The run stops after so many updates in a row in which no step could be made."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a finished run has to show. ``before`` and ``after`` hold "train" and "held_out", where evaluated."""

    folder: RunFolder
    updates: int
    before: Mapping[str, Evaluation]
    after: Mapping[str, Evaluation]


@dataclass(slots=True)
class _Progress:
    """What a run has done so far: goes into every checkpoint."""

    update: int = 0
    episodes: int = 0
    turns: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    fruitless: int = 0
    """How many updates in a row could not move the weights, since loss or gradient was not finite."""


def train(
    config: TrainConfig,
    *,
    make_env: EnvMakers,
    existing: Existing = "refuse",
    agent: Agent | None = None,
    policy: TransformersPolicy | None = None,
    exploration: Exploration | None = None,
    loggers: Sequence[Logger] = (),
    ranks: Ranks | None = None,
) -> RunResult:
    """Train as the settings say, and leave config, metrics, evaluations, transcripts and a checkpoint in the run's
    folder.

    ``make_env`` makes one environment of ``config.env``; for several environments it is a table of such functions by the
    names of ``config.envs``. Agent, policy and exploration method are built from the
    settings unless given. ``loggers`` join the one for ``metrics.jsonl`` and those that the settings name; one that fails
    in the middle of the run never stops it. ``ranks`` are the processes that train together, each of which calls this with the
    same arguments (see :mod:`sge_agent.ranks`); the first one writes the folder. Sets the number of torch's threads for the
    process, and its deterministic algorithms where they exist. Raises ``RunError`` when the run cannot start, or when
    most episodes break; whatever is raised, also ``KeyboardInterrupt``, the folder is left valid and its status tells
    what happened.
    """
    ranks = ranks or Alone()
    if ranks.count > 1 and config.memory_file:
        raise RunError("a memory file is for runs of one process: leave out torchrun, or --memory-file")
    first = ranks.rank == 0
    kinds = load_loggers(config.loggers) if first else {}
    folder = RunFolder(config.folder)
    if first:
        folder.check(config, existing)
    torch.set_num_threads(config.threads)
    tasks = choose_tasks(config, make_env)
    policy = policy or load_policy(config)
    agent = agent or make_agent(config)
    exploration = exploration or make_exploration(config)
    learner = make_learner(config, policy, exploration.needs, ranks)
    progress = _Progress()
    resumes = existing == "resume" and checkpoint.exists(folder.checkpoint)
    if resumes:
        saved = checkpoint.load(folder.checkpoint, policy=policy, learner=learner, exploration=exploration)
        progress = _Progress(**saved)
    ranks.gather([])  # all have read the folder before the first one writes
    with contextlib.ExitStack() as stack:
        if not first:  # what the others would write is the same
            folder = RunFolder(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        if first and resumes:
            folder.rewind(progress.update, config)
        else:
            folder.begin(config)
        stack.enter_context(folder.watched())
        pool = stack.enter_context(contextlib.closing(make_pool(config, make_env)))
        run = _Run(
            config=config,
            folder=folder,
            tasks=tasks,
            pool=pool,
            agent=agent,
            policy=policy,
            exploration=exploration,
            learner=learner,
            record=stack.enter_context(contextlib.closing(JsonLinesLogger(folder.metrics))),
            loggers=[
                *(
                    stack.enter_context(contextlib.closing(logger))
                    for logger in _start(kinds, folder, config, progress.update)
                ),
                *map(Guarded, loggers),
            ],
            transcripts=stack.enter_context(
                TranscriptWriter(
                    folder.transcripts,
                    policy.decode,
                    every=config.transcripts_every,
                    per_update=config.transcripts_per_update,
                )
            ),
            progress=progress,
            ranks=ranks,
        )
        return run.run()


def _start(kinds: Mapping[str, LoggerMaker], folder: RunFolder, config: TrainConfig, update: int) -> Iterator[Guarded]:
    """The loggers that the settings name, for a run that has done ``update``."""
    for name, make in kinds.items():
        place = Place(folder.path, folder.logger_id(), jsonable(asdict(config)), update)
        try:
            logger = make(place)
        except Exception as error:  # what refuses now would refuse the whole run
            raise RunError(f"{name} cannot start ({one_line(error)}): mend it, or leave it out of --loggers") from error
        yield Guarded(logger)


@dataclass(slots=True)
class _Run:
    """The parts of a run that is under way."""

    config: TrainConfig
    folder: RunFolder
    tasks: Mapping[str, Sequence[TaskRef]]
    pool: EnvPool
    agent: Agent
    policy: TransformersPolicy
    exploration: Exploration
    learner: Learner
    record: JsonLinesLogger
    """Reports and resumed runs are made from it: when it cannot be written, the run stops."""
    loggers: Sequence[Guarded]
    transcripts: TranscriptWriter
    progress: _Progress
    ranks: Ranks
    scores: list[float] = field(default_factory=list)
    """How good the policy has been since the last checkpoint, on the training tasks and without hints: in evaluations where
    there are any, else as it played."""

    def run(self) -> RunResult:
        """From where the progress stands to the end."""
        fresh = self.progress.update == 0
        before = self._evaluate_all("before", self.config.eval_episodes) if fresh else {}
        while self.progress.update < self.config.updates:
            self._update()
        after = self._evaluate_all("after", self.config.eval_episodes)
        return RunResult(folder=self.folder, updates=self.progress.update, before=before, after=after)

    def _update(self) -> None:
        started = time.monotonic()
        ctx = self._context()
        groups = self._play(ctx)
        stop_if_broken(groups)
        playing = time.monotonic() - started
        row: dict[str, Any] = dict(rollout_metrics(groups))
        ctx = self.learner.with_features(groups, self.exploration, ctx)
        learned = self.learner.step(groups, self.exploration, ctx)
        self._stop_if_diverged(learned)
        row |= {f"learner/{name}": value for name, value in learned.items()}
        of_method: dict[str, float] = {}
        self.exploration.observe(whole(groups), of_method, ctx)
        learning = time.monotonic() - started - playing
        row |= of_method
        self._count(groups)
        self.transcripts.write(groups, phase="train", update=self.progress.update)
        if self.config.eval_every and self.progress.update % self.config.eval_every == 0:
            for name, result in self._evaluate(self.config.eval_every_episodes):
                row[f"eval/{name}"] = result.pass_at[1].mean
                if len(result.by_env) > 1:
                    row |= {f"eval/{name}/{env}": found[1].mean for env, found in result.by_env.items()}
        seconds = time.monotonic() - started
        self.progress.elapsed += seconds
        sampled = sum(t.sampled_tokens for group in groups for t in group.trajectories)
        times = {"seconds": seconds, "seconds/playing": playing, "seconds/learning": learning}
        self._log({**row, **times, "tokens_per_second": sampled / playing})
        score = row.get("eval/train") if self.config.eval_every else row["success"]
        self.scores += [] if score is None else [score]
        if self.progress.update % self.config.checkpoint_every == 0 or self.progress.update == self.config.updates:
            self._save()

    def _play(self, ctx: ExplorationContext) -> list[Group]:
        parts = (self.agent, self.policy, self.pool, self.exploration, ctx)
        try:
            return play_groups(self._specs(), *parts, max_turns=self.config.max_turns, ranks=self.ranks)
        except FloatingPointError as error:
            raise RunError(str(error)) from error

    def _stop_if_diverged(self, learned: Mapping[str, float]) -> None:
        fruitless = learned["skipped_steps"] > 0 and learned["steps"] == 0
        self.progress.fruitless = self.progress.fruitless + 1 if fruitless else 0
        if self.progress.fruitless == FRUITLESS_UPDATES:
            raise RunError(
                f"loss or gradient was not finite in all steps of {FRUITLESS_UPDATES} updates in a row: go on from an "
                "earlier checkpoint with a lower learning rate"
            )

    def _context(self) -> ExplorationContext:
        return ExplorationContext(
            update=self.progress.update,
            total_updates=self.config.updates,
            rng=np.random.default_rng(self._stream(_METHOD)),
            rewrite=partial(rewrite, self.agent, self.policy),
            tasks=tuple(self.tasks["train"]),
            prompts=PROMPTS[self.config.prompts],
            ask=partial(ask, self.policy, seed=int(self._stream(_QUESTIONS).generate_state(1, np.uint64)[0])),
        )

    def _specs(self) -> list[EpisodeSpec]:
        """The episodes of the coming update as they are before the method has its say."""
        config = self.config
        tasks = [
            task
            for env, count in zip(config.envs, config.tasks_of_envs, strict=True)
            for task in tasks_of_update(
                [task for task in self.tasks["train"] if task.env == env.name],
                per_update=count,
                update=self.progress.update,
                seed=config.seed,
            )
        ]
        seeds = self._stream(_EPISODES).generate_state(len(tasks) * config.group_size, np.uint64).tolist()
        return [EpisodeSpec(task=task, seed=seeds.pop()) for task in tasks for _ in range(config.group_size)]

    def _stream(self, purpose: int) -> np.random.SeedSequence:
        return np.random.SeedSequence(self.config.seed, spawn_key=(purpose, self.progress.update))

    def _count(self, groups: Sequence[Group]) -> None:
        played = [trajectory for group in groups for trajectory in group.trajectories]
        self.progress.update += 1
        self.progress.episodes += len(played)
        self.progress.turns += sum(len(trajectory.turns) for trajectory in played)
        self.progress.tokens += sum(trajectory.sampled_tokens for trajectory in played)

    def _log(self, row: Mapping[str, Any]) -> None:
        progress = self.progress
        totals = {"episodes_total": progress.episodes, "turns_total": progress.turns, "tokens_total": progress.tokens}
        kept: Row = {"update": progress.update, **row, **totals, "elapsed": progress.elapsed}
        kept = {**kept, "logger_failures": sum(logger.failures for logger in self.loggers)}
        self.record.log(kept)
        for logger in self.loggers:
            logger.log(kept)

    def _note(self, text: str) -> None:
        for logger in self.loggers:
            logger.note(text)

    def _evaluate(
        self, episodes: int, on_episodes: Callable[[Sequence[Group]], object] | None = None
    ) -> Iterator[tuple[str, Evaluation]]:
        parts = (self.agent, self.policy, self.pool)
        return evaluate_sets(
            self.config, self.tasks, *parts, episodes=episodes, on_episodes=on_episodes, ranks=self.ranks
        )

    def _evaluate_all(self, phase: str, episodes: int) -> dict[str, Evaluation]:
        """Evaluate, keep the result and some episodes in the folder, and say how it went."""
        if episodes == 0:
            return {}
        write = partial(self.transcripts.write, phase=phase, update=self.progress.update)
        results: dict[str, Evaluation] = {}
        for name, result in self._evaluate(episodes, write):
            results[name] = result
            self._note(f"{phase} training: {result_text(name, result)}")
        self.folder.add_evaluation(phase, {name: result.to_json() for name, result in results.items()})
        return results

    def _save(self) -> None:
        if self.ranks.rank:
            return
        checkpoint.save(
            self.folder.checkpoint,
            policy=self.policy,
            learner=self.learner,
            exploration=self.exploration,
            progress=asdict(self.progress),
            score=sum(self.scores) / len(self.scores) if self.scores else None,
            keep=self.config.checkpoints_kept,
        )
        self.scores = []


def stop_if_broken(groups: Sequence[Group]) -> None:
    """Raise ``RunError`` with the first cause when most episodes of an update broke: then nothing can be learned."""
    errors = [trajectory.error for group in groups for trajectory in group.trajectories if trajectory.error]
    played = sum(len(group.trajectories) for group in groups)
    if len(errors) > BROKEN_SHARE * played:
        raise RunError(f"{len(errors)} of {played} episodes of one update broke, the first with: {one_line(errors[0])}")
