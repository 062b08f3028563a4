"""Text environments for gymnasium. Importing this registers their ids and starts nothing."""

from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import (
    ContractError,
    DataCorrupt,
    EnvClosed,
    MissingExtra,
    NotText,
    ResetNeeded,
    SGEError,
    SnapshotError,
    TaskNotFound,
    UnknownOption,
    UnknownSplit,
)
from sge_envs.registration import register_all
from sge_envs.spaces import FreeText
from sge_envs.tasks import Task, TaskSet

__version__ = "0.1.0"

__all__ = [
    "ContractError",
    "DataCorrupt",
    "EnvClosed",
    "FreeText",
    "MissingExtra",
    "NotText",
    "Reply",
    "ResetNeeded",
    "SGEError",
    "SnapshotError",
    "Task",
    "TaskNotFound",
    "TaskSet",
    "TextEnv",
    "UnknownOption",
    "UnknownSplit",
    "Verdict",
    "register_all",
]

register_all()
