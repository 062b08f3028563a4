"""SEEK beside the methods nearest to it, on tasks and seeds that its search never saw; and where each of them gets stuck.

    python -m benchmarks.own_method [--seeds 5] [--arms seek,sge] [--out FOLDER] [--processes 2]

Slices, models, budgets and measures are those of the board (`benchmarks/board/arms.py`), but all tasks are others, those to
train on and the held-out ones, and seeds begin at 10. What has been played stands in FOLDER, by default in the project, and is
not played again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from benchmarks.board.arms import GRPO, SLICES, Slice, arms, settings
from benchmarks.board.play import Task, play_all
from benchmarks.board.results import Result, add, load, of
from benchmarks.board.scores import MAIN, MEASURES, means
from benchmarks.rows import Benchmark, Row, hardware_line
from sge_agent.measure import choose_tasks
from sge_agent.stats import bootstrap, bootstrap_difference

FOLDER = Path(__file__).parent / "board" / "fresh"
OWN = "seek"
ARMS = (OWN, "self_navigating", "grpo+self_navigating+success_replay", "sge+success_replay", "sge", "grpo")
"""Our own, the best of the board without it, and what it is measured against."""
PLACES = ("household_hard", "household_easy", "tools")
FIRST_SEED = 10


def fresh(where: Slice) -> Slice:
    """The slice with the tasks behind those that it has."""
    config = settings(where, GRPO)
    train, held_out = config.tasks, config.held_out_tasks

    def seeds(tasks: int, others: int) -> dict[str, list[int]]:
        more = settings(replace(where, settings={**where.settings, "tasks": tasks, "held_out_tasks": others}), GRPO)
        return {name: [task.seed for task in found] for name, found in choose_tasks(more, where.maker()).items()}

    if config.held_out_split in ("", config.split):  # its held-out tasks follow those to train on
        both = train + held_out
        return replace(where, seeds={config.split: seeds(2 * both, 0)["train"][both:]})
    found = seeds(2 * train, 2 * held_out)
    return replace(
        where,
        seeds={config.split: found["train"][train:], config.held_out_split: found["held_out"][held_out:]},
    )


def play_missing(names: Sequence[str], *, seeds: int, folder: Path, processes: int) -> list[str]:
    """Play what is not there yet; what went wrong."""
    known, there, failed = arms(), {result.key for result in load(folder)}, []
    places = [fresh(SLICES[name]) for name in PLACES]
    tasks = [
        Task(where, known[name], seed, frozenset())
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for where in places
        for name in names
        if (where.name, name, seed) not in there
    ]
    for number, (task, found) in enumerate(play_all(tasks, processes=processes), 1):
        head = f"{number}/{len(tasks)} {task.where.name} {task.arm.name} seed {task.seed}"
        if isinstance(found, str):
            failed.append(f"{head}: {found}")
            continue
        add(folder, found)
        print(f"{head}: held-out {MEASURES[MAIN](found):.2f}", flush=True)
    return failed


def table(results: Sequence[Result]) -> str:
    """Held-out pass@1 by arm and slice and its mean over slices, what SEEK has more, and where tasks got stuck."""
    head = ["method", "mean of slices", f"{OWN} has more", *(name.replace("_", " ") for name in PLACES)]
    head += ["repeated", "met", "not taken in", "seeds"]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    found = {arm: means(results, PLACES, arm=arm) for arm in sorted({r.arm for r in results})}
    ours = found.get(OWN)
    for arm, own in sorted(((arm, own) for arm, own in found.items() if own), key=lambda pair: -fmean(pair[1])):
        more = "–" if arm == OWN or not ours else f"{bootstrap_difference(ours, own)}"
        cells = [arm, str(bootstrap(own)), more]
        cells += [str(bootstrap([MEASURES[MAIN](r) for r in of(results, slice=name, arm=arm)])) for name in PLACES]
        stuck = [r.stuck for r in of(results, slice="household_hard", arm=arm) if r.stuck]
        cells += [_mean([s.repeated for s in stuck], 2), _mean([s.met for s in stuck], 1)]
        cells += [_mean([s.not_taken_in for s in stuck], 1)]
        lines.append(f"| {' | '.join([*cells, str(len(own))])} |")
    return "\n".join(lines) + "\n"


def _mean(values: Sequence[float], digits: int) -> str:
    return f"{fmean(values):.{digits}f}" if values else "–"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds per arm")
    parser.add_argument("--arms", default=",".join(ARMS), metavar="NAME,...", help="of the board")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="FOLDER", help="where the results are")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    args = parser.parse_args(argv)
    names = args.arms.split(",")
    unknown = [name for name in names if name not in arms()]
    if unknown:
        parser.error(f"the board has no arm {unknown[0]!r}")
    print(hardware_line(), flush=True)
    failed = play_missing(names, seeds=args.seeds, folder=args.out, processes=args.processes)
    if failed:
        print(*failed, sep="\n", file=sys.stderr)
    print(f"\n{table(load(args.out))}")
    return int(bool(failed))


def run(quick: bool) -> Iterator[Row]:
    folder = Path("runs/own-method-quick" if quick else "runs/own-method")
    names = (OWN, "grpo") if quick else ARMS
    if failed := play_missing(names, seeds=1 if quick else 5, folder=folder, processes=2):
        raise RuntimeError(failed[0])
    results = load(folder)
    for name in names:
        best = bootstrap(means(results, PLACES, arm=name))
        yield Row(f"{name}, {MAIN}, mean of {len(PLACES)} slices", best.mean, detail=str(best))


BENCHMARK = Benchmark("our own method on tasks that its search never saw (half an hour)", run, learning=True)

if __name__ == "__main__":
    sys.exit(main())
