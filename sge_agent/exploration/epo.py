"""An entropy bonus, and a price for leaving the entropy that earlier updates had at the same turn (EPO, arXiv 2509.22576).

    loss = PG - coefficient (mean H - mean P)
    P = smoothing b_u (relu(lower Hbar_t - H) + relu(H - upper Hbar_t))      in the later turns of an episode, else 0

Hbar_t is the mean entropy (nats) of turn number t over all earlier updates. With x the progress inside the half of the run, b_u
is 1 - 0.2 (1 - exp(-2 x)) in its first half and 0.8 exp(-3 x) in its second.

``as_published``: the official code takes P as a constant outside the band, so that it has no gradient and what was run is the
bonus alone. Which turns count as later is half of the turns that an episode may have there; here, half of the longest one
of the update.

With ``coefficient`` 0 it is GRPO. Defaults: official code; ``smoothing`` is that for ALFWorld (0.05 for ScienceWorld). With a
lower bound of 0 only the upper one ever binds.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.tokens import per_episode, turn_means, turns
from sge_agent.types import Group, Trajectory

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

_USUAL = "epo"


@dataclass(eq=False)
class EntropySmoothing(Exploration):
    """Rewards entropy, and holds that of later turns near its history."""

    coefficient: float = 0.001
    """What a nat is worth."""
    smoothing: float = 0.1
    """Price of a nat outside the band, as a share of that."""
    lower: float = 0.0
    """Lower end of the band, as a share of the history's mean."""
    upper: float = 2.0
    """Upper end of the band."""
    as_published: bool = False
    """Take the price as a constant without gradient, as the official code does."""

    needs = frozenset({"entropy"})

    _history: dict[str, tuple[float, int]] = field(default_factory=dict, init=False, repr=False)
    """Number of the turn -> sum of its mean entropies, and of how many updates."""

    def __post_init__(self) -> None:
        if min(self.coefficient, self.smoothing, self.lower) < 0 or self.upper < self.lower:
            raise ValueError(
                "coefficient, smoothing and lower must be 0 or more, and upper no less than lower, got "
                f"{self.coefficient}, {self.smoothing}, {self.lower} and {self.upper}"
            )

    @property
    def adds_loss(self) -> bool:
        return self.coefficient > 0

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        longest = max((len(t.turns) for group in groups for t in group.trajectories), default=0)

        def usual(trajectory: Trajectory) -> np.ndarray:
            means = np.full(len(trajectory.turns), np.nan)
            for turn in range(len(means)):
                total, count = self._history.get(str(turn), (0.0, 0))
                if count and turn >= longest / 2:
                    means[turn] = total / count
            return np.asarray(means[turns(trajectory)])

        return shaped.with_extra(_USUAL, per_episode(groups, usual)) if self.coefficient else shaped

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        from sge_agent.losses import entropies

        if not self.coefficient:
            return None
        entropy = entropies(logits.log_softmax(-1))
        usual = batch.extras[_USUAL]
        low = (self.lower * usual).nan_to_num(nan=-1.0)  # no entropy is below 0
        high = (self.upper * usual).nan_to_num(nan=1e9)
        outside = (low - entropy).relu() + (entropy - high).relu()
        if self.as_published:
            outside = (outside > 0).to(entropy.dtype)
        return self.coefficient * (self.smoothing * self._schedule(ctx) * outside - entropy)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        found: dict[int, list[float]] = {}
        for group, own in zip(groups, ctx.feature("entropy"), strict=True):
            for trajectory, entropies in zip(group.trajectories, own, strict=True):
                for turn, mean in enumerate(turn_means(trajectory, entropies).tolist()):
                    if not np.isnan(mean):
                        found.setdefault(turn, []).append(mean)
        for turn, means in found.items():
            total, count = self._history.get(str(turn), (0.0, 0))
            self._history[str(turn)] = (total + float(np.mean(means)), count + 1)

    def state_dict(self) -> dict[str, Any]:
        return {"history": {turn: list(pair) for turn, pair in self._history.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._history = {turn: (float(total), int(count)) for turn, (total, count) in state["history"].items()}

    def _schedule(self, ctx: ExplorationContext) -> float:
        half, x = divmod(2 * ctx.update / max(1, ctx.total_updates), 1.0)
        return 0.8 * exp(-3 * x) if half >= 1 else 1 - 0.2 * (1 - exp(-2 * x))
