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

    _predictor: _Predictor | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0 or min(self.steps, self.width, self.outputs) < 1:
            raise ValueError(
                f"scale must be 0 or more, and steps, width and outputs at least 1, got {self.scale}, {self.steps}, "
                f"{self.width} and {self.outputs}"
            )

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        states = ctx.feature(_STATES)
        known = _known(states)
        if not self.scale or not len(known):
            return None
        deviation = self._network(known.shape[1]).errors(known).std()
        factor = self.scale / deviation if deviation > 0 else 0.0
        return [
            [
                np.zeros(len(t.turns)) if t.reward else factor * self._errors(own)
                for t, own in zip(group.trajectories, arrays, strict=True)
            ]
            for group, arrays in zip(groups, states, strict=True)
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        known = _known(ctx.feature(_STATES))
        if not len(known):
            return
        network = self._network(known.shape[1])
        metrics["rnd/error"] = float(network.errors(known).mean())
        for _ in range(self.steps):
            network.learn(known, self.learning_rate)

    def state_dict(self) -> dict[str, Any]:
        return {} if self._predictor is None else {"predictor": self._predictor.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._predictor = None
        if "predictor" in state:
            arrays = state["predictor"]
            self._network(len(arrays["w1"])).load_state_dict(arrays)

    def _network(self, size: int) -> _Predictor:
        if self._predictor is None:
            self._predictor = _Predictor(size, self.width, self.outputs, self.seed)
        return self._predictor

    def _errors(self, states: np.ndarray) -> np.ndarray:
        """[turns]; 0 for a turn without action."""
        errors = np.zeros(len(states))
        known = ~np.isnan(states).any(axis=1)
        if known.any():
            errors[known] = self._network(states.shape[1]).errors(states[known])
        return errors


class _Predictor:
    """A network that learns to do as a fixed random one does, with Adam, in float64."""

    def __init__(self, size: int, width: int, outputs: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._target = _weights(rng, size, width, outputs)
        self._own = _weights(rng, size, width, outputs)
        self._first = {name: np.zeros_like(w) for name, w in self._own.items()}
        self._second = {name: np.zeros_like(w) for name, w in self._own.items()}
        self._steps = 0

    def errors(self, states: np.ndarray) -> np.ndarray:
        """|f - f*|^2 of each state: [n, size] -> [n]."""
        x = _standard(states)
        return np.asarray(np.square(_apply(self._own, x)[1] - _apply(self._target, x)[1]).sum(axis=1))

    def learn(self, states: np.ndarray, rate: float) -> None:
        """One step of Adam on the mean error."""
        x = _standard(states)
        inner, given = _apply(self._own, x)
        back = 2 * (given - _apply(self._target, x)[1]) / len(x)
        through = (back @ self._own["w2"].T) * (inner > 0)
        gradients = {"w1": x.T @ through, "b1": through.sum(axis=0), "w2": inner.T @ back}
        self._steps += 1
        for name, gradient in gradients.items():
            self._first[name] = 0.9 * self._first[name] + 0.1 * gradient
            self._second[name] = 0.999 * self._second[name] + 0.001 * gradient**2
            first = self._first[name] / (1 - 0.9**self._steps)
            second = self._second[name] / (1 - 0.999**self._steps)
            self._own[name] = self._own[name] - rate * first / (np.sqrt(second) + 1e-8)

    def state_dict(self) -> dict[str, Any]:
        parts = {"": self._own, "first.": self._first, "second.": self._second}
        return {"steps": self._steps, **{prefix + name: w for prefix, own in parts.items() for name, w in own.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._steps = int(state["steps"])
        for prefix, own in (("", self._own), ("first.", self._first), ("second.", self._second)):
            own.update({name: np.asarray(state[prefix + name]) for name in own})


def _weights(rng: np.random.Generator, size: int, width: int, outputs: int) -> dict[str, np.ndarray]:
    return {
        "w1": rng.normal(size=(size, width)) / np.sqrt(size),
        "b1": np.zeros(width),
        "w2": rng.normal(size=(width, outputs)) / np.sqrt(width),
    }


def _apply(weights: Mapping[str, np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The hidden layer and what the network gives."""
    inner = np.maximum(x @ weights["w1"] + weights["b1"], 0)
    return inner, inner @ weights["w2"]


def _standard(states: np.ndarray) -> np.ndarray:
    centred = states - states.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + 1e-8))


def _known(states: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """All states of the update that are there, [n, size]."""
    arrays = [array for own in states for array in own if array.size]
    joined = np.concatenate(arrays) if arrays else np.zeros((0, 0))
    return joined[~np.isnan(joined).any(axis=1)]
