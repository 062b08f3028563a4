"""Random distribution distillation: as random network distillation, but what is to be predicted is drawn anew at every visit,
so that the bonus of a state goes on falling as a count's would (RDD, arXiv 2505.11044).

b_t = scale |f(s) - mu(s)|^2 / d. mu is a fixed random network with d outputs, and f learns by least squares from draws of
N(mu(s), sigma^2 I). After n visits a predictor that keeps the mean of its draws has E b = scale sigma^2 / n, so b joins
the network's error with a pseudo-count. s is the last hidden state of the turn's action, at mean 0 and deviation 1; a turn
without action gets nothing. Scale 0 is GRPO. Form (s), sigma 1 (s), d 64 (s); scale, learning rate, steps per update and
the hidden layer are our choice (?).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.exploration.networks import Predictor, known, standard
from sge_agent.types import Group

_STATES = "hidden.last"


@dataclass(eq=False)
class RandomDistributionDistillation(Exploration):
    """A bonus for each turn whose action ends in a state that has been seen little."""

    scale: float = 0.1
    """What a mean squared error of 1 is worth."""
    sigma: float = 1.0
    """Deviation of what is to be predicted."""
    outputs: int = 64
    """How many numbers are to be predicted."""
    width: int = 64
    """Size of the hidden layer of both networks."""
    learning_rate: float = 1e-3
    """Adam's learning rate for the network that learns."""
    steps: int = 4
    """How often it learns from all actions of an update, each time from new draws."""
    seed: int = 0
    """Seed of the first weights and of the draws."""

    needs = frozenset({_STATES})

    _predictor: Predictor | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if min(self.scale, self.sigma) < 0 or min(self.steps, self.width, self.outputs) < 1:
            raise ValueError(
                "scale and sigma must be 0 or more, and steps, width and outputs at least 1, got "
                f"{self.scale}, {self.sigma}, {self.steps}, {self.width} and {self.outputs}"
            )

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [[self._paid(own) for own in arrays] for arrays in ctx.feature(_STATES)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        seen = known(ctx.feature(_STATES))
        if not len(seen):
            return
        network, seen = self._network(seen.shape[1]), standard(seen)
        metrics["rdd/error"] = float(network.errors(seen).mean()) / self.outputs
        for _ in range(self.steps):
            network.learn(seen, self.learning_rate)

    def state_dict(self) -> dict[str, Any]:
        return {} if self._predictor is None else {"predictor": self._predictor.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._predictor = None
        if "predictor" in state:
            arrays = state["predictor"]
            self._network(len(arrays["w1"])).load_state_dict(arrays)

    def _network(self, size: int) -> Predictor:
        if self._predictor is None:
            self._predictor = Predictor((size, self.width, self.outputs), self.seed, noise=self.sigma)
        return self._predictor

    def _paid(self, states: np.ndarray) -> np.ndarray:
        paid = np.zeros(len(states))
        there = ~np.isnan(states).any(axis=1) if states.size else np.zeros(len(states), dtype=bool)
        if there.any():
            errors = self._network(states.shape[1]).errors(standard(states[there]))
            paid[there] = self.scale * errors / self.outputs
        return paid
