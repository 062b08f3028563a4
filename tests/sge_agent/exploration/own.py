"""Methods as a user of the library writes them, outside of its table."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group


@dataclass(eq=False)
class CountsUp(Exploration):
    """Tells in the metrics what it was set to."""

    number: int = 1
    """What it tells."""

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(f"number must be 0 or more, got {self.number}")

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        metrics["counts_up/number"] = float(self.number)


class Plain(Exploration):
    """Has no settings."""
