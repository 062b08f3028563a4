"""Representation-based exploration: in a group that has a success, members are paid by how much their text stands out from
the group in the eyes of the model as it was before training (RepExp, arXiv 2510.11686).

h_i is the mean hidden state of member i's sampled tokens, put through a random sparse projection to ``size`` numbers that
is drawn anew for every update, less the group's mean. With S = ridge I + sum_j h_j h_j' the bonus is scale h_i' S^-1 h_i,
which is from 0 to 1 and over the group at most the number of dimensions that it spans. ``alone`` leaves the member itself
out of S: b / (1 - b). Members that wrote the same get nothing; scale 0 is GRPO.

From the official code (v): ridge 0.01, 32 dimensions, the projection (a share d^-1/2 of d x size entries is not 0), double
precision, scale 0.01, nothing where no member succeeds. The payment stands on the last turn, so that it counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import Group

_STATES = "hidden.mean@frozen"


@dataclass(eq=False)
class RepExp(Exploration):
    """A bonus for the members of a group whose texts are unlike the others'."""

    scale: float = 0.01
    """What a member is worth that has a direction for itself."""
    ridge: float = 0.01
    """How far a member must stand out, as a squared length, to get half of it."""
    size: int = 32
    """Dimensions after the projection."""
    alone: bool = False
    """Whether a member is compared with the others alone (then the bonus has no upper bound of 1)."""
    seed: int = 0
    """Seed of the projections."""

    needs = frozenset({_STATES})

    def __post_init__(self) -> None:
        if self.scale < 0 or self.ridge <= 0 or self.size < 1:
            raise ValueError(
                "scale must be 0 or more, ridge more than 0 and size at least 1, got "
                f"{self.scale}, {self.ridge} and {self.size}"
            )

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [self._group(g, own, ctx.update) for g, own in zip(groups, ctx.feature(_STATES), strict=True)]

    def _group(self, group: Group, states: Sequence[np.ndarray], update: int) -> list[np.ndarray]:
        paid = [np.zeros(len(t.turns)) for t in group.trajectories]
        there = [i for i, own in enumerate(states) if paid[i].size and own.size and not np.isnan(own).any()]
        if not there or not any(t.success for t in group.trajectories):
            return paid
        means = np.concatenate([states[i] for i in there])
        stream = np.random.SeedSequence(self.seed, spawn_key=(update,))
        h = means @ projection(means.shape[1], self.size, np.random.default_rng(stream))
        b = leverages(h - h.mean(axis=0), self.ridge)
        for i, value in zip(there, b / (1 - b) if self.alone else b, strict=True):
            paid[i][-1] = self.scale * value
        return paid


def leverages(h: np.ndarray, ridge: float) -> np.ndarray:
    """h_i' (ridge I + H' H)^-1 h_i of each row, [n]."""
    return np.asarray(np.einsum("nd,dn->n", h, np.linalg.solve(ridge * np.eye(h.shape[1]) + h.T @ h, h.T)))


def projection(inputs: int, outputs: int, rng: np.random.Generator) -> np.ndarray:
    """[inputs, outputs], entries of deviation outputs^-1/2, most of them 0; lengths stay the same on average."""
    share = inputs**-0.5
    signs = rng.choice((-1.0, 1.0), size=(inputs, outputs))
    return np.asarray(signs * (rng.random((inputs, outputs)) < share) / np.sqrt(share * outputs))
