"""A run's folder: what lies where, who may write into it, and how it is wound back to a checkpoint."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.jsonlines import jsonable, read_json_lines, write_json_atomically, write_text_atomically
from sge_agent.settings import shown

Existing = Literal["refuse", "overwrite", "resume"]
"""What to do when the folder holds a run already."""

MAY_CHANGE = frozenset(
    {
        "run_dir",
        "updates",
        "checkpoint_every",
        "checkpoints_kept",
        "transcripts_every",
        "transcripts_per_update",
        "loggers",
        "env_workers",
        "env_ray",
        "env_ray_address",
        "env_timeout",
        "sampler",
        "sampler_model",
        "sampler_carrier",
        "sampler_host",
        "sampler_folder",
        "sampler_patience",
    }
)
"""Settings that may differ when a run is resumed; any other difference would make it a different run."""

_TEMPORARY = tuple(
    f".{name}."
    for name in (
        "config.json",
        "status.json",
        "eval.json",
        "loggers.json",
        "metrics.jsonl",
        "transcripts.jsonl",
        "report.html",
    )
)
"""How the names of half-written files begin."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def status(self) -> Path:
        return self.path / "status.json"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def transcripts(self) -> Path:
        return self.path / "transcripts.jsonl"

    @property
    def evaluations(self) -> Path:
        return self.path / "eval.json"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint"

    @property
    def loggers(self) -> Path:
        return self.path / "loggers.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    def check(self, config: TrainConfig, existing: Existing) -> None:
        """Raise ``RunError`` if a run with ``config`` may not be written here. Changes nothing."""
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise RunError(
                f"{self.path} is a file where the run's folder should be: choose another with --run-dir (in Python run_dir)"
            )
        if all(_is_leftover(path) for path in self.path.iterdir()):
            return
        if not (self.config.is_file() or self.status.is_file()):
            raise RunError(
                f"{self.path} holds files that are no run: choose another folder with --run-dir (in Python run_dir)"
            )
        if existing == "refuse":
            raise RunError(
                f'{self.path} holds a run already: go on with it (--resume; in Python existing="resume"), replace it '
                '(--overwrite; existing="overwrite"), or name another folder (--run-dir; run_dir)'
            )
        if existing == "resume" and self.config.is_file():
            different = self._differences(config)
            if different:
                raise RunError(
                    f"{self.path} was run with other settings: {'; '.join(different)}. Resume with the same ones"
                )

    def begin(self, config: TrainConfig) -> None:
        """Make the folder with the settings. The files of an earlier run are deleted, and nothing else."""
        for path in (self.metrics, self.transcripts, self.evaluations, self.report, self.status, self.loggers):
            path.unlink(missing_ok=True)
        for path in (
            self.checkpoint,
            *(self.path / name for name in ("tensorboard", "wandb", "report_data", "adapters")),
        ):
            if path.exists():
                shutil.rmtree(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        write_json_atomically(self.config, asdict(config))

    def rewind(self, update: int, config: TrainConfig) -> None:
        """Make metrics, transcripts and evaluations those of a run that has just finished ``update``."""
        self._remove_leftovers()
        write_json_atomically(self.config, asdict(config))
        for path in (self.metrics, self.transcripts):
            if path.exists():
                kept = [row for row in read_json_lines(path) if row["update"] <= update and row.get("phase") != "after"]
                write_text_atomically(path, "".join(json.dumps(row) + "\n" for row in kept))
        evaluations = self.read_evaluations()
        write_json_atomically(
            self.evaluations, {phase: sets for phase, sets in evaluations.items() if phase != "after"}
        )

    def logger_id(self) -> str:
        """What this run is called by services that keep metrics: drawn once, the same when the run is resumed."""
        if not self.loggers.is_file():
            write_json_atomically(self.loggers, {"id": secrets.token_hex(4)})
        return str(json.loads(self.loggers.read_text())["id"])

    def read_evaluations(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.evaluations.read_text()) if self.evaluations.is_file() else {}
        return value

    def add_evaluation(self, phase: str, sets: Mapping[str, Any]) -> None:
        write_json_atomically(self.evaluations, {**self.read_evaluations(), phase: dict(sets)})

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keep status.json true: running, and then finished, interrupted or failed (with why)."""
        write_json_atomically(self.status, {"status": "running", "error": ""})
        try:
            yield
        except KeyboardInterrupt:
            self._end("interrupted", "stopped from outside before its end")
            raise
        except BaseException as error:
            self._end("failed", one_line(error))
            raise
        self._end("finished", "")

    def _remove_leftovers(self) -> None:
        for path in self.path.iterdir():
            if _is_leftover(path):
                path.unlink()

    def _end(self, status: str, error: str) -> None:
        # On a full disk even this may not fit: then the file goes, so that nobody is told that the run still goes on.
        try:
            write_json_atomically(self.status, {"status": status, "error": error})
        except OSError:
            with contextlib.suppress(OSError):
                self.status.unlink(missing_ok=True)

    def _differences(self, config: TrainConfig) -> list[str]:
        """Settings that the folder's file does not name did not exist when it was written: they are at their defaults."""
        before = {**jsonable(asdict(TrainConfig())), **json.loads(self.config.read_text())}
        now = jsonable(asdict(config))
        return [
            f"{name} was {_text(before.get(name))}, is {_text(now[name])}"
            for name in now
            if name not in MAY_CHANGE and before.get(name) != now[name]
        ]


def _is_leftover(path: Path) -> bool:
    """Was it left behind by a process that was killed while it wrote one of a run's files?"""
    return path.is_file() and path.name.startswith(_TEMPORARY)


def one_line(error: BaseException | str) -> str:
    """What an error says, on one line; of an error that says nothing its kind."""
    return " ".join(str(error).split()) or type(error).__name__


def _text(value: Any) -> str:
    return shown(tuple(value)) if isinstance(value, list) else shown(value) or "empty"
