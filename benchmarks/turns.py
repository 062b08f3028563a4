"""What a turn costs as an episode grows: flat but for attention, since keys and values stay from turn to turn.

    python -m benchmarks.turns [--quick] [--plot docs/turns.svg]

Episodes of 64 turns go on side by side, each turn with as many tokens read and written as the others. What is measured is the
CPU time between the moments in which all environments have answered. Beside it stands attention alone: the model's own attention
function, on the shapes of the same turn, as often as the turn calls it. That part must grow with the context; what is left of a
turn without it should not.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

from benchmarks.picture import picture
from benchmarks.rollout import make_agent
from benchmarks.rows import Benchmark, Row, at_most, show
from benchmarks.timing import cpu_seconds
from benchmarks.vs_trl import Load, World, make_model, make_texts, make_tokenizer
from sge_agent.envs import Arrival, LocalPool
from sge_agent.rollout import play
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory

FULL = Load(prompts=8, members=1, turns=64, prompt_tokens=64, turn_tokens=16, seen_tokens=24)
QUICK = Load(prompts=4, members=1, turns=12, prompt_tokens=64, turn_tokens=8, seen_tokens=12)
FLAT = 1.25
"""How much more the last turns may cost than the first ones, attention left out."""


@dataclass(frozen=True, slots=True)
class Turn:
    """CPU seconds of one turn of all episodes: all of it, and attention alone; and how long a context is by then."""

    whole: float
    attention: float
    length: int

    @property
    def rest(self) -> float:
        return self.whole - self.attention


class Clocked(LocalPool):
    """Keeps the CPU time at which all environments had answered, turn after turn."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.marks: list[float] = []

    def receive(self, *, wait: bool) -> list[Arrival]:
        arrivals = super().receive(wait=wait)
        if arrivals:
            self.marks.append(time.process_time())
        return arrivals


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller numbers of everything")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the costs of all turns into this SVG file")
    arguments = parser.parse_args(argv)
    turns = measure(QUICK if arguments.quick else FULL, repeats=1 if arguments.quick else 3)
    if arguments.plot is not None:
        arguments.plot.write_text(plot(turns), encoding="utf-8")
    return show(rows(turns))


def run(quick: bool) -> Iterator[Row]:
    return rows(measure(QUICK if quick else FULL, repeats=1 if quick else 3))


def rows(turns: Sequence[Turn]) -> Iterator[Row]:
    early, late = ends(turns)
    lengths = f"of all rows, contexts of {early[-1].length} to {late[-1].length} tokens"
    parts = {"a turn": "whole", "attention in it": "attention", "a turn without attention": "rest"}
    for name, part in parts.items():
        first, last = (statistics.median(map(attrgetter(part), some)) for some in (early, late))
        told = f"{1000 * first:.1f} to {1000 * last:.1f} ms {lengths}"
        bar = at_most(FLAT) if part == "rest" else None
        yield Row(f"{name}: turn {len(turns)} / turn 1", last / first, "x", bar, told)


def ends(turns: Sequence[Turn]) -> tuple[Sequence[Turn], Sequence[Turn]]:
    """An eighth of the turns from either end, without the very first one, which reads the prompt."""
    count = max(1, len(turns) // 8)
    return turns[1 : 1 + count], turns[-count:]


def plot(turns: Sequence[Turn]) -> str:
    """The costs over the turns, in milliseconds."""
    curves = [
        ("a turn", [(n + 1.0, 1000 * turn.whole) for n, turn in enumerate(turns)]),
        ("attention alone", [(n + 1.0, 1000 * turn.attention) for n, turn in enumerate(turns)]),
        ("a turn without attention", [(n + 1.0, 1000 * turn.rest) for n, turn in enumerate(turns)]),
    ]
    highest = max(y for _, points in curves for _, y in points)
    return picture(curves, x_label="turn", y_label="CPU milliseconds", top=math.ceil(highest / 100) * 100)


def measure(load: Load, *, repeats: int) -> list[Turn]:
    """Every turn's median of ``repeats`` times, after one that is not counted."""
    import torch

    from sge_agent.policies.transformers import TransformersPolicy

    torch.set_num_threads(1)
    model, tokenizer = make_model(), make_tokenizer()
    policy = TransformersPolicy(model, tokenizer, chat=False, max_rows=load.prompts, drain=1.0)
    texts = make_texts(load, tokenizer)
    wholes, played = list[list[float]](), list[Trajectory]()
    for number in range(repeats + 1):
        pool = Clocked({"world": lambda: World(load, texts)})
        specs = [EpisodeSpec(TaskRef("world", task), seed=100 * number + task) for task in range(load.prompts)]
        played = play(specs, make_agent(load.turn_tokens), policy, pool)
        wholes.append([after - before for before, after in pairwise(pool.marks)])
    attention = Attention(model, rows=load.prompts, longest=max(len(t.contexts[0].tokens) for t in played))
    found = list[Turn]()
    for number, each in enumerate(zip(*wholes[1:], strict=True)):
        read, written, length = shape_of(played[0], number)
        alone = statistics.median(attention.seconds(read, written, length) for _ in range(repeats))
        found.append(Turn(statistics.median(each), alone, length))
    return found


def shape_of(trajectory: Trajectory, number: int) -> tuple[int, int, int]:
    """Tokens that are read at once in a turn, tokens that are written in it, and the context's length after it."""
    segments = trajectory.segments
    before = segments[number - 1].end - 1 if number else 0  # the last token that was written is read with the next ones
    own = segments[number]
    return own.start - before, own.end - own.start, own.end


class Attention:
    """The attention of all layers of ``model`` alone, over ``rows`` contexts of up to ``longest`` tokens."""

    def __init__(self, model: Any, *, rows: int, longest: int) -> None:
        import torch
        from transformers import AttentionInterface

        self._layer = model.model.layers[0].self_attn
        self._layers = model.config.num_hidden_layers
        self._function: Any = AttentionInterface()[model.config._attn_implementation]
        config = model.config
        self._query = torch.randn(rows, config.num_attention_heads, longest, config.head_dim)
        self._keys = torch.randn(rows, config.num_key_value_heads, longest, config.head_dim)
        self._values = torch.randn_like(self._keys)

    def seconds(self, read: int, written: int, length: int) -> float:
        """CPU seconds in a turn that reads and writes so many tokens and ends at ``length``: a block, then one by one."""
        import torch

        start = length - written
        steps = [(read, start), *((1, start + n) for n in range(1, written))]
        with torch.inference_mode():
            return cpu_seconds(lambda: [self._once(width, seen) for width, seen in steps for _ in range(self._layers)])

    def _once(self, width: int, seen: int) -> Any:
        import torch

        bias = torch.zeros(len(self._query), 1, width, seen)
        parts = (self._query[:, :, :width], self._keys[:, :, :seen], self._values[:, :, :seen])
        return self._function(self._layer, *parts, bias, scaling=self._layer.scaling)


BENCHMARK = Benchmark("what a turn costs from the first to the 64th, beside its attention alone", run)

if __name__ == "__main__":
    sys.exit(main())
