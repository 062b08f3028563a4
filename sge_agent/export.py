"""A run's model as a plain transformers folder, for any program that loads such folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sge_agent import checkpoint
from sge_agent.errors import RunError
from sge_agent.folder import RunFolder


def export(run: Path, out: Path, *, which: str = "best", overwrite: bool = False) -> int:
    """Copy the model of a checkpoint to ``out``; the update that it is of.

    Safetensors, settings and tokenizer, as ``AutoModelForCausalLM`` and ``AutoTokenizer`` load them; low-rank adapters are
    merged into the weights. ``which``: "best" (the highest score; the newest where none has any), "last", or the number of
    an update. ``overwrite`` replaces another model, and nothing but a model. Raises ``RunError``.
    """
    chosen = _choose(RunFolder(run).checkpoint, run, which)
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file: name a folder")
    if out.is_dir() and any(out.iterdir()):
        if not overwrite:
            raise RunError(f"{out} is not empty: name another folder, or replace the model in it with --overwrite")
        if not (out / "config.json").is_file():
            raise RunError(f"{out} holds files that are no model, and is left as it is: name another folder")
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        shutil.copytree(chosen / "model", aside)
        if out.exists():
            shutil.rmtree(out)
        aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return int(chosen.name)


def _choose(folder: Path, run: Path, which: str) -> Path:
    saved = checkpoint.saved(folder)
    if not saved:
        raise RunError(f"{run} has no checkpoint to export")
    if which == "best":
        return checkpoint.best(folder) or saved[-1]
    if which == "last":
        return saved[-1]
    there = {int(path.name): path for path in saved}
    if not which.isdecimal() or int(which) not in there:
        raise RunError(f"--which expects best, last or one of {', '.join(map(str, there))}, got {which!r}")
    return there[int(which)]
