"""What each of two learner processes holds while it learns: the whole model, or its part of it (`--shard`).

    python -m benchmarks.shards

Random weights of 97 M parameters in float32, processes on CPUs (gloo). Bytes are those of the tensors, counted after one step.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.rows import Benchmark, Row, at_most, main_of

if TYPE_CHECKING:
    import torch

    from sge_agent.ranks import Ranks

PROCESSES = 2
LAYERS = 11
"""Of width 768: 7.7 M parameters each, and 12.6 M beside."""


def run(quick: bool) -> Iterator[Row]:
    """Weights, gradient and optimiser of one process, in MB."""
    held = _of_processes(2 if quick else LAYERS)
    for name, sizes in held.items():
        bar = at_most(0.51 * sum(held["whole"]) / 1e6) if name == "spread" else None
        detail = ", ".join(
            f"{what} {size / 1e6:,.0f}" for what, size in zip(("weights", "gradient", "optimiser"), sizes, strict=True)
        )
        yield Row(f"in one of {PROCESSES} processes, weights {name}", sum(sizes) / 1e6, "MB", bar, detail)


def _of_processes(layers: int) -> dict[str, list[int]]:
    """What the first process counts."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    os.environ |= {"WORLD_SIZE": str(PROCESSES), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    reading, writing = os.pipe()
    children = [_forked(rank, layers, writing) for rank in range(PROCESSES)]
    os.close(writing)
    with os.fdopen(reading) as told:
        held: dict[str, list[int]] = json.loads(told.read() or "{}")
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    return held


def _forked(rank: int, layers: int, out: int) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ["RANK"] = str(rank)
        held = _count(layers)
        if rank == 0:
            os.write(out, json.dumps(held).encode())
        status = 0
    except BaseException:  # nothing may run on in the copy of the parent
        traceback.print_exc()
    os._exit(status)


def _count(layers: int) -> dict[str, list[int]]:
    import torch

    from sge_agent.ranks import joined

    torch.set_num_threads(1)
    with joined() as ranks:
        return {"whole": _held(layers, ranks, spread=False), "spread": _held(layers, ranks, spread=True)}


def _held(layers: int, ranks: Ranks, *, spread: bool) -> list[int]:
    """Bytes of the weights, the gradient and the optimiser."""
    import torch

    from sge_agent.cloning import new_model
    from sge_agent.optimizer import Optimizer
    from sge_agent.policies.forward import Forward
    from sge_agent.policies.shards import Shards
    from sge_agent.ranks import add_gradients

    model = new_model(16384, width=768, heads=12, layers=layers)
    shards = Shards(model, ranks) if spread else None
    weights: list[Any] = list(model.parameters()) if shards is None else shards.parts
    reader = Forward(model) if shards is None else shards.reader
    if shards is not None:
        shards.drop()
    optimizer = Optimizer(weights, lr=1e-6, spread_over=ranks if spread else None)
    ids = torch.arange(16)[None]
    everywhere = torch.ones_like(ids, dtype=torch.bool)
    loss = reader.forward_logits(ids, everywhere, everywhere).logsumexp(-1).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    if shards is None:
        add_gradients(weights, ranks, usable=True)
    else:
        shards.add_gradients(usable=True)
    gradient = _bytes(weight.grad for weight in weights if weight.grad is not None)
    optimizer.step()
    return [_bytes(weights), gradient, _bytes(optimizer.tensors().values())]


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


BENCHMARK = Benchmark("what each of several learner processes holds, with whole weights and with parts of them", run)
main = main_of(BENCHMARK)

if __name__ == "__main__":
    sys.exit(main())
