"""One training run from settings to results: play, learn, log, save, evaluate. It names no exploration method.

    evaluate                            training and held-out tasks, without exploration
    for every update:
        sampler.refresh                 the trained weights go to where episodes are sampled
        play_groups                     a group of episodes of each of this update's tasks, or of a later one's
        learner.step                    one update of the weights, meanwhile or after it
        exploration.observe             the method remembers
        log, write episodes, save
    evaluate

Which batch is played when is the :class:`Pipeline`'s business. All randomness of an update follows from the seed and the
update's number: a run can go on from any checkpoint.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sge_agent import checkpoint, in_flight
from sge_agent.build import PROMPTS, load_policy, make_agent, make_exploration, make_learner, make_sampler
from sge_agent.coming import METHOD, QUESTIONS, coming_specs, stream
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
from sge_agent.pipeline import Batch, Pipeline, Settle, staleness
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.progress import Progress
from sge_agent.ranks import Alone, Ranks, apart
from sge_agent.rollout import ask, play_groups, rewrite, stop_if_broken
from sge_agent.sampling import Sampler, check_fits
from sge_agent.scoring import whole
from sge_agent.transcripts import TranscriptWriter
from sge_agent.types import Group, TaskRef

__all__ = ["RunResult", "TrainConfig", "train"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a finished run has to show. ``before`` and ``after`` hold "train" and "held_out", where evaluated."""

    folder: RunFolder
    updates: int
    before: Mapping[str, Evaluation]
    after: Mapping[str, Evaluation]


@dataclass(frozen=True, slots=True)
class _Learned:
    """What came of an update: the context with what the method needed to know, the learner's metrics, and how old the tokens
    were."""

    ctx: ExplorationContext
    metrics: Mapping[str, float]
    age: Mapping[str, float]


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
    players = apart(ranks) if config.max_staleness else ranks
    sampler = make_sampler(config, policy, players)
    check_fits(sampler.policy, policy, exploration)
    progress, played = Progress(), "[]"
    resumes = existing == "resume" and checkpoint.exists(folder.checkpoint)
    if ranks.any(resumes) and not resumes:
        raise RunError(
            f"{folder.path} has no checkpoint here, but where another process of the run is: put it on a shared disk"
        )
    if resumes:
        saved = checkpoint.load(folder.checkpoint, policy=policy, learner=learner, exploration=exploration)
        progress = Progress(**saved)
        played = checkpoint.extra(folder.checkpoint, in_flight.FILE) or played
    ranks.gather([])  # all have read the folder before the first one writes
    with contextlib.ExitStack() as stack:
        if not first:  # what the others would write is the same
            folder = RunFolder(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        if first and resumes:
            folder.rewind(progress.update, config)
        else:
            folder.begin(config)
        stack.enter_context(folder.watched())
        stack.enter_context(contextlib.closing(sampler))
        pool = stack.enter_context(contextlib.closing(make_pool(config, make_env)))
        run = _Run(
            config=config,
            folder=folder,
            tasks=tasks,
            pool=pool,
            agent=agent,
            policy=policy,
            sampler=sampler,
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
            players=players,
        )
        return run.run(played)


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
    """The weights that are trained."""
    sampler: Sampler
    exploration: Exploration
    learner: Learner
    record: JsonLinesLogger
    """Reports and resumed runs are made from it: when it cannot be written, the run stops."""
    loggers: Sequence[Guarded]
    transcripts: TranscriptWriter
    progress: Progress
    ranks: Ranks
    players: Ranks
    """The same processes, for what goes on while they learn."""
    lost: int = 0
    """How many of the batches that were played for nothing stand in a row."""
    scores: list[float] = field(default_factory=list)
    """How good the policy has been since the last checkpoint, on the training tasks and without hints: in evaluations where
    there are any, else as it played."""

    def run(self, played: str) -> RunResult:
        """From where the progress stands to the end. ``played``: the batches of the checkpoint that are yet to be trained on."""
        lag, ready = self.config.max_staleness, in_flight.from_text(played, self._context)
        pipeline = Pipeline(self._play, lag=lag, total=self.config.updates, ready=ready)
        fresh = self.progress.update == 0
        before = self._evaluate_all("before", self.config.eval_episodes) if fresh else {}
        while self.progress.update < self.config.updates:
            self._update(pipeline)
        after = self._evaluate_all("after", self.config.eval_episodes)
        return RunResult(folder=self.folder, updates=self.progress.update, before=before, after=after)

    def _update(self, pipeline: Pipeline) -> None:
        started = time.monotonic()
        self.sampler.refresh()
        pushing = time.monotonic() - started
        done = pipeline.step(self.progress.update, self._learn)
        batch, learned = done.batch, done.learned
        self.progress.stop_if_diverged(learned.metrics)
        row: dict[str, Any] = dict(rollout_metrics(batch.groups))
        row |= {f"learner/{name}": value for name, value in learned.metrics.items()}
        observing = time.monotonic()
        of_method: dict[str, float] = {}
        self.exploration.observe(whole(batch.groups), of_method, learned.ctx)
        learning = done.learning + time.monotonic() - observing
        row |= of_method
        elsewhere = self.sampler.policy is not self.policy
        if elsewhere:
            row |= {**learned.age, **done.waiting, "seconds/weights": pushing}
        self.progress.count(batch.groups)
        self.transcripts.write(batch.groups, phase="train", update=self.progress.update)
        if self.config.eval_every and self.progress.update % self.config.eval_every == 0:
            for name, result in self._evaluate(self.config.eval_every_episodes):
                row[f"eval/{name}"] = result.pass_at[1].mean
                if len(result.by_env) > 1:
                    row |= {f"eval/{name}/{env}": found[1].mean for env, found in result.by_env.items()}
        if elsewhere:
            row["lost_batches"] = float(self.sampler.lost_batches - self.lost)
            self.lost = self.sampler.lost_batches
        seconds = time.monotonic() - started
        self.progress.elapsed += seconds
        written = sum(t.generated_tokens for group in batch.groups for t in group.trajectories)
        times = {"seconds": seconds, "seconds/playing": batch.seconds, "seconds/learning": learning}
        speed = written / batch.seconds if batch.seconds else None  # None: played before the run was resumed
        self._log({**row, **times, "tokens_per_second": speed})
        score = row.get("eval/train") if self.config.eval_every else row["success"]
        self.scores += [] if score is None else [score]
        if self.progress.update % self.config.checkpoint_every == 0 or self.progress.update == self.config.updates:
            self._save(pipeline.ready)

    def _play(self, update: int, settle: Settle) -> Batch:
        """The batch of ``update``, which may be some updates ahead."""
        started = time.monotonic()

        def play() -> Batch:
            ctx = self._context(update)
            specs = coming_specs(self.config, self.tasks["train"], update)
            parts = (self.agent, self.sampler.policy, self.pool, self.exploration, ctx)
            groups = play_groups(specs, *parts, max_turns=self.config.max_turns, ranks=self.players)
            return Batch(update, groups, ctx, time.monotonic() - started)

        try:
            batch = self.sampler.played(play, settle)
        except FloatingPointError as error:
            raise RunError(str(error)) from error
        stop_if_broken(batch.groups)
        return batch

    def _learn(self, batch: Batch) -> _Learned:
        """May go on while a later batch is played: then the sampler is busy, and questions go to the trained policy."""
        device = self.policy.model.device
        if device.type == "cuda":
            torch.cuda.set_device(device)  # each thread starts with the machine's first one
        age = staleness(batch.groups, self.policy.version)
        assert age["staleness/max"] <= self.config.max_staleness
        asks = partial(ask, self.policy, seed=self._seed_of_questions(batch.update), ranks=self.ranks)
        ctx = self.learner.with_features(batch.groups, self.exploration, replace(batch.ctx, ask=asks))
        return _Learned(ctx, self.learner.step(batch.groups, self.exploration, ctx), age)

    def _context(self, update: int) -> ExplorationContext:
        return ExplorationContext(
            update=update,
            total_updates=self.config.updates,
            rng=np.random.default_rng(stream(self.config, METHOD, update)),
            rewrite=partial(rewrite, self.agent, self.policy),
            tasks=tuple(self.tasks["train"]),
            prompts=PROMPTS[self.config.prompts],
            ask=partial(ask, self.sampler.policy, seed=self._seed_of_questions(update), ranks=self.players),
        )

    def _seed_of_questions(self, update: int) -> int:
        return int(stream(self.config, QUESTIONS, update).generate_state(1, np.uint64)[0])

    def _log(self, row: Mapping[str, Any]) -> None:
        progress = self.progress
        kept: Row = {"update": progress.update, **row, **progress.totals(), "elapsed": progress.elapsed}
        kept = {**kept, "logger_failures": sum(logger.failures for logger in self.loggers)}
        self.record.log(kept)
        for logger in self.loggers:
            logger.log(kept)

    def _note(self, text: str) -> None:
        for logger in self.loggers:
            logger.note(text)

    def _evaluate(
        self, episodes: int, on_episodes: Callable[[Sequence[Group]], object] = lambda groups: None
    ) -> Sequence[tuple[str, Evaluation]]:
        """Evaluate the weights as they are now."""
        seen: list[Sequence[Group]] = []

        def play() -> list[tuple[str, Evaluation]]:
            seen.clear()
            parts = (self.agent, self.sampler.policy, self.pool)
            found = evaluate_sets(
                self.config, self.tasks, *parts, episodes=episodes, on_episodes=seen.append, ranks=self.players
            )
            return list(found)

        self.sampler.refresh()
        results = self.sampler.played(play)
        for groups in seen:
            on_episodes(groups)
        return results

    def _evaluate_all(self, phase: str, episodes: int) -> dict[str, Evaluation]:
        """Evaluate, keep the result and some episodes in the folder, and say how it went."""
        if episodes == 0:
            return {}
        write = partial(self.transcripts.write, phase=phase, update=self.progress.update)
        results = dict(self._evaluate(episodes, write))
        for name, result in results.items():
            self._note(f"{phase} training: {result_text(name, result)}")
        self.folder.add_evaluation(phase, {name: result.to_json() for name, result in results.items()})
        return results

    def _save(self, ready: Sequence[Batch]) -> None:
        if self.ranks.rank and self.policy.shards is None:
            return
        whole_run = RunFolder(self.config.folder)  # the first one's: who holds a part of the weights writes it there
        checkpoint.save(
            whole_run.checkpoint,
            policy=self.policy,
            learner=self.learner,
            exploration=self.exploration,
            progress=asdict(self.progress),
            score=sum(self.scores) / len(self.scores) if self.scores else None,
            keep=self.config.checkpoints_kept,
            extra={in_flight.FILE: in_flight.to_text(ready)} if ready else {},
        )
        self.scores = []
