"""Checkpoints of a run: weights and optimiser in safetensors, the rest as JSON. Each is written aside and then renamed,
so that a folder with its name is always whole; nothing is pickled, and loading runs no foreign code.

    checkpoint/000016/model/                 an ordinary transformers folder, adapters merged
                     /adapters.safetensors   where only adapters are trained
                     /optimizer.safetensors
                     /parts/                 weights and optimiser, where they are spread over processes
                     /exploration.safetensors   arrays of the exploration method, where it has any
                     /state.json
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from sge_agent.checkpoint_parts import load_parts, save_parts
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.learner import Learner
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.ranks import Alone

FORMAT = 1
PARTS = "parts"
_ARRAY = "array in exploration.safetensors"


def save(
    folder: Path,
    *,
    policy: TransformersPolicy,
    learner: Learner,
    exploration: Exploration,
    progress: Mapping[str, Any],
    score: float | None = None,
    keep: int = 2,
    extra: Mapping[str, str] | None = None,
) -> Path:
    """Write a checkpoint, and remove all but the last ``keep`` and the one with the highest ``score``. ``extra`` are further
    files: text by name.

    With spread weights all processes call it, with one ``folder`` that all of them see. Raises ``RunError`` when the disk takes no
    more; what was there stays.
    """
    final = folder / f"{learner.updates:06d}"
    shards = policy.shards
    ranks = Alone() if shards is None else shards.ranks
    aside = folder / f".{final.name}.{ranks.gather([os.getpid()])[0]}"
    if shards is not None and ranks.rank:
        ranks.gather([])  # the first one has made the folder
        with _room(final):
            save_parts(shards, learner.tensors(), aside / PARTS)
        return final
    method, arrays = _without_arrays(exploration.state_dict())
    state = {
        "format": FORMAT,
        "policy_version": policy.version,
        "learner": learner.state_dict(),
        "exploration": method,
        "progress": dict(progress),
        "score": score,
    }
    with _room(final, aside):
        _remove_leftovers(folder)
        aside.mkdir(parents=True)
        save_model(policy, aside / "model")
        if shards is not None:
            (aside / PARTS).mkdir()
            ranks.gather([])
            save_parts(shards, learner.tensors(), aside / PARTS)
        else:
            if not isinstance(policy.model, PreTrainedModel):
                _save_tensors(_trained(policy), aside / "adapters.safetensors")
            _save_tensors(learner.tensors(), aside / "optimizer.safetensors")
        if arrays:
            save_arrays(arrays, aside / "exploration.safetensors")
        for name, text in (extra or {}).items():
            _write(aside / name, text)
        _write(aside / "state.json", json.dumps(state))
        _remove(final)
        aside.rename(final)
    kept = {*saved(folder)[-keep:], best(folder)}
    for old in set(saved(folder)) - kept:
        _remove(old)
    return final


@contextmanager
def _room(final: Path, aside: Path | None = None) -> Iterator[None]:
    """Say what it means when the disk takes no more, and remove what was written ``aside``."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
        raise RunError(
            f"the checkpoint {final} cannot be written ({error}): make room, then go on with --resume"
        ) from error


def save_model(policy: TransformersPolicy, folder: Path) -> None:
    """The policy as a plain transformers folder, which ``AutoModelForCausalLM`` and ``AutoTokenizer`` load."""
    model = policy.model
    if not isinstance(model, PreTrainedModel):
        # on a copy: taking adapters out again would leave rounding errors in the weights
        model = cast(PreTrainedModel, copy.deepcopy(model).merge_and_unload())
    model.save_pretrained(folder)
    policy.tokenizer.save_pretrained(folder)


def saved(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first; each is named after its update."""
    return sorted(path for path in folder.glob("[0-9]*") if (path / "state.json").is_file())


def exists(folder: Path) -> bool:
    return bool(saved(folder))


def best(folder: Path) -> Path | None:
    """The checkpoint with the highest score, the newest of equals; None where none has a score."""
    scores = {path: json.loads((path / "state.json").read_text()).get("score") for path in saved(folder)}
    found = [path for path, score in scores.items() if score is not None]
    return max(found, key=lambda path: (scores[path], path), default=None)


def model_folder(folder: Path) -> Path:
    """The transformers folder of the newest checkpoint. Raises ``RunError`` when there is none."""
    return _newest(folder) / "model"


def extra(folder: Path, name: str) -> str | None:
    """A further file of the newest checkpoint, None where it has none of this name."""
    path = _newest(folder) / name
    return path.read_text() if path.is_file() else None


def load(folder: Path, *, policy: TransformersPolicy, learner: Learner, exploration: Exploration) -> dict[str, Any]:
    """Put the newest checkpoint into the given objects and return its progress.

    It does not matter whether, and over how many processes, weights were spread then and are now. With spread weights all
    processes call it. Raises ``RunError`` when it does not fit them.
    """
    newest = _newest(folder)
    try:
        state = json.loads((newest / "state.json").read_text())
        if state["format"] != FORMAT:
            raise ValueError(f"it has format {state['format']}, this version reads {FORMAT}")
        learner.load_state_dict(state["learner"], _load_tensors(policy, newest))
        if policy.shards is not None:
            policy.shards.gather()
        stored = newest / "exploration.safetensors"
        arrays = load_arrays(stored) if stored.exists() else {}
        exploration.load_state_dict(_with_arrays(state["exploration"], arrays))
        policy.set_version(state["policy_version"])
        progress = state["progress"]
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise RunError(f"the checkpoint {newest} cannot be loaded: {error}") from error
    assert isinstance(progress, dict)
    return progress


def _load_tensors(policy: TransformersPolicy, checkpoint: Path) -> dict[str, torch.Tensor]:
    """Load the weights, and return what the optimiser has for those that this process trains."""
    if (checkpoint / PARTS).is_dir():
        return load_parts(policy, checkpoint / PARTS)
    _load_weights(policy, checkpoint)
    tensors = load_file(checkpoint / "optimizer.safetensors")
    if policy.shards is None:
        return tensors
    policy.shards.scatter()
    return {name: policy.shards.part_of(int(name.partition(".")[0]), whole) for name, whole in tensors.items()}


def _load_weights(policy: TransformersPolicy, checkpoint: Path) -> None:
    """Copied into the weights that are there, so that memory lies as in a run that was never interrupted."""
    model = policy.model
    if isinstance(model, PreTrainedModel):
        stored = type(model).from_pretrained(checkpoint / "model", dtype=model.dtype, use_safetensors=True)
        model.load_state_dict(stored.state_dict())
        return
    trained, adapters = _trained(policy), load_file(checkpoint / "adapters.safetensors")
    if trained.keys() != adapters.keys():
        odd = sorted(trained.keys() ^ adapters.keys())
        raise ValueError(f"its adapters are another model's: {odd[0]} and {len(odd) - 1} more stand on one side only")
    with torch.no_grad():
        for name, weight in trained.items():
            weight.copy_(adapters[name])


def _trained(policy: TransformersPolicy) -> dict[str, torch.nn.Parameter]:
    return {name: weight for name, weight in policy.model.named_parameters() if weight.requires_grad}


def _save_tensors(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)


def _without_arrays(value: Any, name: str = "state") -> tuple[Any, dict[str, np.ndarray]]:
    """The value with a name in place of each NumPy array, and the arrays by these names."""
    if isinstance(value, np.ndarray):
        return {_ARRAY: name}, {name: np.ascontiguousarray(value)}
    found: dict[str, np.ndarray] = {}
    if isinstance(value, dict):
        plain: Any = {}
        for key, inner in value.items():
            plain[key], arrays = _without_arrays(inner, f"{name}.{key}")
            found |= arrays
        return plain, found
    if isinstance(value, list | tuple):
        parts = [_without_arrays(inner, f"{name}.{i}") for i, inner in enumerate(value)]
        for _, arrays in parts:
            found |= arrays
        return [part for part, _ in parts], found
    return value, found


def _with_arrays(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {key: _with_arrays(inner, arrays) for key, inner in value.items()}
    return [_with_arrays(inner, arrays) for inner in value] if isinstance(value, list) else value


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _remove(checkpoint: Path) -> None:
    """Rename it first, so that whoever is killed in the middle leaves no half of a checkpoint under its name."""
    if checkpoint.exists():
        doomed = checkpoint.with_name(f".{checkpoint.name}.old")
        shutil.rmtree(doomed, ignore_errors=True)
        checkpoint.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _remove_leftovers(folder: Path) -> None:
    """What a process that was killed in the middle of writing has left aside."""
    for path in folder.glob(".[0-9]*.[0-9]*"):
        shutil.rmtree(path, ignore_errors=True)


def _newest(folder: Path) -> Path:
    found = saved(folder)
    if not found:
        raise RunError(f"there is no checkpoint in {folder}")
    return found[-1]
