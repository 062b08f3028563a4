"""The loggers that settings can name: which module and extra each needs, and how they are made for a run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sge_agent.errors import MissingPackage
from sge_agent.loggers.base import Logger, Place


@dataclass(frozen=True, slots=True)
class Kind:
    """A class by name, so that nothing is imported before it is asked for. ``extra`` brings what it needs."""

    module: str
    name: str
    extra: str


LOGGERS: Mapping[str, Kind] = {
    "tensorboard": Kind("sge_agent.loggers.tensorboard", "TensorBoardLogger", "tensorboard"),
    "wandb": Kind("sge_agent.loggers.wandb", "WandbLogger", "wandb"),
    "trackio": Kind("sge_agent.loggers.trackio", "TrackioLogger", "trackio"),
}


LoggerMaker = Callable[[Place], Logger]


def load_loggers(names: Sequence[str]) -> dict[str, LoggerMaker]:
    """The classes of the loggers, by name.

    Raises:
        MissingPackage: what one needs is not installed; the message has the command that installs it.
    """
    found: dict[str, LoggerMaker] = {}
    for name in names:
        kind = LOGGERS[name]
        try:
            found[name] = vars(importlib.import_module(kind.module))[kind.name]
        except ImportError as error:
            raise MissingPackage(
                f"logging to {name} needs a package that is not installed here ({error}). Mend it: "
                f"pip install 'strategy-guided-exploration[{kind.extra}]'"
            ) from error
    return found
