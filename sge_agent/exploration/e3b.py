"""Elliptical episodic bonuses: a turn is paid for an action whose hidden state lies outside what its episode has spanned
(E3B, arXiv 2210.05805; times a global count as arXiv 2306.03236 recommends).

b_t = scale phi_t' C_(t-1)^-1 phi_t [N(s)^-1/2], with C_t = ridge I + phi_1 phi_1' + ... + phi_t phi_t', begun anew in every
episode. phi_t is the last hidden state of turn t's action at length 1, so that 0 <= phi' C^-1 phi <= 1 / ridge; N(s) is that
of :mod:`sge_agent.exploration.novelty`, and 1 for unknown states. Scale 0 is GRPO. Form and ridge 0.1 are the code's (v),
where phi is a trained inverse-dynamics network: the model's own states, their length, and scale 0.01, with which a first
action is worth 0.1, are our choice (?).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.exploration.novelty import Visits
from sge_agent.types import Group, Trajectory

_STATES = "hidden.last"


@dataclass(eq=False)
class EllipticalBonus(Exploration):
    """A bonus for each turn by how much of its action's hidden state is new in the episode."""

    scale: float = 0.01
    """What a unit of the ellipse's norm is worth; the first action of an episode has 1 / ridge of them."""
    ridge: float = 0.1
    """How soon a direction counts as seen."""
    counts: bool = True
    """Whether the bonus is divided by the root of how often the run has visited the state that the turn led to."""

    needs = frozenset({_STATES})

    _visits: Visits = field(default_factory=Visits, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0 or self.ridge <= 0:
            raise ValueError(f"scale must be 0 or more and ridge more than 0, got {self.scale} and {self.ridge}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [
            [self._paid(t, states) for t, states in zip(group.trajectories, arrays, strict=True)]
            for group, arrays in zip(groups, ctx.feature(_STATES), strict=True)
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        if self.counts:
            self._visits.add(groups)
            metrics["e3b/states"] = float(len(self._visits))

    def state_dict(self) -> dict[str, Any]:
        return {"visits": self._visits.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._visits.load_state_dict(state["visits"])

    def _paid(self, trajectory: Trajectory, states: np.ndarray) -> np.ndarray:
        paid = self.scale * elliptical(states, self.ridge)
        return paid * np.nan_to_num(self._visits.rarity(trajectory), nan=1.0) if self.counts else paid


def elliptical(states: np.ndarray, ridge: float) -> np.ndarray:
    """phi_t' C_(t-1)^-1 phi_t of each row at length 1, [n]; 0 for a row that is not known (NaN).

    With K the rows' inner products and L L' = ridge I + K it is L_tt^2 / ridge - 1: no matrix of the states' size is needed.
    """
    out = np.zeros(len(states))
    known = ~np.isnan(states).any(axis=1) if states.size else np.zeros(len(states), dtype=bool)
    if known.any():
        phi = states[known] / (np.linalg.norm(states[known], axis=1, keepdims=True) + 1e-12)
        factor = np.linalg.cholesky(ridge * np.eye(len(phi)) + phi @ phi.T)
        out[known] = np.maximum(np.diag(factor) ** 2 / ridge - 1, 0)
    return out
