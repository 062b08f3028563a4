"""What NeMo-RL publishes here: the names, fields and signatures."""

from __future__ import annotations

import abc
from typing import Any, Generic, NamedTuple, TypeVar

MetadataT = TypeVar("MetadataT")


class EnvironmentReturn(NamedTuple, Generic[MetadataT]):
    observations: list[dict[str, str]]
    metadata: list[MetadataT]
    next_stop_strings: list[Any]
    rewards: Any
    terminateds: Any
    answers: list[str | None] | None = None


class EnvironmentInterface(abc.ABC, Generic[MetadataT]):
    @abc.abstractmethod
    def step(self, message_log_batch: list[Any], metadata: list[MetadataT]) -> EnvironmentReturn[MetadataT]: ...

    @abc.abstractmethod
    def global_post_process_and_metrics(self, batch: Any) -> tuple[Any, dict[str, Any]]: ...
