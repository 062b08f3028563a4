"""Playing the board: one run is `sge train` in a process of its own, and what is kept of it is one line."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import tempfile
import traceback
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.board.arms import TEMPERATURE, Arm, Slice, settings
from benchmarks.board.results import Point, Result
from benchmarks.board.stuck import Watch
from sge_agent.build import load_policy, make_agent, make_exploration
from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.evaluate import Evaluation, evaluate
from sge_agent.exploration.base import Chain, Exploration, ExplorationContext
from sge_agent.measure import choose_tasks, make_pool
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.train import train
from sge_agent.transcripts import outcome_of
from sge_agent.types import Group, TaskRef

KS = (1, 2, 4, 8)
EPISODES = {"train": 8, "held_out": 8, "known": 4}
"""How often each task of a set is played at the end of a run."""


PRELOADED = (
    "benchmarks.board.play",
    "transformers.models.qwen3.modeling_qwen3",
    "sge_envs.alfworld.env",
    "sge_envs.tools.env",
)
"""What every run needs and takes long to import."""


class Spent(Exception):
    """All episodes of the budget have been played."""


@dataclass(eq=False)
class Recorder(Exploration):
    """Notes what the training plays, and ends it where the episodes are used up. It changes nothing."""

    budget: int
    solvable: frozenset[str]
    """Keys of the tasks that the base solves by itself."""
    episodes: int = 0
    tokens: int = 0
    plain: int = 0
    first: int | None = None
    reached: set[str] = field(default_factory=set)
    distinct: list[float] = field(default_factory=list)
    entropies: list[dict[str, tuple[float, int]]] = field(default_factory=list)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        sums: defaultdict[str, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for group in groups:
            outcomes = set()
            for trajectory in group.trajectories:
                self.episodes += 1
                self.tokens += trajectory.generated_tokens
                outcomes.add(outcome_of(trajectory))
                self.reached.add(digest(group.task.key, outcome_of(trajectory)))
                if not trajectory.spec.hint:
                    self.plain += 1
                    if trajectory.success and self.first is None and group.task.key not in self.solvable:
                        self.first = self.plain
                for segment in trajectory.segments:
                    sums[segment.role] += sum(segment.entropies)
                    counts[segment.role] += len(segment.entropies)
            self.distinct.append(float(len(outcomes)))
        self.entropies.append({role: (sums[role], count) for role, count in counts.items()})
        if self.episodes >= self.budget and ctx.update + 1 < ctx.total_updates:
            raise Spent


def digest(task: str, outcome: str) -> str:
    """A short name of a pair of task and outcome."""
    return f"{zlib.crc32(f'{task} {outcome}'.encode()):08x}"


def play(where: Slice, arm: Arm, seed: int, solvable: frozenset[str]) -> Result:
    """Train one arm with one seed on one slice, and measure it."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="board-") as folder:
        config = replace(settings(where, arm), seed=seed, run_dir=str(Path(folder) / "run"))
        recorder = Recorder(budget=config.updates * config.tasks_per_update * config.group_size, solvable=solvable)
        watch = Watch()
        policy = load_policy(config)
        error = ""
        started = cpu_seconds()
        logger = _Clock(started)
        try:
            train(
                config,
                make_env=where.maker(),
                policy=policy,
                exploration=Chain(make_exploration(config), watch, recorder),
                loggers=(logger,),
            )
        except Spent:
            pass
        except RunError as cause:
            error = str(cause)
        found = measured(config, where, policy, seed=seed)
    end = Point(recorder.episodes, recorder.tokens, found["train"].pass_at[1].mean)
    return Result(
        slice=where.name,
        arm=arm.name,
        seed=seed,
        passes={name: {str(k): round(e.mean, 4) for k, e in one.pass_at.items()} for name, one in found.items()},
        curve=(*logger.curve, end),
        first=recorder.first,
        outcomes=round(sum(recorder.distinct) / max(1, len(recorder.distinct)), 3),
        reached=tuple(sorted(recorder.reached)),
        entropies=early_and_whole(recorder.entropies),
        episodes=recorder.episodes,
        tokens=recorder.tokens,
        seconds=round(logger.seconds, 2),
        stuck=watch.stuck,
        error=error,
    )


def base(where: Slice, *, episodes: int, temperature: float) -> Evaluation:
    """The untrained model on the training tasks of a slice."""
    config, make_env = settings(where, Arm("base", {})), where.maker()
    with contextlib.closing(make_pool(config, make_env)) as pool:
        return evaluate(
            load_policy(config),
            make_agent(config),
            pool,
            choose_tasks(config, make_env)["train"],
            episodes_per_task=episodes,
            temperature=temperature,
            seed=1000,
            ks=[k for k in (1, 2, 4, 8, 16, 32, 64, 128, 256) if k <= episodes],
            max_turns=config.max_turns,
        )


def measured(config: TrainConfig, where: Slice, policy: TransformersPolicy, *, seed: int) -> dict[str, Evaluation]:
    """pass@k of the trained policy on all sets of tasks of the slice, in plain episodes."""
    make_env = where.maker()
    sets: dict[str, Sequence[TaskRef]] = dict(choose_tasks(config, make_env))
    if where.known:
        known = replace(config, split=where.known, tasks=config.held_out_tasks, held_out_split="", held_out_tasks=0)
        sets["known"] = choose_tasks(known, make_env)["train"]
    with contextlib.closing(make_pool(config, make_env)) as pool:
        return {
            name: evaluate(
                policy,
                make_agent(config),
                pool,
                tasks,
                episodes_per_task=EPISODES[name],
                temperature=TEMPERATURE,
                seed=seed,
                ks=[k for k in KS if k <= EPISODES[name]],
                max_turns=config.max_turns,
            )
            for name, tasks in sets.items()
        }


def early_and_whole(updates: Sequence[Mapping[str, tuple[float, int]]]) -> dict[str, tuple[float, float]]:
    """Mean entropy by role, of the first quarter of the updates and of all."""
    found = {}
    for role in sorted({role for update in updates for role in update}):
        parts = [update.get(role, (0.0, 0)) for update in updates]
        first = parts[: max(1, len(parts) // 4)]
        early, whole = (sum(s for s, _ in p) / max(1, sum(n for _, n in p)) for p in (first, parts))
        found[role] = (round(early, 4), round(whole, 4))
    return found


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class _Clock:
    """Adds up what the updates took, and keeps the evaluations of the run."""

    failures = 0

    def __init__(self, started: float) -> None:
        self._last = started
        self.seconds = 0.0
        self.curve: list[Point] = []

    def log(self, row: Mapping[str, Any]) -> None:
        now = cpu_seconds()
        share = (row["seconds/playing"] + row["seconds/learning"]) / row["seconds"]
        self.seconds += (now - self._last) * min(1.0, share)
        self._last = now
        if row.get("eval/train") is not None:
            self.curve.append(Point(row["episodes_total"], row["tokens_total"], row["eval/train"]))

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Task:
    """One run that is still to be played."""

    where: Slice
    arm: Arm
    seed: int
    solvable: frozenset[str]


def play_all(tasks: Iterable[Task], *, processes: int) -> Iterator[tuple[Task, Result | str]]:
    """Play all runs, so many at a time, each in a fresh process with one thread: results as they come, or what went wrong."""
    os.environ["OMP_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    coming = iter(tasks)
    with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1) as pool:
        running: dict[Future[Result], Task] = {}
        while True:
            while len(running) < processes and (task := next(coming, None)) is not None:
                running[pool.submit(play, task.where, task.arm, task.seed, task.solvable)] = task
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                error = done.exception()
                yield running.pop(done), done.result() if error is None else "".join(traceback.format_exception(error))
