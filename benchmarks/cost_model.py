"""What an update costs, as a formula: counts that follow from model and episodes, times constants of the hardware.

    a turn      = passes x (overhead + bytes / bandwidth + operations / speed) + this project's own work + the environment
    playing     = turns of a row x rows that follow each other, or what the environments' processors take, if that is more
    learning    = operations / speed + elements / bandwidth + the optimiser's work on every weight, divided among the ranks,
                  or what their messages take, if that is more
    an update   = playing + learning + transfer of the weights;   asynchronously: the longer of the first two + transfer

The constants of a CPU are fitted to measurements (``benchmarks.throughput``), those of GPUs are assumptions that stand in
``GPUS``. Seconds, bytes and operations throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmarks.shapes import Shape, pairs_of


@dataclass(frozen=True, slots=True)
class Workload:
    """The episodes of an update. Lengths in tokens; ``env_seconds`` is what one step of an environment takes."""

    name: str
    groups: int
    members: int
    turns: int
    prompt: int
    seen: int
    written: int
    env_seconds: float
    epochs: int = 2

    @property
    def episodes(self) -> int:
        return self.groups * self.members

    @property
    def length(self) -> int:
        """Tokens of a context at its end."""
        return self.prompt + self.turns * self.written + (self.turns - 1) * self.seen

    @property
    def sampled(self) -> int:
        return self.episodes * self.turns * self.written

    @property
    def tokens(self) -> int:
        """That go through the model: a group's prompt once, then what its members have of their own."""
        return self.groups * self.prompt + self.episodes * (self.length - self.prompt)

    @property
    def pairs(self) -> int:
        one = pairs_of([(self.prompt, self.length)])
        return self.groups * pairs_of([(0, self.prompt)]) + self.episodes * one

    @property
    def looked_at(self) -> float:
        """Tokens whose keys and values are read again while all episodes are written, one pass for each token."""
        return self.sampled * (self.prompt + self.length) / 2


@dataclass(frozen=True, slots=True)
class Played:
    """What playing takes: passes of the model one after the other, bytes that they read, operations, turns."""

    passes: float
    read: float
    flops: float
    turns: float

    @property
    def counts(self) -> tuple[float, ...]:
        return (self.passes, self.read, self.flops, self.turns)


@dataclass(frozen=True, slots=True)
class Learned:
    """What learning takes: operations, elements that are touched one by one, weights that the optimiser moves."""

    flops: float
    elements: float
    weights: float

    @property
    def counts(self) -> tuple[float, ...]:
        return (self.flops, self.elements, self.weights)


def played(shape: Shape, load: Workload, *, rows: int, number_bytes: float) -> Played:
    """All episodes of ``load`` on one sampler that writes ``rows`` at once."""
    passes = max(1.0, load.episodes / rows) * load.turns * load.written
    return Played(
        passes=passes,
        read=number_bytes * (passes * (shape.body + shape.head) + load.looked_at * shape.cached),
        flops=shape.forward_flops(load.tokens, load.sampled, load.pairs),
        turns=load.episodes * load.turns,
    )


def learned(shape: Shape, load: Workload) -> Learned:
    """One epoch over the episodes of ``load``."""
    return Learned(
        flops=shape.training_flops(load.tokens, load.sampled, load.pairs),
        elements=load.tokens * shape.layers * (shape.width + shape.inner) + load.sampled * shape.vocabulary,
        weights=shape.parameters,
    )


def fit(counts: Sequence[Sequence[float]], seconds: Sequence[float]) -> list[float]:
    """The constants, none negative, with the least sum of squared relative errors of ``counts @ constants``.

    As many are zero as that takes: every choice is tried, so there may be only a few.
    """
    table = np.asarray(counts, dtype=float) / np.asarray(seconds, dtype=float)[:, None]
    scale = np.abs(table).max(0)
    scale[scale == 0] = 1.0
    best, error = np.zeros(table.shape[1]), float(len(table))
    for size in range(1, table.shape[1] + 1):
        for chosen in combinations(range(table.shape[1]), size):
            columns = list(chosen)
            found = np.linalg.lstsq(table[:, columns] / scale[columns], np.ones(len(table)), rcond=None)[0]
            missed = float(np.square((table[:, columns] / scale[columns]) @ found - 1).sum())
            if (found >= 0).all() and missed < error:
                best, error = np.zeros(table.shape[1]), missed
                best[columns] = found / scale[columns]
    return [float(value) for value in best]


def predicted(counts: Sequence[float], constants: Sequence[float]) -> float:
    return sum(count * constant for count, constant in zip(counts, constants, strict=True))


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. ``peak`` (bfloat16, dense), ``bandwidth``, ``memory`` and ``nvlink`` (one direction) are the data sheet's; the
    shares of them that are reached, and all else, are assumptions."""

    name: str
    peak: float
    bandwidth: float
    memory: float
    nvlink: float
    network: float = 50e9
    learning_share: float = 0.4
    sampling_share: float = 0.5
    bandwidth_share: float = 0.6
    link_share: float = 0.7
    cores: int = 12


GPUS = {
    gpu.name: gpu
    for gpu in (
        Gpu("H100", peak=989e12, bandwidth=3.35e12, memory=80e9, nvlink=450e9),
        Gpu("H200", peak=989e12, bandwidth=4.8e12, memory=141e9, nvlink=450e9),
    )
}
EAGER, GRAPHS = 8e-4, 6e-5
"""Overhead of a pass, for each layer: transformers, which starts every kernel by itself, and vLLM with CUDA graphs."""

PAUSE = 1.0
"""Seconds that servers stand still for new weights, besides the transfer."""

OF_LEARNER, OF_ACTIVATIONS = 16, 25e9
"""Bytes for each weight that is trained (bfloat16 weight and gradient, float32 copy, two averages); bytes for activations."""

TURN = 1e-3
"""Seconds of this project's own work for a turn, in one process."""


@dataclass(frozen=True, slots=True)
class Layout:
    """GPUs of a cluster: ``ranks`` learn, ``samplers`` servers of ``width`` GPUs each write; 0 samplers: one GPU does both in
    turn, without a server."""

    ranks: int
    samplers: int
    width: int = 1
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Prediction:
    """Seconds of the parts of an update on a layout, and what each is limited by."""

    layout: Layout
    load: Workload
    rows: int
    playing: float
    learning: float
    transfer: float
    playing_limit: str
    learning_limit: str

    @property
    def sync(self) -> float:
        return self.playing + self.learning + self.transfer

    @property
    def overlapped(self) -> float:
        """With sampling going on while the learner updates; one GPU that does both gains nothing."""
        return max(self.playing, self.learning) + self.transfer if self.layout.samplers else self.sync

    @property
    def limit(self) -> str:
        return self.playing_limit if self.playing >= self.learning else self.learning_limit


def predict(gpu: Gpu, shape: Shape, load: Workload, layout: Layout) -> Prediction | None:
    """The parts of an update on a layout; None where it does not fit into memory."""
    rows = _rows(gpu, shape, load, layout)
    if rows < 1 or OF_LEARNER * shape.parameters / layout.ranks + OF_ACTIVATIONS > gpu.memory:
        return None
    playing, playing_limit = _playing(gpu, shape, load, layout, rows)
    learning, learning_limit = _learning(gpu, shape, load, layout)
    link = gpu.nvlink if layout.nodes == 1 else gpu.network
    transfer = PAUSE + 2 * shape.parameters / (link * gpu.link_share) if layout.samplers else 0.0
    return Prediction(layout, load, rows, playing, learning, transfer, playing_limit, learning_limit)


def best(gpu: Gpu, shape: Shape, load: Workload, *, gpus: int, nodes: int = 1) -> Prediction | None:
    """The division of the GPUs with the shortest overlapped update; None where nothing fits."""
    width = -(-int(2 * shape.parameters) // int(0.5 * gpu.memory))  # a server's weights take half of its memory at most
    layouts = [Layout(gpus - n * width, n, width, nodes) for n in range(1, (gpus - 1) // width + 1)]
    if gpus == 1:
        layouts = [Layout(1, 0)]
    found = [p for layout in layouts if (p := predict(gpu, shape, load, layout)) is not None]
    return min(found, key=lambda p: (p.overlapped, p.layout.samplers), default=None)


def _rows(gpu: Gpu, shape: Shape, load: Workload, layout: Layout) -> int:
    """Episodes that one sampler writes at once: as many as its memory has room for, and there are."""
    taken = OF_LEARNER * shape.parameters + OF_ACTIVATIONS if not layout.samplers else 2 * shape.parameters
    room = 0.9 * gpu.memory * layout.width - taken
    return int(min(256, -(-load.episodes // max(1, layout.samplers)), room // (2 * shape.cached * load.length)))


def _playing(gpu: Gpu, shape: Shape, load: Workload, layout: Layout, rows: int) -> tuple[float, str]:
    """Seconds, and the part that takes most of them."""
    width, samplers = layout.width, max(1, layout.samplers)
    members = min(rows, load.members)
    each = replace(load, groups=max(1, rows // members), members=members)
    need = played(shape, each, rows=rows, number_bytes=2)
    weights = 2 * (shape.body + shape.head) * need.passes
    parts = {
        "starting kernels": need.passes * shape.layers * (GRAPHS if layout.samplers else EAGER),
        "reading weights": weights / (gpu.bandwidth * gpu.bandwidth_share * width),
        "reading keys and values": (need.read - weights) / (gpu.bandwidth * gpu.bandwidth_share * width),
        "sampling's arithmetic": need.flops / (gpu.peak * gpu.sampling_share * width),
        "this project's own work in playing": need.turns * TURN * samplers / layout.ranks,
    }
    fixed = parts["starting kernels"] + parts["reading weights"]
    waiting = load.turns * load.env_seconds
    active = 1.0
    for _ in range(50):  # rows that wait for their environment leave the batch, and what remains is faster
        busy = fixed + active * (sum(parts.values()) - fixed)
        active = busy / (busy + waiting)
    rounds = max(1.0, load.episodes / (rows * samplers))
    seconds = rounds * (busy + waiting)
    cores = gpu.cores * (layout.ranks + layout.samplers * width)
    stepping = load.episodes * load.turns * load.env_seconds / cores
    parts["the environments' latency"] = waiting
    limit = max(parts, key=lambda name: parts[name])
    return (stepping, "the environments' processors") if stepping > seconds else (seconds, limit)


def _learning(gpu: Gpu, shape: Shape, load: Workload, layout: Layout) -> tuple[float, str]:
    """Seconds, and what they are spent on. Ranks have the weights sharded: every pass gathers them twice and scatters gradients."""
    ranks = layout.ranks
    need = learned(shape, load)
    moved = need.weights * (OF_LEARNER + 12) / (gpu.bandwidth * gpu.bandwidth_share)
    arithmetic = load.epochs * (need.flops / (gpu.peak * gpu.learning_share) + moved) / ranks
    if ranks == 1:
        return arithmetic, "learning's arithmetic"
    link = (gpu.network if ranks > 8 else gpu.nvlink) * gpu.link_share
    passes = max(1.0, load.tokens / ranks / 16384)
    messages = load.epochs * 3 * passes * 2 * shape.parameters * (ranks - 1) / ranks / link
    return max((arithmetic, "learning's arithmetic"), (messages, "the ranks' messages"))
