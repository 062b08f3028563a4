"""How much of the hardware's arithmetic the learner and the sampler use: model FLOPs over the peak measured in the same run.

    python -m benchmarks.utilisation [--quick] [--device cuda]

On a CPU, one thread: a model of 100 M parameters in float32, CPU seconds. On a GPU: the shapes of Qwen3-0.6B and 4B in bfloat16,
seconds of the clock; and the memory of an update by the length of its contexts. Weights are random: they cost what trained ones do.
The peak is that of the best of several large matrix products. Model FLOPs are those of the tokens that have to go through the
model: a group's common beginning once, no padding, nothing twice (``benchmarks.shapes``).
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.rows import Bar, Benchmark, Row, Skip, at_least, show
from benchmarks.shapes import HUNDRED, QWEN3, SMALL, Shape, pairs_of
from benchmarks.vs_trl import make_tokenizer

CPU_GOAL, GPU_GOAL = 0.5, 0.4


@dataclass(frozen=True, slots=True)
class Load:
    """One update: ``groups`` x ``members`` episodes with a common prompt and ``turns`` turns, lengths in tokens."""

    groups: int
    members: int
    turns: int
    prompt: int
    written: int
    seen: int

    @property
    def length(self) -> int:
        """Tokens of a whole context."""
        return self.prompt + self.turns * (self.written + self.seen)


ON_CPU = Load(groups=2, members=4, turns=3, prompt=256, written=32, seen=32)
ON_GPU = Load(groups=8, members=8, turns=10, prompt=1024, written=96, seen=96)
QUICK = Load(groups=2, members=2, turns=2, prompt=32, written=8, seen=8)
LENGTHS = (1024, 4096, 16384, 32768)


@dataclass(frozen=True, slots=True)
class Device:
    """Where it runs, in which number format, and by which clock."""

    name: str
    dtype: str

    @property
    def gpu(self) -> bool:
        return self.name.startswith("cuda")

    def seconds(self, action: Callable[[], object]) -> float:
        """CPU time on a CPU; on a GPU the clock's, until all that was asked for is done."""
        import torch

        if not self.gpu:
            begun = time.process_time()
            action()
            return time.process_time() - begun
        torch.cuda.synchronize(self.name)
        begun = time.perf_counter()
        action()
        torch.cuda.synchronize(self.name)
        return time.perf_counter() - begun


@dataclass(slots=True)
class Work:
    """What went through a model."""

    tokens: int = 0
    logits: int = 0
    pairs: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller numbers of everything")
    parser.add_argument("--device", default="", help="cpu or cuda; both where there are both, if it is left out")
    arguments = parser.parse_args(argv)
    return show(run(arguments.quick, device=arguments.device))


def run(quick: bool, *, device: str = "") -> Iterator[Row]:
    try:
        import torch
    except ImportError as error:
        raise Skip(f"needs torch ({error}): pip install 'strategy-guided-exploration[train]'") from error
    if device in ("", "cpu"):
        torch.set_num_threads(1)
        yield from on_cpu(quick)
    if device in ("", "cuda"):
        yield from on_gpu(quick)


def on_cpu(quick: bool) -> Iterator[Row]:
    place = Device("cpu", "float32")
    peak = matmul_peak(place, (512,) if quick else (768, 1536, 2304))
    yield Row("CPU, one thread: peak of matrix products", peak / 1e9, "GFLOP/s")
    name, shape, load = ("4 M", SMALL, QUICK) if quick else ("100 M", HUNDRED, ON_CPU)
    goal = None if quick else at_least(CPU_GOAL)  # small products do not reach what large ones do
    yield from rows(f"CPU, {name} parameters, float32", place, shape, load, peak, goal, repeats=2)


def on_gpu(quick: bool) -> Iterator[Row]:
    import torch

    if not torch.cuda.is_available():
        yield Row("GPU", None, detail="skipped: torch finds none here")
        return
    place, card = Device("cuda", "bfloat16"), torch.cuda.get_device_name(0)
    peak = matmul_peak(place, (4096, 8192))
    yield Row(f"{card}: peak of matrix products in bfloat16", peak / 1e12, "TFLOP/s")
    yield Row(f"{card}: memory bandwidth, copying", bandwidth(place) / 1e9, "GB/s")
    for name in ("Qwen3-0.6B", "Qwen3-4B"):
        shape, load = QWEN3[name], QUICK if quick else ON_GPU
        goal = None if quick else at_least(GPU_GOAL)
        yield from rows(f"{card}, {name}, bfloat16", place, shape, load, peak, goal, repeats=3)
        for length in LENGTHS[:1] if quick else LENGTHS:
            yield memory_row(f"{card}, {name}", place, shape, length)


def rows(
    what: str, place: Device, shape: Shape, load: Load, peak: float, goal: Bar | None, *, repeats: int
) -> Iterator[Row]:
    """Learner and sampler: tokens a second, and the share of the peak."""
    release(place)
    policy = make_policy(shape, place, make_tokenizer(), rows=load.groups * load.members)
    spent, work = learner_seconds(policy, place, shape, load, repeats=repeats)
    flops = shape.training_flops(work.tokens, work.logits, work.pairs)
    told = f"{work.tokens:,} tokens computed, {work.logits:,} trained, {spent:.3g} s, {flops / 1e12:.3g} TFLOP"
    yield Row(f"{what}: learner", work.tokens / spent, "tokens/s", detail=told)
    yield Row(f"{what}: learner, share of the peak", flops / spent / peak, "", goal)
    spent, work = sampler_seconds(policy, place, load, repeats=repeats)
    flops = shape.forward_flops(work.tokens, work.logits, work.pairs)
    told = f"{load.groups * load.members} rows, prompts of {load.prompt} tokens, {spent:.3g} s"
    yield Row(f"{what}: sampler", work.logits / spent, "tokens/s", detail=told)
    yield Row(f"{what}: sampler, share of the peak", flops / spent / peak)


def matmul_peak(place: Device, sizes: Sequence[int]) -> float:
    """FLOP/s of the best of square products of these sizes, and of one as a layer of a model has it."""
    import torch

    dtype = getattr(torch, place.dtype)
    best = 0.0
    for size in sizes:
        for shape in ((size, size, size), (2 * size, size, 3 * size)):
            left = torch.randn(shape[0], shape[1], device=place.name, dtype=dtype)
            right = torch.randn(shape[1], shape[2], device=place.name, dtype=dtype)
            count = 20 if place.gpu else 2
            torch.mm(left, right)
            spent = min(place.seconds(lambda: [torch.mm(left, right) for _ in range(count)]) for _ in range(3))  # noqa: B023
            best = max(best, 2.0 * count * shape[0] * shape[1] * shape[2] / spent)
    return best


def bandwidth(place: Device) -> float:
    """Bytes that are read and written in a second by copying."""
    import torch

    source = torch.empty(2**30, dtype=torch.uint8, device=place.name)
    target = torch.empty_like(source)
    target.copy_(source)
    return 20 * source.numel() / min(place.seconds(lambda: [target.copy_(source) for _ in range(10)]) for _ in range(3))


def make_policy(
    shape: Shape, place: Device, tokenizer: Any, *, rows: int, activation_checkpointing: bool = False
) -> Any:
    """A policy with random weights of this shape. What its tokens mean is nobody's business here."""
    import torch
    from transformers import AutoModelForCausalLM

    from sge_agent.policies.transformers import TransformersPolicy

    torch.manual_seed(0)
    with torch.device(place.name):
        model = AutoModelForCausalLM.from_config(shape.config(), dtype=getattr(torch, place.dtype))
    return TransformersPolicy(
        model, tokenizer, chat=False, max_rows=rows, activation_checkpointing=activation_checkpointing
    )


def make_groups(load: Load, vocabulary: int) -> list[Any]:
    """Groups as if a model had written them: random tokens, every other member a success."""
    from sge_agent.types import Context, EpisodeSpec, Group, Segment, TaskRef, Trajectory, Turn

    rng = np.random.default_rng(0)

    def episode(task: TaskRef, prompt: list[int], won: bool) -> Trajectory:
        rest = rng.integers(2, vocabulary, load.turns * (load.written + load.seen)).tolist()
        starts = [load.prompt + n * (load.written + load.seen) for n in range(load.turns)]
        nothing = (0.0,) * load.written
        spans = [
            Segment("action", 0, start, start + load.written, nothing, (1.0,) * load.written, "") for start in starts
        ]
        turns = [
            Turn("", (span,), "", "", float(won and span is spans[-1]), span is spans[-1], False) for span in spans
        ]
        return Trajectory(EpisodeSpec(task), tuple(turns), (Context((*prompt, *rest)),))

    groups = []
    for number in range(load.groups):
        task, prompt = TaskRef("random", number), rng.integers(2, vocabulary, load.prompt).tolist()
        members = tuple(episode(task, prompt, member % 2 == 0) for member in range(load.members))
        groups.append(Group(task, members))
    return groups


def learner_seconds(policy: Any, place: Device, shape: Shape, load: Load, *, repeats: int) -> tuple[float, Work]:
    """The median of updates after one that fills caches, and what goes through the model in each."""
    from sge_agent.learner import Learner

    learner = Learner(policy, epochs=1, old_logprobs="recomputed")
    groups = make_groups(load, shape.vocabulary)
    work = work_of(learner, groups)
    learner.step(groups)
    return statistics.median(place.seconds(lambda: learner.step(groups)) for _ in range(repeats)), work


def work_of(learner: Any, groups: Sequence[Any]) -> Work:
    """What one epoch of the learner computes, counted in its own micro-batches."""
    from sge_agent.batch import micro_batches
    from sge_agent.exploration.base import Exploration, ExplorationContext
    from sge_agent.families import worthwhile

    ctx = ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(0))
    found = Work()
    made, _ = learner.scoring.rows(groups, Exploration(), ctx)
    limits = {"max_tokens": learner.microbatch_tokens, "max_trained": learner.microbatch_trained}
    for batch in micro_batches(made, **limits):
        lengths = batch.attention_mask.sum(1).tolist()
        contexts = [ids[:length] for ids, length in zip(batch.ids.tolist(), lengths, strict=True)]
        before = dict.fromkeys(range(len(contexts)), 0)
        for family in worthwhile(contexts) if len(contexts) > 1 else []:
            found.spans.append((0, family.shared))
            before |= dict.fromkeys(family.members, family.shared)
        found.spans += [(before[n], length) for n, length in enumerate(lengths)]
        found.logits += len(batch.targets)
    found.tokens = sum(end - start for start, end in found.spans)
    found.pairs = pairs_of(found.spans)
    return found


def sampler_seconds(policy: Any, place: Device, load: Load, *, repeats: int) -> tuple[float, Work]:
    """The median of writing one turn in every context of a load at once, and what goes through the model in it."""
    from sge_agent.policy import Job
    from sge_agent.types import SamplingParams

    members = load.groups * load.members
    groups = make_groups(load, policy.model.config.vocab_size)
    contexts = [trajectory.contexts[0].tokens for group in groups for trajectory in group.trajectories]
    sampling, work = SamplingParams(max_tokens=load.written), Work()

    def once() -> None:
        for n, tokens in enumerate(contexts):
            policy.submit(Job(context=n, tokens=tokens[: load.prompt], sampling=sampling, rng=n))
        left, written = members, 0
        while left:
            samples = policy.collect()
            left -= len(samples)
            written += sum(len(sample.tokens) for _, sample in samples)
        for n in range(members):
            policy.release(n)
        mean = written // members
        work.logits = written
        work.spans = [(0, load.prompt)] * load.groups + [(load.prompt, load.prompt + mean - 1)] * members
        work.tokens = sum(end - start for start, end in work.spans)
        work.pairs = pairs_of(work.spans)

    once()
    return statistics.median(place.seconds(once) for _ in range(repeats)), work


def memory_row(what: str, place: Device, shape: Shape, length: int) -> Row:
    """The most memory that an update of two contexts of ``length`` tokens takes, activations recomputed; and without."""
    found = {again: peak_gigabytes(place, shape, length, again=again) for again in (True, False)}
    told = "out of memory" if found[False] is None else f"{found[False]:.3g} GB"
    detail = f"activations kept: {told}; activations recomputed" + ("" if found[True] else ": out of memory")
    return Row(f"{what}: memory of an update of 2 contexts of {length:,} tokens", found[True], "GB", detail=detail)


def peak_gigabytes(place: Device, shape: Shape, length: int, *, again: bool) -> float | None:
    """None where it is not enough."""
    import torch

    load = Load(groups=1, members=2, turns=2, prompt=length // 2, written=128, seen=length // 4 - 128)
    release(place)
    torch.cuda.reset_peak_memory_stats(place.name)
    try:
        policy = make_policy(shape, place, make_tokenizer(), rows=2, activation_checkpointing=again)
        learner_seconds(policy, place, shape, load, repeats=1)
        return float(torch.cuda.max_memory_allocated(place.name)) / 1e9
    except torch.cuda.OutOfMemoryError:
        return None


def release(place: Device) -> None:
    """Give back the memory of what is gone."""
    import torch

    gc.collect()
    if place.gpu:
        torch.cuda.empty_cache()


BENCHMARK = Benchmark("the share of the hardware's matmul peak that learner and sampler reach, on CPU and GPU", run)

if __name__ == "__main__":
    sys.exit(main())
