"""What a run has done so far: goes into every checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sge_agent.errors import RunError
from sge_agent.types import Group

FRUITLESS_UPDATES = 5
"""The run stops after so many updates in a row in which no step could be made."""


@dataclass(slots=True)
class Progress:
    """Totals of a run."""

    update: int = 0
    episodes: int = 0
    turns: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    fruitless: int = 0
    """How many updates in a row could not move the weights, since loss or gradient was not finite."""

    def count(self, groups: Sequence[Group]) -> None:
        """An update is done with these groups."""
        played = [trajectory for group in groups for trajectory in group.trajectories]
        self.update += 1
        self.episodes += len(played)
        self.turns += sum(len(trajectory.turns) for trajectory in played)
        self.tokens += sum(trajectory.generated_tokens for trajectory in played)

    def totals(self) -> dict[str, int]:
        return {"episodes_total": self.episodes, "turns_total": self.turns, "tokens_total": self.tokens}

    def stop_if_diverged(self, learned: Mapping[str, float]) -> None:
        """Raise ``RunError`` when this was one update too many whose steps were all skipped."""
        fruitless = learned["skipped_steps"] > 0 and learned["steps"] == 0
        self.fruitless = self.fruitless + 1 if fruitless else 0
        if self.fruitless == FRUITLESS_UPDATES:
            raise RunError(
                f"loss or gradient was not finite in all steps of {FRUITLESS_UPDATES} updates in a row: go on from an "
                "earlier checkpoint with a lower learning rate"
            )
