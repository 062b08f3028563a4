"""Checkpoints of a run: weights and optimiser in safetensors, the rest as JSON. Each is written aside and then renamed,
so that a folder with its name is always whole; nothing is pickled, and loading runs no foreign code.

    checkpoint/000016/model/                 an ordinary transformers folder, adapters merged
                     /adapters.safetensors   where only adapters are trained
                     /optimizer.safetensors
                     /state.json
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.learner import Learner
from sge_agent.policies.transformers import TransformersPolicy

FORMAT = 1


def save(
    folder: Path,
    *,
    policy: TransformersPolicy,
    learner: Learner,
    exploration: Exploration,
    progress: Mapping[str, Any],
    score: float | None = None,
    keep: int = 2,
) -> Path:
    """Write a checkpoint, and remove all but the last ``keep`` and the one with the highest ``score``.

    Raises ``RunError`` when the disk takes no more; what was there stays.
    """
    final = folder / f"{learner.updates:06d}"
    aside = folder / f".{final.name}.{os.getpid()}"
    state = {
        "format": FORMAT,
        "policy_version": policy.version,
        "learner": learner.state_dict(),
        "exploration": exploration.state_dict(),
        "progress": dict(progress),
        "score": score,
    }
    try:
        _remove_leftovers(folder)
        aside.mkdir(parents=True)
        save_model(policy, aside / "model")
        if not isinstance(policy.model, PreTrainedModel):
            _save_tensors(_trained(policy), aside / "adapters.safetensors")
        _save_tensors(learner.tensors(), aside / "optimizer.safetensors")
        _write(aside / "state.json", json.dumps(state))
        shutil.rmtree(final, ignore_errors=True)
        aside.rename(final)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise RunError(
            f"the checkpoint {final} cannot be written ({error}): make room, then go on with --resume"
        ) from error
    kept = {*_all(folder)[-keep:], best(folder)}
    for old in set(_all(folder)) - kept:
        shutil.rmtree(old, ignore_errors=True)
    return final


def save_model(policy: TransformersPolicy, folder: Path) -> None:
    """The policy as a plain transformers folder, which ``AutoModelForCausalLM`` and ``AutoTokenizer`` load."""
    model = policy.model
    if not isinstance(model, PreTrainedModel):
        # on a copy: taking adapters out again would leave rounding errors in the weights
        model = cast(PreTrainedModel, copy.deepcopy(model).merge_and_unload())
    model.save_pretrained(folder)
    policy.tokenizer.save_pretrained(folder)


def exists(folder: Path) -> bool:
    return bool(_all(folder))


def best(folder: Path) -> Path | None:
    """The checkpoint with the highest score, the newest of equals; None where none has a score."""
    scores = {path: json.loads((path / "state.json").read_text()).get("score") for path in _all(folder)}
    found = [path for path, score in scores.items() if score is not None]
    return max(found, key=lambda path: (scores[path], path), default=None)


def model_folder(folder: Path) -> Path:
    """The transformers folder of the newest checkpoint. Raises ``RunError`` when there is none."""
    return _newest(folder) / "model"


def load(folder: Path, *, policy: TransformersPolicy, learner: Learner, exploration: Exploration) -> dict[str, Any]:
    """Put the newest checkpoint into the given objects and return its progress.

    Raises ``RunError`` when it does not fit them.
    """
    newest = _newest(folder)
    try:
        state = json.loads((newest / "state.json").read_text())
        if state["format"] != FORMAT:
            raise ValueError(f"it has format {state['format']}, this version reads {FORMAT}")
        _load_weights(policy, newest)
        learner.load_state_dict(state["learner"], load_file(newest / "optimizer.safetensors"))
        exploration.load_state_dict(state["exploration"])
        policy.set_version(state["policy_version"])
        progress = state["progress"]
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise RunError(f"the checkpoint {newest} cannot be loaded: {error}") from error
    assert isinstance(progress, dict)
    return progress


def _load_weights(policy: TransformersPolicy, checkpoint: Path) -> None:
    """Copied into the weights that are there, so that memory lies as in a run that was never interrupted."""
    model = policy.model
    if isinstance(model, PreTrainedModel):
        saved = type(model).from_pretrained(checkpoint / "model", dtype=model.dtype)
        model.load_state_dict(saved.state_dict())
        return
    trained, stored = _trained(policy), load_file(checkpoint / "adapters.safetensors")
    if trained.keys() != stored.keys():
        odd = sorted(trained.keys() ^ stored.keys())
        raise ValueError(f"its adapters are another model's: {odd[0]} and {len(odd) - 1} more stand on one side only")
    with torch.no_grad():
        for name, weight in trained.items():
            weight.copy_(stored[name])


def _trained(policy: TransformersPolicy) -> dict[str, torch.nn.Parameter]:
    return {name: weight for name, weight in policy.model.named_parameters() if weight.requires_grad}


def _save_tensors(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _remove_leftovers(folder: Path) -> None:
    """What a process that was killed in the middle of writing has left aside."""
    for path in folder.glob(".[0-9]*.[0-9]*"):
        shutil.rmtree(path, ignore_errors=True)


def _all(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    return sorted(path for path in folder.glob("[0-9]*") if (path / "state.json").is_file())


def _newest(folder: Path) -> Path:
    found = _all(folder)
    if not found:
        raise RunError(f"there is no checkpoint in {folder}")
    return found[-1]
