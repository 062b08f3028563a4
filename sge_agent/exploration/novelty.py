"""Novelty counts: a turn is paid for leading to a state that is rare in the whole run and new in its episode (arXiv
2306.03236, with tables of states in place of learned features).

b_t = scale N(s)^-1/2 [s has not been visited in this episode before], where s is the state that turn t led to and N(s) how
often the run has visited it, this visit included. N stands still while an update is scored, so the order of episodes does
not matter. Assumed: equal ``info["state_key"]`` are equal states; a turn into an unknown state gets nothing. Scale 0 is
GRPO. The form is the paper's (v), which sweeps the scale from 0.003 to 0.1 (v) and names none for language models: 0.1 is
our choice (?), as is counting the visit itself (?).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group, Trajectory


class Visits:
    """How often each state has been visited in the whole run, in all environments of one name."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._counts)

    def rarity(self, trajectory: Trajectory) -> np.ndarray:
        """N^-1/2 of the state that each turn led to, that visit included, [turns]; NaN where the state is unknown."""
        names = [_name(trajectory, turn.info) for turn in trajectory.turns]
        return np.array([np.nan if name is None else (self._counts[name] + 1) ** -0.5 for name in names])

    def add(self, groups: Sequence[Group]) -> None:
        """Count every state of every episode, those that episodes began in too."""
        for trajectory in (t for group in groups for t in group.trajectories):
            infos = [trajectory.first_info, *(turn.info for turn in trajectory.turns)]
            self._counts.update(name for info in infos if (name := _name(trajectory, info)) is not None)

    def state_dict(self) -> dict[str, Any]:
        return dict(self._counts)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._counts = Counter({name: int(count) for name, count in state.items()})


@dataclass(eq=False)
class NoveltyCounts(Exploration):
    """A bonus for each turn that leads to a state which its episode has not visited yet."""

    scale: float = 0.1
    """What the first visit of all is worth."""

    _visits: Visits = field(default_factory=Visits, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0:
            raise ValueError(f"scale must be 0 or more, got {self.scale}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [
            [self.scale * np.where(first_visits(t), self._visits.rarity(t), 0.0) for t in group.trajectories]
            for group in groups
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        before = len(self._visits)
        self._visits.add(groups)
        metrics["novelty/states"] = float(len(self._visits))
        metrics["novelty/new_states"] = float(len(self._visits) - before)

    def state_dict(self) -> dict[str, Any]:
        return {"visits": self._visits.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._visits.load_state_dict(state["visits"])


def first_visits(trajectory: Trajectory) -> np.ndarray:
    """[turns], bool: did the turn lead to a known state that the episode had not been in?"""
    seen = {trajectory.first_info.get("state_key")}
    out = []
    for turn in trajectory.turns:
        key = turn.info.get("state_key")
        out.append(key is not None and key not in seen)
        seen.add(key)
    return np.array(out, dtype=bool)


def _name(trajectory: Trajectory, info: Mapping[str, Any]) -> str | None:
    key = info.get("state_key")
    return None if key is None else f"{trajectory.task.env}: {key}"
