"""Random network distillation: failed episodes are paid for actions in states that a small network does not know yet (arXiv
1810.12894, in the form of arXiv 2603.02045's baseline).

A fixed random network f* maps the last hidden state of an action to a few numbers, and a second one, f, learns to do the
same. Where it still errs is new: R = err / std(err), with err = |f - f*|^2 and the deviation over all actions of the
update. Only trajectories without any reward get it. How the networks look is our choice: one hidden layer, states put to
mean 0 and deviation 1.
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
class RandomNetworkDistillation(Exploration):
    """A bonus for each turn of the trajectories that earned nothing."""

    scale: float = 1.0
    """What an error of one deviation is worth; the paper names no factor, and the errors of many turns add up."""
    learning_rate: float = 1e-3
    """Adam's learning rate for the network that learns."""
    steps: int = 4
    """How often it learns from all actions of an update."""
    width: int = 64
    """Size of the hidden layer of both networks."""
    outputs: int = 32
    """How many numbers they give."""
    seed: int = 0
    """Seed of their first weights."""

    needs = frozenset({_STATES})

    _predictor: Predictor | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0 or min(self.steps, self.width, self.outputs) < 1:
            raise ValueError(
                f"scale must be 0 or more, and steps, width and outputs at least 1, got {self.scale}, {self.steps}, "
                f"{self.width} and {self.outputs}"
            )

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        states = ctx.feature(_STATES)
        seen = known(states)
        if not self.scale or not len(seen):
            return None
        deviation = self._network(seen.shape[1]).errors(standard(seen)).std()
        factor = self.scale / deviation if deviation > 0 else 0.0
        return [
            [
                np.zeros(len(t.turns)) if t.reward else factor * self._errors(own)
                for t, own in zip(group.trajectories, arrays, strict=True)
            ]
            for group, arrays in zip(groups, states, strict=True)
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        seen = known(ctx.feature(_STATES))
        if not len(seen):
            return
        network, seen = self._network(seen.shape[1]), standard(seen)
        metrics["rnd/error"] = float(network.errors(seen).mean())
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
            self._predictor = Predictor((size, self.width, self.outputs), self.seed)
        return self._predictor

    def _errors(self, states: np.ndarray) -> np.ndarray:
        """[turns]; 0 for a turn without action."""
        errors = np.zeros(len(states))
        there = ~np.isnan(states).any(axis=1)
        if there.any():
            errors[there] = self._network(states.shape[1]).errors(standard(states[there]))
        return errors
