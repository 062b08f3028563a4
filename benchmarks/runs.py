"""Runs of `sge train` for comparisons: several arms, several seeds of each, kept in folders so that nothing is played twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sge_agent.jsonlines import read_json_lines

SGE = (sys.executable, "-m", "sge_agent.cli")


@dataclass(frozen=True, slots=True)
class Run:
    """One seed of one arm. ``words`` are the options of `sge train` besides seed and folder."""

    arm: str
    seed: int
    folder: Path
    words: tuple[str, ...]

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation on the training tasks in the course of a run: what had been spent by then, and pass@1."""

    update: int
    episodes: int
    tokens: int
    success: float


def finished(run: Run) -> bool:
    """Has this run come to its end?"""
    status = run.folder / "status.json"
    return status.is_file() and json.loads(status.read_text())["status"] == "finished"


def play(run: Run) -> str:
    """Train one run, or go on with it, unless it is finished; "" or what went wrong. What it prints goes to ``run.log``."""
    if finished(run):
        return ""
    words = ("train", *run.words, "--seed", str(run.seed), "--run-dir", str(run.folder), "--threads", "1", "--resume")
    started = time.monotonic()
    code = command(words, log=run.log)
    print(
        f"{run.arm} seed {run.seed}: {'done' if code == 0 else 'failed'} after {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return "" if code == 0 else f"{run.arm} seed {run.seed} ended with exit status {code}, see {run.log}"


def play_all(runs: Sequence[Run], *, processes: int) -> list[str]:
    """Play all runs, so many at a time, each with one thread; what went wrong."""
    with ThreadPoolExecutor(processes) as workers:
        return [text for text in workers.map(play, runs) if text]


def command(words: Sequence[str], *, log: Path) -> int:
    """Run `sge` with these words in one thread; its exit status. What it prints is added to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a") as out:
        return subprocess.run(
            [*SGE, *words],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        ).returncode


def metrics(run: Run) -> list[dict[str, Any]]:
    """The numbers of every update."""
    return list(read_json_lines(run.folder / "metrics.jsonl"))


def evaluations(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """What was measured "before" and "after" the training, by set of tasks."""
    found: Mapping[str, Mapping[str, Any]] = json.loads((run.folder / "eval.json").read_text())
    return found


def pass_at(evaluation: Mapping[str, Any], k: int = 1) -> float:
    """Mean pass@k of one evaluation."""
    return float(evaluation["pass_at"][str(k)]["mean"])


def curve(run: Run) -> list[Point]:
    """Success on the training tasks, in evaluations of their own, from before the first update to the last."""
    before = Point(0, 0, 0, pass_at(evaluations(run)["before"]["train"]))
    return [before] + [
        Point(int(row["update"]), int(row["episodes_total"]), int(row["tokens_total"]), float(row["eval/train"]))
        for row in metrics(run)
        if row.get("eval/train") is not None
    ]


def first_success(run: Run) -> int | None:
    """The update of the first evaluation, or training episode without a hint, with a success; None if there was none."""
    met = [int(row["update"]) for row in metrics(run) if row.get("success") or row.get("eval/train")]
    return min(met, default=None)
