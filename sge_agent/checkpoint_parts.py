"""The part of a checkpoint that several processes write together, each its own part of the trained weights and of the optimiser.

torch's distributed checkpoints, in safetensors: what each file holds stands in its header, so that any other number of processes,
or one without spread weights, can read them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch.distributed.checkpoint.api import CheckpointException

    from sge_agent.policies.shards import Shards
    from sge_agent.policies.transformers import TransformersPolicy

STEPS = "steps"
WEIGHT = "weight"


def save_parts(shards: Shards, optimizer: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Write the weights and what :meth:`Optimizer.tensors` gave; called by all processes. Raises ``OSError``."""
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageWriter
    from torch.distributed.checkpoint.state_dict_saver import save

    steps = torch.full((len(shards.parts),), -1.0)
    parts = {f"{WEIGHT}.{name}": shards.spread(i, shards.parts[i].detach()) for i, name in enumerate(shards.names)}
    for key, value in optimizer.items():
        number, kind = _read(key)
        if kind == "step":
            steps[number] = value
        else:
            parts[f"{kind}.{shards.names[number]}"] = shards.spread(number, value.detach())
    try:
        with shards.answering():
            writer = HuggingFaceStorageWriter(str(folder), save_distributed=True)
            save({**parts, STEPS: steps}, storage_writer=writer)
    except CheckpointException as error:
        raise OSError(_first(error)) from error


def load_parts(policy: TransformersPolicy, folder: Path) -> dict[str, torch.Tensor]:
    """Read the weights into the policy, and return the optimiser's tensors: this process's parts where the policy's weights are
    spread. Called by all processes. Raises ``ValueError`` for another model's, and ``OSError``.
    """
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader
    from torch.distributed.checkpoint.metadata import TensorStorageMetadata
    from torch.distributed.checkpoint.state_dict_loader import load

    shards = policy.shards
    trained = {name: weight for name, weight in policy.model.named_parameters() if weight.requires_grad}
    names = list(trained)
    weights = list(trained.values()) if shards is None else shards.parts
    found = HuggingFaceStorageReader(str(folder)).read_metadata().state_dict_metadata
    stored = {name: tensor.size for name, tensor in found.items() if isinstance(tensor, TensorStorageMetadata)}
    _check_names(names, stored)
    steps = torch.empty(len(names))
    state: dict[str, torch.Tensor] = {STEPS: steps}
    optimizer: dict[str, torch.Tensor] = {}
    for number, (name, weight) in enumerate(zip(names, weights, strict=True)):
        kinds = [kind for kind in (WEIGHT, "exp_avg", "exp_avg_sq", "exact") if f"{kind}.{name}" in stored]
        for kind in kinds:
            local = weight.detach() if kind == WEIGHT else torch.empty_like(weight, dtype=torch.float32).detach()
            whole = local if shards is None else shards.spread(number, local)
            if stored[f"{kind}.{name}"] != whole.shape:
                raise ValueError(f"{name}: expected shape {tuple(whole.shape)}, got {tuple(stored[f'{kind}.{name}'])}")
            state[f"{kind}.{name}"] = whole
            if kind != WEIGHT:
                optimizer[f"{number}.{kind}"] = local
    try:
        with nullcontext() if shards is None else shards.answering(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "torch.distributed is disabled")  # one process needs no others
            load(state, storage_reader=HuggingFaceStorageReader(str(folder)), no_dist=shards is None)
    except CheckpointException as error:
        raise OSError(_first(error)) from error
    return optimizer | {f"{number}.step": step for number, step in enumerate(steps) if step >= 0}


def _read(key: str) -> tuple[int, str]:
    number, _, kind = key.partition(".")
    return int(number), kind


def _check_names(names: Iterable[str], stored: Iterable[str]) -> None:
    theirs = {key.removeprefix(f"{WEIGHT}.") for key in stored if key.startswith(f"{WEIGHT}.")}
    odd = sorted(set(names) ^ theirs)
    if odd:
        raise ValueError(f"its weights are another model's: {odd[0]} and {len(odd) - 1} more stand on one side only")


def _first(error: CheckpointException) -> str:
    """What went wrong in the first process in which something did."""
    rank, (cause, _) = min(error.failures.items(), key=lambda failure: failure[0])
    return f"process {rank}: {cause}"
