"""Several processes that train one model: each plays and computes its share, and all know all.

Every process ("rank") sees every episode and every row, and takes the same decisions; what costs time, playing and the passes of
the model, is split. So a method of exploration needs to know nothing of it, and the gradient is that of one process. Each holds
the whole model and its optimiser, or a part of both (:mod:`sge_agent.policies.shards`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sge_agent.errors import RunError

if TYPE_CHECKING:
    import torch
    from torch.distributed import ProcessGroup

T = TypeVar("T")

GONE = "another process of the run is gone or does not answer: see what it said, then go on with the same command and --resume"


class Ranks(Protocol):
    """The processes of a run. ``rank`` is this one's number, ``count`` how many there are."""

    @property
    def rank(self) -> int: ...

    @property
    def count(self) -> int: ...

    def gather(self, items: Sequence[T]) -> list[T]:
        """The items of all processes, in the order of the ranks; the same on each. Called by all or by none."""
        ...

    def add(self, tensors: Sequence[torch.Tensor]) -> None:
        """Sum each tensor over all processes, in place. Called by all or by none."""
        ...

    def any(self, found: bool) -> bool:
        """Is it so for one of the processes? Called by all or by none."""
        ...


class Alone:
    """One process: nothing to share."""

    rank, count = 0, 1

    def gather(self, items: Sequence[T]) -> list[T]:
        return list(items)

    def add(self, tensors: Sequence[torch.Tensor]) -> None: ...

    def any(self, found: bool) -> bool:
        return found


class Together:
    """The processes of torch's default group; made by :func:`joined`. ``group``: another line between the same ones."""

    def __init__(self, group: ProcessGroup | None = None) -> None:
        import torch.distributed

        self._group = group
        self.rank, self.count = torch.distributed.get_rank(), torch.distributed.get_world_size()

    def gather(self, items: Sequence[T]) -> list[T]:
        import torch.distributed

        found: list[Any] = [None] * self.count
        with _all_there():
            torch.distributed.all_gather_object(found, list(items), group=self._group)
        return [item for part in found for item in part]

    def add(self, tensors: Sequence[torch.Tensor]) -> None:
        import torch
        import torch.distributed

        kinds = {(tensor.dtype, tensor.device) for tensor in tensors}
        for kind in sorted(kinds, key=str):  # one message for all of a kind
            chosen = [tensor for tensor in tensors if (tensor.dtype, tensor.device) == kind]
            flat = torch.cat([tensor.flatten() for tensor in chosen])
            with _all_there():
                torch.distributed.all_reduce(flat, group=self._group)
            sizes = [tensor.numel() for tensor in chosen]
            for tensor, part in zip(chosen, torch.split(flat, sizes), strict=True):
                tensor.copy_(part.view_as(tensor))

    def any(self, found: bool) -> bool:
        import torch

        count = torch.tensor(int(found))
        self.add([count])
        return bool(count)


def apart(ranks: Ranks) -> Ranks:
    """The same processes on a line of their own, for what goes on beside the learner's work. Called by all."""
    if ranks.count == 1:
        return ranks
    import torch.distributed

    return Together(torch.distributed.new_group(backend="gloo"))


@contextmanager
def _all_there() -> Iterator[None]:
    """Say what it means when another process does not answer. The backends have no error class of their own for that."""
    try:
        yield
    except RuntimeError as error:
        raise RunError(GONE) from error


def share(items: Sequence[T], ranks: Ranks) -> list[T]:
    """This process's part: neighbours stay together, and parts differ by one item at most."""
    start, rest = divmod(len(items), ranks.count)
    begin = ranks.rank * start + min(ranks.rank, rest)
    return list(items[begin : begin + start + (ranks.rank < rest)])


def add_gradients(weights: Sequence[torch.Tensor], ranks: Ranks, *, usable: bool) -> bool:
    """Give every process the sum of all gradients; whether all of them are usable, which each says of its own."""
    if ranks.count == 1:
        return usable
    import torch

    trained = [weight for weight in weights if weight.requires_grad]
    reached = torch.tensor([float(weight.grad is not None) for weight in trained])
    refused = torch.tensor(float(not usable))
    ranks.add([reached, refused])
    for weight, count in zip(trained, reached.tolist(), strict=True):
        if count and weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    ranks.add([weight.grad for weight in trained if weight.grad is not None])
    return not refused.item()


@contextmanager
def joined(*, device: str = "cpu") -> Iterator[Ranks]:
    """The processes that ``torchrun`` (or ``accelerate launch``) has started, or this one alone.

    They speak gloo on a CPU, NCCL on GPUs.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Alone()
        return
    import torch
    import torch.distributed

    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo")
    try:
        yield Together()
    finally:
        torch.distributed.destroy_process_group()
