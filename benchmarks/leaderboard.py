"""The board: every exploration method, alone and on top of SGE, on the same small tasks with the same number of episodes.

    python -m benchmarks.leaderboard [--seeds 5] [--slices NAME,NAME] [--arms NAME,NAME] [--out FOLDER] [--processes 2]
    python -m benchmarks.leaderboard --page

Every run is `sge train` with one thread, 10 to 60 s on a free core; its result is one line in FOLDER/SLICE.jsonl, and what
stands there is not played again: the same command goes on where it was stopped. ``--page`` writes the page of the docs from
the results that are there. Arms and slices stand in `benchmarks/board/arms.py`; ``--arms sge+gigpo+rnd`` plays any composition.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.board.arms import SLICES, TEMPERATURE, Arm, Slice, arms, settings
from benchmarks.board.page import write_page
from benchmarks.board.play import Task, base, play_all
from benchmarks.board.results import FOLDER, add, load
from benchmarks.board.scores import MAIN, lines
from benchmarks.board.summary import summary
from benchmarks.board.words import write_words
from benchmarks.rows import Benchmark, Row, hardware_line
from sge_agent.jsonlines import write_json_atomically
from sge_agent.settings import SettingError, did_you_mean

BASE_EPISODES = 256
"""How often the untrained model plays each training task."""
DOCS = Path(__file__).resolve().parents[1] / "docs"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds per arm")
    parser.add_argument("--slices", default=",".join(SLICES), metavar="NAME,...", help="default: all")
    parser.add_argument("--arms", default="", metavar="NAME,...", help="default: all of the board")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="FOLDER", help="where the results are")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    parser.add_argument("--page", action="store_true", help="play nothing, write the page of the docs")
    args = parser.parse_args(argv)
    if args.page:
        write_docs(args.out)
        return 0
    known = arms()
    try:
        slices = [slice_of(name) for name in args.slices.split(",")]
        chosen = [known.get(name) or Arm(name) for name in args.arms.split(",") if name] or list(known.values())
        for arm in chosen:
            settings(slices[0], arm)
    except SettingError as error:
        parser.error(str(error))
    print(hardware_line(), flush=True)
    return play_missing(slices, chosen, seeds=args.seeds, folder=args.out, processes=args.processes)


def write_docs(folder: Path, docs: Path = DOCS) -> None:
    """Write docs/board.html, and the generated part of docs/leaderboard.md, from the results in ``folder``."""
    found = summary(load(folder), json.loads((folder / "base.json").read_text(encoding="utf-8")))
    write_page(found, docs / "board.html")
    write_words(found, docs / "leaderboard.md")


def slice_of(name: str) -> Slice:
    if name not in SLICES:
        raise SettingError(f"there is no slice {name!r}, there are: {', '.join(SLICES)}{did_you_mean(name, SLICES)}")
    return SLICES[name]


def play_missing(slices: Sequence[Slice], chosen: Sequence[Arm], *, seeds: int, folder: Path, processes: int) -> int:
    """Play what is not there yet; how many runs failed."""
    solvable = {where.name: solved_by_base(where, folder) for where in slices}
    there = {result.key for result in load(folder)}
    tasks = [
        Task(where, arm, seed, solvable[where.name])
        for seed in range(seeds)
        for where in slices
        for arm in chosen
        if (where.name, arm.name, seed) not in there
    ]
    failed = 0
    for number, (task, found) in enumerate(play_all(tasks, processes=processes), 1):
        head = f"{number}/{len(tasks)} {task.where.name} {task.arm.name} seed {task.seed}"
        if isinstance(found, str):
            failed += 1
            print(f"{head}: FAILED\n{found}", file=sys.stderr, flush=True)
            continue
        add(folder, found)
        passes = ", ".join(f"{name} {one['1']:.2f}" for name, one in found.passes.items())
        print(f"{head}: {passes}; {found.seconds:.0f} s {found.error}", flush=True)
    return min(failed, 1)


def solved_by_base(where: Slice, folder: Path) -> frozenset[str]:
    """Keys of the training tasks that the untrained model solves now and then; measured once, and kept beside the results."""
    file = folder / "base.json"
    kept: dict[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if where.name not in kept:
        found = {
            str(temperature): base(where, episodes=BASE_EPISODES, temperature=temperature)
            for temperature in (TEMPERATURE, 1.0)
        }
        kept[where.name] = {
            "solved": sorted({t.task for one in found.values() for t in one.tasks if t.successes}),
            "pass_at": {
                name: {str(k): [round(x, 4) for x in (e.mean, e.low, e.high)] for k, e in one.pass_at.items()}
                for name, one in found.items()
            },
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_json_atomically(file, kept)
    return frozenset(kept[where.name]["solved"])


def run(quick: bool) -> Iterator[Row]:
    folder = Path("runs/leaderboard-quick" if quick else "runs/leaderboard")
    known = arms()
    slices = [shortened(SLICES["tools"])] if quick else list(SLICES.values())
    chosen = [known[name] for name in ("grpo", "sge", "grpo+gigpo")] if quick else list(known.values())
    if play_missing(slices, chosen, seeds=2 if quick else 5, folder=folder, processes=2):
        raise RuntimeError("a run failed; what it printed stands above")
    results = load(folder)
    for where in slices:
        for line in lines(results, slice=where.name, known=None):
            best = line.estimates[MAIN]
            yield Row(f"{where.name}: {line.arm}, {MAIN}", best.mean, "", detail=f"{best}, rank {line.rank}")


def shortened(where: Slice) -> Slice:
    """The same with a tenth of the updates, for a look at whether all works."""
    return replace(where, settings={**where.settings, "updates": max(6, int(where.settings["updates"]) // 10)})


BENCHMARK = Benchmark("every exploration method on the same small tasks (hours)", run, learning=True)

if __name__ == "__main__":
    sys.exit(main())
