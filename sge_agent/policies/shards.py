"""A model whose weights lie in equal parts on several processes, by FSDP2: each block is put together where it is computed, and
taken apart again.

To write text the model has to be whole: processes write different texts of different lengths, and nobody could wait for all others
at every token. So between two updates each process holds the weights twice: its part, and all of them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch.distributed import DistError
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from sge_agent.errors import RunError
from sge_agent.policies.forward import Forward, Frozen
from sge_agent.policies.loading import blocks, causal
from sge_agent.ranks import GONE, Ranks

if TYPE_CHECKING:
    from transformers import PreTrainedModel

T = TypeVar("T")


class ShardedReader:
    """Reads with a copy of ``model`` that is in parts; see :class:`sge_agent.policy.Reader`.

    Every process calls it the same number of times, in the same mode, and goes back through the results as often.
    """

    def __init__(self, model: PreTrainedModel, ranks: Ranks, *, trained: bool = True) -> None:
        self.model = _beside(model)
        if not trained:
            torch.nn.Module.requires_grad_(self.model, False)
        self.mesh = init_device_mesh(model.device.type, (ranks.count,))
        base = causal(self.model)
        self._root = _Reading(base, Forward(base, ranks))
        policy = MixedPrecisionPolicy(reduce_dtype=torch.float32)
        for module in (*blocks(base), self._root):
            unit = fully_shard(module, mesh=self.mesh, mp_policy=policy)
            # losses are divided by what all processes count, so gradients are summed, not averaged
            unit.set_gradient_divide_factor(1.0)
            unit.set_force_sum_reduction_for_comms(True)
        _as_fsdp(self._root).set_reduce_scatter_unused_params(True)

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return self._read(ids, attention_mask, keep, hidden=False)

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return self._read(ids, attention_mask, keep, hidden=True)

    def _read(self, *tensors: torch.Tensor, hidden: bool) -> torch.Tensor:
        with answering():
            found: torch.Tensor = self._root(*tensors, hidden)
        if not torch.is_grad_enabled():
            _as_fsdp(self._root).reshard()  # else it waits whole for a way back
        return found


class Shards:
    """The weights of ``model`` in parts, to be trained, and ``model`` itself, whole again whenever :meth:`gather` was called.

    ``parts`` are this process's parts of the trained weights, as parameters of their own; an optimiser that moves them moves the
    weights.
    """

    def __init__(self, model: PreTrainedModel, ranks: Ranks) -> None:
        self.ranks = ranks
        self.reader = ShardedReader(model, ranks)
        self._model = model
        self._whole = list(torch.nn.Module.parameters(model))
        self._spread = [cast(DTensor, weight) for weight in torch.nn.Module.parameters(self.reader.model)]
        self.names = [name for name, weight in self.reader.model.named_parameters() if weight.requires_grad]
        self._trained = [weight for weight in self._spread if weight.requires_grad]
        self.parts = [torch.nn.Parameter(_local(weight)) for weight in self._trained]

    def gather(self) -> None:
        """Make the whole model what the parts are now."""
        with torch.no_grad(), answering():
            for weight, part in zip(self._whole, self._spread, strict=True):
                weight.data = cast(DTensor, part.detach()).full_tensor()

    def drop(self) -> None:
        """Give the memory of the whole model back; until :meth:`gather` it cannot write."""
        for weight in self._whole:
            weight.data = weight.data.new_empty(0)

    def scatter(self) -> None:
        """Make the parts what the whole model is now."""
        for weight, part in zip(self._whole, self._spread, strict=True):
            local = _local(part)
            local.copy_(self._own(weight.detach(), local))

    def add_gradients(self, *, usable: bool) -> bool:
        """Give each of ``parts`` its gradient, which is the sum over all processes; whether all of them find it usable."""
        for part, weight in zip(self.parts, self._trained, strict=True):
            gradient = cast(DTensor | None, weight.grad)
            part.grad = None if gradient is None else gradient.to_local()
            weight.grad = None
        return not self.ranks.any(not usable)

    def spread(self, number: int, local: torch.Tensor) -> DTensor:
        """The tensor over all processes whose part here is ``local``, shaped like trained weight ``number``."""
        like = self._trained[number]
        return DTensor.from_local(
            local, self.reader.mesh, like.placements, run_check=False, shape=like.shape, stride=like.stride()
        )

    def part_of(self, number: int, whole: torch.Tensor) -> torch.Tensor:
        """This process's part of a whole tensor shaped like trained weight ``number``; a single number is everybody's."""
        return self._own(whole, self.parts[number]) if whole.ndim else whole

    def answering(self) -> AbstractContextManager[None]:
        """For what needs the other processes and is not done by these methods: the way back through a pass."""
        return answering()

    def as_many(self, items: Sequence[T]) -> list[T | None]:
        """The items, and None until every process has as many."""
        most = max(self.ranks.gather([len(items)]))
        return [*items, *[None] * (most - len(items))]

    def frozen(self) -> Frozen:
        """The model as it is now, in parts of its own; with adapters, those that are there without them."""
        model = self.reader.model
        if causal(model) is not model:
            return Frozen(self.reader, adapted=model)
        return Frozen(ShardedReader(self._model, self.ranks, trained=False))

    def _own(self, whole: torch.Tensor, local: torch.Tensor) -> torch.Tensor:
        chunks = torch.chunk(whole, self.ranks.count)
        return chunks[self.ranks.rank] if self.ranks.rank < len(chunks) else torch.empty_like(local)


class _Reading(torch.nn.Module):
    """What FSDP takes for the model: one call of it may call the model's body twice."""

    def __init__(self, model: PreTrainedModel, forward: Forward) -> None:
        super().__init__()
        self.model = model
        self._forward = forward

    def forward(
        self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor, hidden: bool
    ) -> torch.Tensor:
        read = self._forward.forward_hidden if hidden else self._forward.forward_logits
        return read(ids, attention_mask, keep)


@contextmanager
def answering() -> Iterator[None]:
    """Say what it means when another process does not answer in the middle of a pass."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, DistError) or "gloo" in str(error):
            raise RunError(GONE) from error
        raise


def _beside(model: PreTrainedModel) -> PreTrainedModel:
    """A second model on the same memory."""
    own = {id(weight): torch.nn.Parameter(weight.data, weight.requires_grad) for weight in model.parameters()}
    return copy.deepcopy(model, own)


def _local(weight: DTensor) -> torch.Tensor:
    return cast(DTensor, weight.detach()).to_local()


def _as_fsdp(module: torch.nn.Module) -> FSDPModule:
    return cast(FSDPModule, module)
