"""What to expect of an update: a model of its cost, fitted to measurements here, and its predictions for machines with GPUs.

    python -m benchmarks.throughput [--quick]       # fits the constants of this CPU, and checks them on other settings
    python -m benchmarks.throughput --expect H200   # the table of docs/scaling.md: predictions from stated assumptions

The formulas stand in ``benchmarks.cost_model``. Measured are playing and learning in CPU seconds of one thread, with models and
episodes of several sizes; the constants are fitted to some of them, and the error is that on the others.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from benchmarks.cost_model import GPUS, Gpu, Prediction, Workload, best, fit, learned, played, predicted
from benchmarks.rollout import make_agent
from benchmarks.rows import Benchmark, Row, Skip, at_most, number_text, show
from benchmarks.shapes import QWEN3, SMALL, Shape
from benchmarks.timing import cpu_seconds
from benchmarks.utilisation import Device, learner_seconds, make_policy
from benchmarks.utilisation import Load as Written
from benchmarks.vs_trl import Load, World, make_texts, make_tokenizer

HERE = Device("cpu", "float32")
NARROW = replace(SMALL, layers=2, width=128, inner=384, heads=4)
DEEP = replace(SMALL, layers=8)

SETTINGS: Sequence[tuple[Shape, Load]] = (
    (SMALL, Load(2, 4, 3, 64, 16, 24)),
    (SMALL, Load(4, 4, 2, 200, 12, 60)),
    (SMALL, Load(1, 4, 6, 40, 24, 8)),
    (SMALL, Load(4, 8, 1, 64, 32, 0)),
    (NARROW, Load(2, 4, 3, 64, 16, 24)),
    (NARROW, Load(4, 8, 2, 128, 16, 40)),
    (DEEP, Load(2, 4, 2, 96, 16, 24)),
    (DEEP, Load(2, 8, 1, 200, 24, 0)),
)
HELD_OUT: Sequence[tuple[Shape, Load]] = (
    (SMALL, Load(3, 5, 4, 100, 20, 30)),
    (NARROW, Load(2, 6, 5, 64, 12, 32)),
    (DEEP, Load(3, 4, 3, 64, 12, 40)),
)
"""Models and episodes (:class:`benchmarks.vs_trl.Load`): those that the constants are fitted to, and those that test them."""

NEAR = 0.25
"""How far a prediction for a setting that the constants were not fitted to may be off."""

ALFWORLD = Workload("20 turns", groups=32, members=16, turns=20, prompt=1000, seen=50, written=100, env_seconds=0.04)
CODE = Workload("one turn", groups=64, members=16, turns=1, prompt=400, seen=0, written=1000, env_seconds=0.05)
CLUSTERS = {"1 GPU": (1, 1), "8 GPUs": (8, 1), "4 nodes of 8": (32, 4)}


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of one setting, and the counts that they follow from."""

    playing: float
    learning: float
    played: tuple[float, ...]
    learned: tuple[float, ...]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="measure each setting once")
    parser.add_argument("--expect", choices=sorted(GPUS), help="print the table of predictions for such GPUs, and stop")
    arguments = parser.parse_args(argv)
    if arguments.expect is None:
        return show(run(arguments.quick))
    print("\n".join(table(GPUS[arguments.expect])))
    return 0


def run(quick: bool) -> Iterator[Row]:
    try:
        import torch
    except ImportError as error:
        raise Skip(f"needs torch ({error}): pip install 'strategy-guided-exploration[train]'") from error
    torch.set_num_threads(1)
    tokenizer = make_tokenizer()
    repeats = 1 if quick else 5
    known = [measure(shape, load, tokenizer, repeats=repeats) for shape, load in SETTINGS]
    fresh = [measure(shape, load, tokenizer, repeats=repeats) for shape, load in HELD_OUT]
    playing = fit([one.played for one in known], [one.playing for one in known])
    learning = fit([one.learned for one in known], [one.learning for one in known])
    yield from constants(playing, learning)
    for part, found, values in (("playing", playing, "played"), ("learning", learning, "learned")):
        for name, some in (("fitted", known), ("held-out", fresh)):
            off = [abs(predicted(getattr(one, values), found) / getattr(one, part) - 1) for one in some]
            told = f"median {statistics.median(off):.0%}, {len(some)} settings of {min(getattr(one, part) for one in some):.2g} to "
            told += f"{max(getattr(one, part) for one in some):.2g} CPU seconds"
            bar = at_most(NEAR) if name == "held-out" else None
            yield Row(f"{part}: largest error on {name} settings", max(off), "", bar, told)


def constants(playing: Sequence[float], learning: Sequence[float]) -> Iterator[Row]:
    """What was fitted, as rates where they are ones; 0 where the fit has no use for a part."""
    overhead, per_byte, per_flop, per_turn = playing
    yield Row("playing: overhead of a pass", 1000 * overhead, "ms")
    yield Row("playing: a byte that is read", 1e9 * per_byte, "ns")
    yield Row(
        "playing: arithmetic",
        1e-9 / per_flop if per_flop else None,
        "GFLOP/s",
        detail="" if per_flop else "fitted as free",
    )
    yield Row("playing: this project's own work and the environment's, a turn", 1000 * per_turn, "ms")
    per_flop, per_element, per_weight = learning
    yield Row(
        "learning: arithmetic",
        1e-9 / per_flop if per_flop else None,
        "GFLOP/s",
        detail="" if per_flop else "fitted as free",
    )
    yield Row("learning: an element that is touched", 1e9 * per_element, "ns")
    yield Row("learning: a weight that the optimiser moves", 1e9 * per_weight, "ns")


def measure(shape: Shape, load: Load, tokenizer: Any, *, repeats: int) -> Measured:
    """The median of playing and of learning, after one time of each that is not counted."""
    from sge_agent.envs import LocalPool
    from sge_agent.rollout import play
    from sge_agent.types import EpisodeSpec, TaskRef

    count = load.prompts * load.members
    policy = make_policy(shape, HERE, tokenizer, rows=count)
    texts = make_texts(load, tokenizer)
    pool = LocalPool({"world": lambda: World(load, texts)})
    agent = make_agent(load.turn_tokens)
    specs = [
        EpisodeSpec(TaskRef("world", n), seed=1000 * n + m) for n in range(load.prompts) for m in range(load.members)
    ]
    trajectories = play(specs, agent, policy, pool)
    playing = statistics.median(cpu_seconds(lambda: play(specs, agent, policy, pool)) for _ in range(repeats))
    episodes = workload(load, trajectories)
    written = Written(load.prompts, load.members, load.turns, episodes.prompt, load.turn_tokens, episodes.seen)
    learning, _ = learner_seconds(policy, HERE, shape, written, repeats=repeats)
    need = played(shape, episodes, rows=count, number_bytes=4)
    return Measured(playing, learning, need.counts, learned(shape, episodes).counts)


def workload(load: Load, trajectories: Sequence[Any]) -> Workload:
    """The lengths that the episodes really had, with what their prompts put around texts."""
    segments = [trajectory.segments for trajectory in trajectories]
    prompt = statistics.mean(spans[0].start for spans in segments)
    gaps = [after.start - before.end for spans in segments for before, after in pairwise(spans)]
    seen = round(statistics.mean(gaps)) if gaps else 0
    return Workload("", load.prompts, load.members, load.turns, round(prompt), seen, load.turn_tokens, 0.0)


def table(gpu: Gpu) -> Iterator[str]:
    """Markdown: what runs where, and what an update of each kind takes."""
    yield "| machine | model | episodes | learner ranks | samplers | an update | overlapped | episodes/s | tokens/s | limited by |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for machine, (gpus, nodes) in CLUSTERS.items():
        for name, shape in QWEN3.items():
            for load in (ALFWORLD, CODE):
                found = best(gpu, shape, load, gpus=gpus, nodes=nodes)
                cells = cells_of(found) if found else ["does not fit", *[""] * 6]
                yield f"| {' | '.join([machine, name, load.name, *cells])} |"


def cells_of(found: Prediction) -> list[str]:
    layout, load = found.layout, found.load
    width = f" of {layout.width} GPUs" if layout.width > 1 else ""
    samplers = (
        f"{layout.samplers} servers{width}, {found.rows} rows" if layout.samplers else f"the same, {found.rows} rows"
    )
    seconds = [f"{number_text(round(whole))} s" for whole in (found.sync, found.overlapped)]
    rates = [number_text(count / found.overlapped) for count in (load.episodes, load.sampled)]
    return [str(layout.ranks), samplers, *seconds, *rates, found.limit]


BENCHMARK = Benchmark("a model of what an update costs, fitted to some settings and checked on others", run)

if __name__ == "__main__":
    sys.exit(main())
