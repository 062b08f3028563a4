"""SGE beside GRPO: the same model, prompts, games and episodes, several seeds of each, two runs at a time.

    python -m benchmarks.compare [--seeds 5] [--out runs/compare] [any option of `sge train`]

What is compared is success on the training games at fixed points of the training, measured by evaluations of their own:
plain episodes without hints, every token at the action temperature, the same for both arms. From these curves come the
area (mean height from the first update to the last), the share of seeds that take off, and the update of the first
evaluation with a success. Finished runs are kept: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Benchmark, Row
from benchmarks.runs import Run, curve, evaluations, first_success, metrics, pass_at, play_all
from sge_agent.jsonlines import write_json_atomically, write_text_atomically
from sge_agent.report import write_report
from sge_agent.stats import Estimate, area_under, bootstrap, bootstrap_difference

ARMS: Mapping[str, Sequence[str]] = {
    "sge": ("--explore", "sge"),
    "grpo": ("--explore", "grpo", "--one-temperature", "1.0"),
}
TEMPERATURE = 0.7
"""Of every token in all evaluations, the same for both arms."""
TAKES_OFF = 0.3
"""A seed has taken off when its last evaluation on the training games is at least this."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One finished run, in the numbers that are compared."""

    arm: str
    seed: int
    area: float
    first_success: int | None
    """Update of the first evaluation, or training rollout without hints, with a success; None if there was none."""
    train: float
    held_out: float
    episodes: int
    tokens: int
    minutes: float

    @property
    def took_off(self) -> bool:
        return self.train >= TAKES_OFF


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds per arm")
    parser.add_argument("--out", type=Path, default=Path("runs/compare"), help="folder of the runs and of the result")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    parser.add_argument("--recipe", default="household", help="settings of both arms")
    args, settings = parser.parse_known_args(argv)
    curves = ("--eval-every", "8", "--eval-every-episodes", "4", "--eval-temperature", str(TEMPERATURE))
    runs = [
        Run(arm, seed, args.out / f"{arm}-seed{seed}", ("--recipe", args.recipe, *curves, *words, *settings))
        for seed in range(args.seeds)
        for arm, words in ARMS.items()
    ]
    if failed := play_all(runs, processes=args.processes):
        print("\n".join(failed), file=sys.stderr)
        return 1
    seeds = [read_seed(run) for run in runs]
    results = summary(seeds)
    write_json_atomically(args.out / "compare.json", {"seeds": [asdict(seed) for seed in seeds], **results})
    text = as_markdown(seeds, results)
    write_text_atomically(args.out / "compare.md", text)
    print(text)
    print(f"curves: {write_report([run.folder for run in runs], args.out / 'compare.html')}")
    return 0


def read_seed(run: Run) -> Seed:
    """The numbers of a finished run."""
    last = metrics(run)[-1]
    after = evaluations(run)["after"]
    return Seed(
        arm=run.arm,
        seed=run.seed,
        area=area_under([(float(point.update), point.success) for point in curve(run)]),
        first_success=first_success(run),
        train=pass_at(after["train"]),
        held_out=pass_at(after["held_out"]),
        episodes=int(last["episodes_total"]),
        tokens=int(last["tokens_total"]),
        minutes=float(last["elapsed"]) / 60,
    )


def summary(seeds: Sequence[Seed]) -> dict[str, Any]:
    """Means over seeds with 95 % bootstrap intervals, and the difference in area between the arms."""

    def of(arm: str, name: str) -> list[float]:
        return [float(getattr(seed, name)) for seed in seeds if seed.arm == arm]

    arms = {
        arm: {
            name: asdict(bootstrap(of(arm, name)))
            for name in ("area", "train", "held_out", "took_off", "tokens", "minutes")
        }
        for arm in ARMS
    }
    difference = bootstrap_difference(of("sge", "area"), of("grpo", "area"))
    sge, grpo = arms["sge"]["area"]["mean"], arms["grpo"]["area"]["mean"]
    return {
        "arms": arms,
        "area_difference": asdict(difference),
        "area_ratio": grpo / sge if sge else None,
        "difference_excludes_zero": difference.low > 0,
        "grpo_under_half": grpo < sge / 2,
    }


def as_markdown(seeds: Sequence[Seed], results: Mapping[str, Any]) -> str:
    """Every seed, the means of the arms, and the verdict."""
    lines = [
        "| arm | seed | area | first success (update) | train pass@1 | held-out pass@1 | took off | episodes | tokens "
        "| minutes |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for s in sorted(seeds, key=lambda seed: (list(ARMS).index(seed.arm), seed.seed)):
        first = "never" if s.first_success is None else str(s.first_success)
        lines.append(
            f"| {s.arm} | {s.seed} | {s.area:.3f} | {first} | {s.train:.2f} | {s.held_out:.2f} "
            f"| {'yes' if s.took_off else 'no'} | {s.episodes:,} | {s.tokens:,} | {s.minutes:.1f} |"
        )
    lines += [
        "",
        "| arm | area | train pass@1 | held-out pass@1 | share of seeds that took off |",
        "|---|---|---|---|---|",
    ]
    for arm, numbers in results["arms"].items():
        cells = " | ".join(str(Estimate(**numbers[name])) for name in ("area", "train", "held_out", "took_off"))
        lines.append(f"| {arm} | {cells} |")
    difference = Estimate(**results["area_difference"])
    lines += [
        "",
        "Intervals: 95 %, bootstrap over seeds. Area: mean height of the curve of evaluations on the training games "
        f"(plain episodes, every token at temperature {TEMPERATURE}).",
        f"Difference in area, sge - grpo: {difference}, "
        f"which {'excludes' if difference.low > 0 else 'does not exclude'} 0; "
        f"grpo's mean area is {'under' if results['grpo_under_half'] else 'not under'} half of sge's.",
    ]
    return "\n".join(lines) + "\n"


def run(quick: bool) -> Iterator[Row]:
    out = Path("runs/compare-quick" if quick else "runs/compare")
    small = ("--seeds", "2", "--updates", "8", "--eval-every", "4", "--eval-episodes", "2") if quick else ()
    if main(("--out", str(out), *small)):
        raise RuntimeError("a run failed; what it printed stands above")
    found = json.loads((out / "compare.json").read_text())
    for arm, numbers in found["arms"].items():
        yield from (row_of(f"{arm}, {name}", estimate) for name, estimate in numbers.items())
    yield row_of("difference in area, sge - grpo", found["area_difference"])


def row_of(name: str, estimate: Mapping[str, float]) -> Row:
    """A mean over seeds with its interval."""
    return Row(name, estimate["mean"], detail=f"95 % interval {estimate['low']:.3g} to {estimate['high']:.3g}")


BENCHMARK = Benchmark(
    "SGE beside GRPO on household games, five seeds (about half an hour on 2 cores)", run, learning=True
)

if __name__ == "__main__":
    sys.exit(main())
