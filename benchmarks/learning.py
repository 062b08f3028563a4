"""A small model of the package learns by SGE: its base, GRPO and SGE on the same tasks and episodes.

    python -m benchmarks.learning [--recipe tools_easy] [--seeds 2] [--out runs/learning] [any option of `sge train`]

Recipes: tools_easy (a shop behind tools), miniwob (web pages in Chromium). Prints the comparison of `python -m benchmarks.compare`
with that recipe, and the base: the same model before training. Success is that of plain episodes without hints, every
token at temperature 0.7. Finished runs are kept: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import compare
from benchmarks.rows import Benchmark, Row
from benchmarks.runs import Run, evaluations, pass_at

RECIPES = ("tools_easy", "miniwob")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=RECIPES, default=RECIPES[0], help="what is learned")
    parser.add_argument("--seeds", type=int, default=2, help="seeds per arm")
    parser.add_argument("--out", type=Path, default=Path("runs/learning"), help="folder of the runs, one per recipe")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    args, settings = parser.parse_known_args(argv)
    out = args.out / args.recipe
    words = ("--recipe", args.recipe, "--seeds", str(args.seeds), "--out", str(out), "--processes", str(args.processes))
    if code := compare.main([*words, *settings]):
        return code
    runs = [Run(arm, seed, out / f"{arm}-seed{seed}", ()) for arm in compare.ARMS for seed in range(args.seeds)]
    print(base_line([evaluations(run)["before"] for run in runs]))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {args.processes} runs at a time")
    return 0


def base_line(before: Sequence[Mapping[str, Any]]) -> str:
    """What the base does, as a sentence, from the evaluations of all runs before their training."""
    shares = {name: fmean(pass_at(one[name]) for one in before) for name in ("train", "held_out")}
    episodes = sum(one[name]["episodes"] for one in before for name in shares)
    return f"base: train pass@1 {shares['train']:.3f}, held-out pass@1 {shares['held_out']:.3f} ({episodes:,} plain episodes)"


def run(quick: bool) -> Iterator[Row]:
    out = Path("runs/learning-quick" if quick else "runs/learning")
    small = ("--updates", "4", "--eval-episodes", "1", "--tasks", "8", "--held-out-tasks", "8") if quick else ()
    for recipe in RECIPES:
        if main(("--recipe", recipe, "--out", str(out), *small)):
            raise RuntimeError("a run failed; what it printed stands above")
        found = json.loads((out / recipe / "compare.json").read_text(encoding="utf-8"))
        for arm, numbers in found["arms"].items():
            yield from (compare.row_of(f"{recipe}: {arm}, {name}", estimate) for name, estimate in numbers.items())


BENCHMARK = Benchmark("small models learn easy tool tasks and web pages by SGE and by GRPO", run, learning=True)

if __name__ == "__main__":
    sys.exit(main())
