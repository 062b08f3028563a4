"""Weights & Biases. Needs the package ``wandb``."""

from __future__ import annotations

import os

import wandb

from sge_agent.loggers.base import PROJECT, Place, Row, numbers_of


class WandbLogger:
    """Metrics against ``update``, written to ``wandb`` below the run's folder.

    Nothing is sent anywhere unless the variable ``WANDB_MODE`` says ``online``; ``wandb sync`` uploads later. A run that is
    resumed goes on under the same id. The variables ``WANDB_PROJECT`` and ``WANDB_NAME`` name project and run.
    """

    def __init__(self, place: Place) -> None:
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=os.environ.get("WANDB_NAME", place.name),
            id=place.id,
            resume="allow",
            mode="online" if os.environ.get("WANDB_MODE") == "online" else "offline",
            dir=str(place.folder),
            config=dict(place.config),
            reinit="create_new",
            settings=wandb.Settings(console="off", quiet=True, disable_git=True, save_code=False),
        )
        self._run.define_metric("*", step_metric="update")

    def log(self, row: Row) -> None:
        self._run.log({**numbers_of(row), "update": int(row["update"])})

    def note(self, text: str) -> None:
        """Numbers only."""

    def close(self) -> None:
        self._run.finish()
