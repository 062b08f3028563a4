"""The claims of the SGE paper (arXiv 2603.02045), measured on the embedded household model: arms, ablations, verdicts.

    python -m benchmarks.claims [--seeds 5] [--out runs/claims] [--arm NAME ...] [--full] [any option of `sge train`]

All arms have the same untrained model, games, prompts, learner and number of episodes; what differs stands in ``ARMS``. Success
is measured in plain episodes without hints, every token at temperature 0.7. Finished runs are kept: the same command
goes on where it was stopped. The default takes about a minute per run and core; ``--full`` trains three times as long.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import base_model
from benchmarks.picture import picture
from benchmarks.rows import Benchmark, Row, at_least
from benchmarks.runs import Run, command, curve, evaluations, first_success, metrics, pass_at, play
from benchmarks.verdicts import Seed, Verdict, judge, mean
from sge_agent.jsonlines import write_json_atomically, write_text_atomically
from sge_agent.stats import Estimate, area_under

GAMES = 16
UPDATES = 80
TEMPERATURE = "0.7"
SLICE = (
    *("--recipe", "household", "--tasks", str(GAMES), "--held-out-tasks", str(GAMES), "--checkpoint-every", "1000"),
    *("--eval-every", "8", "--eval-every-episodes", "4", "--eval-temperature", TEMPERATURE),
    *("--pass-k", "1,8", "--transcripts-per-update", "2"),
)
"""What all runs share."""
GRPO = ("--explore", "grpo", "--one-temperature", "1.0")
PAPER = ("--reflecting-members", "none", "--failure-reflection", "0.25", "--success-reflection", "0.1")
"""The paper's two probabilities, each episode drawing for itself."""
PLAIN = (*PAPER, "--reflection-credit", "plain_prompt")
ABLATED = "sge, plain credit"
"""The form of SGE that the ablations take something from."""

ARMS: Mapping[str, tuple[str, ...]] = {
    "grpo": GRPO,
    "grpo hot": (*GRPO, "--one-temperature", "1.5"),
    "grpo direct": (*GRPO, "--strategy-when", "never"),
    "grpo + replay": (*GRPO, "--explore", "grpo+success_replay"),
    "entropy advantage": (*GRPO, "--explore", "grpo+entropy_advantage"),
    "rnd": (*GRPO, "--explore", "grpo+rnd", "--rnd-scale", "0.1"),
    "rlad": (*GRPO, "--explore", "rlad"),
    "actre": (*GRPO, "--explore", "actre"),
    "sge": (*PAPER, "--reflection-credit", "as_sampled"),
    ABLATED: PLAIN,
    "sge, recipe": (),
    "seek": (*GRPO, "--explore", "seek"),
    f"{ABLATED}, all default": (*PLAIN, "--strategy-temperature", "0.7"),
    f"{ABLATED}, all hot": (*PLAIN, "--action-temperature", "1.5"),
    f"{ABLATED}, no failure reflection": (*PLAIN, "--failure-reflection", "0"),
    f"{ABLATED}, no success reflection": (*PLAIN, "--success-reflection", "0"),
    f"{ABLATED}, no reflection": (*PLAIN, "--failure-reflection", "0", "--success-reflection", "0"),
}
"""What tells an arm from the others; the last word on an option counts."""
SGE_ARMS = ("sge", ABLATED, "sge, recipe")
"""The forms of the method that the claims are judged for."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds per arm")
    parser.add_argument(
        "--arm", action="append", choices=ARMS, help="play this arm alone and judge nothing; may be repeated"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/claims"), help="folder of the runs and of the result")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time, each with one thread")
    parser.add_argument("--full", action="store_true", help="three times as many updates")
    parser.add_argument("--fewer", type=int, default=1, help="divide the episodes of the untrained model by this")
    args, settings = parser.parse_known_args(argv)
    shared = (*SLICE, "--updates", str(UPDATES * (3 if args.full else 1)))
    runs = [
        Run(arm, seed, args.out / f"{slug(arm)}-seed{seed}", (*shared, *words, *settings))
        for seed in range(args.seeds)
        for arm, words in ARMS.items()
        if not args.arm or arm in args.arm
    ]
    with ThreadPoolExecutor(args.processes) as workers:
        failed = [text for text in workers.map(play_and_try_easy_games, runs) if text]
    if failed:
        print("\n".join(failed), file=sys.stderr)
        return 1
    judged = () if args.arm else SGE_ARMS
    samples = base_model.SAMPLES if judged else ()
    base = {name: measured(name, args.out / "base", fewer=args.fewer) for name in samples}
    seeds = read_seeds(runs)
    verdicts = {arm: judge(seeds, base, sge=arm) for arm in judged}
    stem = "chosen" if args.arm else "claims"
    write_json_atomically(
        args.out / f"{stem}.json",
        {
            "seeds": [asdict(seed) for seed in seeds],
            "base": base,
            "verdicts": {arm: [asdict(verdict) for verdict in found] for arm, found in verdicts.items()},
        },
    )
    text = as_markdown(seeds, base, verdicts)
    write_text_atomically(args.out / f"{stem}.md", text)
    write_text_atomically(args.out / f"{stem}.svg", curves(runs))
    print(text)
    return 0


def slug(arm: str) -> str:
    return re.sub("[^a-z0-9]+", "-", arm)


def play_and_try_easy_games(run: Run) -> str:
    """Train one run, then measure what is left of the easy games; "" or what went wrong."""
    if failed := play(run):
        return failed
    if not easy_file(run).exists():
        words = ("eval", str(run.folder), "--split", "easy", "--held-out-tasks", "0", "--out", str(easy_file(run)))
        if code := command(words, log=run.log):
            return f"the easy games after {run.folder} ended with exit status {code}, see {run.log}"
    return ""


def easy_file(run: Run) -> Path:
    return run.folder / "easy.json"


def measured(name: str, folder: Path, *, fewer: int) -> dict[str, Any]:
    """What the untrained model does, from its file or played now."""
    file = folder / f"{slug(name)}.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json_atomically(file, base_model.measure(name, tasks=GAMES, fewer=fewer))
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def read_seeds(runs: Sequence[Run]) -> list[Seed]:
    """The numbers of all runs. Areas against tokens end where the run that spent the fewest tokens ends."""
    budget = min(metrics(run)[-1]["tokens_total"] for run in runs)
    return [read_seed(run, budget) for run in runs]


def read_seed(run: Run, budget: int) -> Seed:
    rows, after, points = metrics(run), evaluations(run)["after"], curve(run)
    outcomes = [row["distinct_outcomes"] for row in rows if row["distinct_outcomes"] is not None]
    return Seed(
        arm=run.arm,
        seed=run.seed,
        train=pass_at(after["train"]),
        passes=pass_at(after["train"], 8),
        held_out=pass_at(after["held_out"]),
        easy=pass_at(json.loads(easy_file(run).read_text())["train"]),
        area=area_under([(float(point.episodes), point.success) for point in points]),
        area_tokens=area_under(cut([(float(point.tokens), point.success) for point in points], float(budget))),
        outcomes=sum(outcomes) / len(outcomes),
        first=first_success(run),
        tokens=int(rows[-1]["tokens_total"]),
        seconds=float(rows[-1]["elapsed"]),
    )


def cut(points: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """The part of a curve up to ``end``, with the value there by linear interpolation."""
    kept = [point for point in points if point[0] < end]
    (x0, y0), (x1, y1) = kept[-1], points[len(kept)]
    return [*kept, (end, y0 + (y1 - y0) * (end - x0) / (x1 - x0))]


def as_markdown(
    seeds: Sequence[Seed], base: Mapping[str, Mapping[str, Any]], verdicts: Mapping[str, Sequence[Verdict]]
) -> str:
    """The untrained model, the arms, the verdicts."""
    ks = [str(k) for k in base_model.KS]
    lines: list[str] = []
    if base:
        lines.append(f"| untrained model | {' | '.join(f'pass@{k}' for k in ks)} | successes | outcomes per game |")
        lines.append(f"|---|{'---|' * len(ks)}---|---|")
    for name, found in base.items():
        cells = [str(Estimate(**found["pass_at"][k])) if k in found["pass_at"] else "" for k in ks]
        lines.append(
            f"| {name} | {' | '.join(cells)} | {found['successes']:,} of {found['episodes']:,} "
            f"| {found['distinct_outcomes']:.1f} |"
        )
    columns = {
        "train": "pass@1",
        "passes": "pass@8",
        "held_out": "held-out",
        "easy": "easy games",
        "area": "area, episodes",
        "area_tokens": "area, tokens",
        "outcomes": "outcomes",
    }
    if lines:
        lines.append("")
    lines += [f"| arm | {' | '.join(columns.values())} | first success | 1,000 tokens | seconds |"]
    lines.append(f"|---|{'---|' * len(columns)}---|---|---|")
    for arm in dict.fromkeys(seed.arm for seed in seeds):
        own = [seed for seed in seeds if seed.arm == arm]
        cells = [str(mean(seeds, arm, name)) for name in columns]
        met = [str(seed.first) for seed in own if seed.first is not None]
        first = f"{', '.join(met)} ({len(met)} of {len(own)})" if met else "never"
        tokens, seconds = (sum(getattr(seed, name) for seed in own) / len(own) for name in ("tokens", "seconds"))
        lines.append(f"| {arm} | {' | '.join(cells)} | {first} | {tokens / 1000:.0f} | {seconds:.0f} |")
    for arm, judged in verdicts.items():
        lines += ["", f"Verdicts, with `{arm}` as the method:", "", "| claim | verdict | numbers |", "|---|---|---|"]
        lines += [f"| {v.claim} | {'PASS' if v.passed else 'FAIL'} | {v.evidence} |" for v in judged]
    return "\n".join(lines) + "\n"


def curves(runs: Sequence[Run]) -> str:
    """Success against episodes, the mean over the seeds of each arm, as a picture."""
    lines = []
    for arm in dict.fromkeys(run.arm for run in runs):
        own = [curve(run) for run in runs if run.arm == arm]
        heights = [(float(at[0].episodes), sum(p.success for p in at) / len(at)) for at in zip(*own, strict=True)]
        lines.append((arm, heights))
    return picture(lines)


def run(quick: bool) -> Iterator[Row]:
    """What claims hold, for each form of the method: 1 where it does."""
    out = Path("runs/claims-quick" if quick else "runs/claims")
    small = ("--seeds", "2", "--updates", "8", "--eval-every", "4", "--tasks", "8", "--fewer", "64") if quick else ()
    if main(("--out", str(out), *small)):
        raise RuntimeError("a run failed; what it printed stands above")
    judged: Mapping[str, list[dict[str, Any]]] = json.loads((out / "claims.json").read_text())["verdicts"]
    for arm, verdicts in judged.items():
        for verdict in verdicts:
            name, held = f"{arm}: {verdict['claim']}", float(verdict["passed"])
            yield Row(name, held, bar=at_least(1), detail=verdict["evidence"])


BENCHMARK = Benchmark("the paper's claims: 17 arms, five seeds each (about an hour on 2 cores)", run, learning=True)

if __name__ == "__main__":
    sys.exit(main())
