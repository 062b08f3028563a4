"""A small model learns one-line programs: its base, GRPO and SGE on the same problems, prompts and number of episodes.

    python -m benchmarks.one_liners [--seeds 3] [--out runs/one_liners] [--processes 2] [any option of `sge train`]

Success is that of plain episodes without hints, every token at temperature 0.7. "misread" are the problems with one of the
four phrases that the base was made to read wrongly. Finished runs are kept: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium

from benchmarks.compare import ARMS, TEMPERATURE, row_of
from benchmarks.rows import Benchmark, Row, hardware_line
from benchmarks.runs import Run, curve, evaluations, metrics, play_all
from sge_agent.config import load_recipe
from sge_agent.jsonlines import write_text_atomically
from sge_agent.stats import area_under, bootstrap, bootstrap_difference

RECIPE = "one_liners"
MISREAD = ("Take the smaller", "Take the larger", "Divide by", "Take the remainder")
"""How the phrases begin that the base reads wrongly (see examples/one_liners_base_model.py)."""

Success = Mapping[str, float]
"""Share of solved episodes on the sets of problems of :data:`SETS`."""
SETS = ("train", "train, misread", "held-out", "held-out, misread")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run. ``area`` is the mean height of its curve of evaluations on the training problems."""

    arm: str
    seed: int
    before: Success
    after: Success
    area: float
    episodes: int
    tokens: int
    minutes: float


def main(argv: Sequence[str] | None = None) -> int:
    return 0 if play(argv) else 1


def play(argv: Sequence[str] | None) -> list[Result]:
    """Train what is not there yet, print and write the table; the finished runs, none where one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="seeds per arm")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/one_liners"), help="folder of the runs and of the result"
    )
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    args, settings = parser.parse_known_args(argv)
    curves = ("--eval-every", "10", "--eval-every-episodes", "2", "--eval-temperature", str(TEMPERATURE))
    runs = [
        Run(arm, seed, args.out / f"{arm}-seed{seed}", ("--recipe", RECIPE, *curves, *words, *settings))
        for seed in range(args.seeds)
        for arm, words in ARMS.items()
    ]
    if failed := play_all(runs, processes=args.processes):
        print("\n".join(failed), file=sys.stderr)
        return []
    with contextlib.closing(make_env()) as env:
        results = [read_result(run, lambda key: is_misread(key, env)) for run in runs]
    text = as_markdown(results)
    write_text_atomically(args.out / "one_liners.md", text)
    print(f"{hardware_line()}, {args.processes} runs at a time\n\n{text}")
    return results


def make_env() -> Any:
    """The environment of the recipe."""
    config = load_recipe(RECIPE)
    return gymnasium.make(config.env, disable_env_checker=True, **config.env_options)


def is_misread(key: str, env: Any) -> bool:
    """Does the statement of a task (by its key in an evaluation) have a phrase that the base reads wrongly?"""
    options = dict(pair.split("=", 1) for pair in key.partition("?")[2].split(","))
    statement, _ = env.reset(options=options)
    return any(phrase in statement for phrase in MISREAD)


def read_result(run: Run, misread: Callable[[str], bool]) -> Result:
    """The numbers of a finished run; ``misread(key)`` says whether a task has a phrase that the base reads wrongly."""
    last, found = metrics(run)[-1], evaluations(run)
    return Result(
        arm=run.arm,
        seed=run.seed,
        before=read_success(found["before"], misread),
        after=read_success(found["after"], misread),
        area=area_under([(float(point.update), point.success) for point in curve(run)]),
        episodes=int(last["episodes_total"]),
        tokens=int(last["tokens_total"]),
        minutes=float(last["elapsed"]) / 60,
    )


def read_success(evaluation: Mapping[str, Mapping[str, Any]], misread: Callable[[str], bool]) -> Success:
    """Mean success over the problems of each of :data:`SETS`."""
    found: dict[str, float] = {}
    for name in ("train", "held_out"):
        tasks = evaluation[name]["tasks"]
        title = name.replace("_", "-")
        found[title] = _mean(tasks)
        found[f"{title}, misread"] = _mean(task for task in tasks if misread(task["task"]))
    return found


def as_markdown(results: Sequence[Result]) -> str:
    """Base and every seed, the means of the arms, and the verdict."""
    head = f"| arm | seed | area | {' | '.join(SETS)} | episodes | tokens | minutes |"
    lines = [head, "|---" * (len(SETS) + 6) + "|"]
    base = {name: statistics.fmean(result.before[name] for result in results) for name in SETS}
    lines.append(f"| base | all | | {_cells(base)} | 0 | 0 | |")
    lines += [
        f"| {r.arm} | {r.seed} | {r.area:.2f} | {_cells(r.after)} | {r.episodes:,} | {r.tokens:,} | {r.minutes:.1f} |"
        for r in sorted(results, key=lambda r: (list(ARMS).index(r.arm), r.seed))
    ]
    lines += ["", f"| arm | area | {' | '.join(SETS)} |", "|---" * (len(SETS) + 2) + "|"]
    areas = {arm: [r.area for r in results if r.arm == arm] for arm in ARMS}
    for arm, values in areas.items():
        cells = [bootstrap([r.after[name] for r in results if r.arm == arm]) for name in SETS]
        lines.append(f"| {arm} | {' | '.join(map(str, (bootstrap(values), *cells)))} |")
    lines += ["", _verdict(areas)]
    return "\n".join(lines) + "\n"


def _verdict(areas: Mapping[str, Sequence[float]]) -> str:
    if min(map(len, areas.values())) < 2:
        return "One seed of an arm says nothing about the next one: no interval, no verdict."
    difference = bootstrap_difference(areas["sge"], areas["grpo"])
    excludes = "excludes" if difference.low > 0 else "does not exclude"
    return f"Difference in area, sge - grpo: {difference}, which {excludes} 0 (95 %, bootstrap over seeds)."


def _cells(success: Success) -> str:
    return " | ".join(f"{success[name]:.2f}" for name in SETS)


def _mean(tasks: Iterable[Mapping[str, Any]]) -> float:
    shares = [task["successes"] / task["episodes"] for task in tasks]
    return statistics.fmean(shares) if shares else 0.0


def run(quick: bool) -> Iterator[Row]:
    small = ("--seeds", "2", "--updates", "4", "--eval-every", "2", "--out", "runs/one_liners-quick") if quick else ()
    results = play(small)
    if not results:
        raise RuntimeError("a run failed; what it printed stands above")
    for name in SETS:
        yield row_of(f"base, {name}", asdict(bootstrap([result.before[name] for result in results])))
    for arm in ARMS:
        own = [result for result in results if result.arm == arm]
        yield row_of(f"{arm}, area", asdict(bootstrap([result.area for result in own])))
        yield from (row_of(f"{arm}, {name}", asdict(bootstrap([r.after[name] for r in own]))) for name in SETS)


BENCHMARK = Benchmark("one-line programs: base, GRPO and SGE, three seeds (hours on 2 cores)", run, learning=True)

if __name__ == "__main__":
    sys.exit(main())
