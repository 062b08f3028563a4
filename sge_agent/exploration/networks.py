"""A small network that learns to do as a fixed random one does, with Adam, in float64: what is new shows in its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Weights = dict[str, np.ndarray]


class Predictor:
    """f and the fixed f*, both of the layer ``sizes``; inner layers have biases.

    ``slope`` is what an inner unit lets through below 0, ``squash`` puts the output through a sigmoid, ``noise`` is the
    deviation of what is added to f* each time that f learns, ``decay`` what a step takes off the weights of f (AdamW).
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seed: int,
        *,
        slope: float = 0.0,
        squash: bool = False,
        noise: float = 0.0,
        decay: float = 0.0,
    ) -> None:
        rng = np.random.default_rng(seed)
        self._target = _weights(rng, sizes)
        self._own = _weights(rng, sizes)
        self._first = {name: np.zeros_like(w) for name, w in self._own.items()}
        self._second = {name: np.zeros_like(w) for name, w in self._own.items()}
        self._steps = 0
        self._seed, self._slope, self._squash, self._noise, self._decay = seed, slope, squash, noise, decay

    def errors(self, states: np.ndarray) -> np.ndarray:
        """|f - f*|^2 of each state: [n, size] -> [n]."""
        return np.asarray(np.square(self._given(self._own, states) - self._given(self._target, states)).sum(axis=1))

    def learn(self, states: np.ndarray, rate: float) -> None:
        """One step of Adam on the mean error."""
        layers = self._layers(self._own, states)
        wanted = self._given(self._target, states)
        if self._noise:
            stream = np.random.SeedSequence(self._seed, spawn_key=(self._steps,))
            wanted = wanted + np.random.default_rng(stream).normal(scale=self._noise, size=wanted.shape)
        back = 2 * (layers[-1] - wanted) / len(states)
        if self._squash:
            back = back * layers[-1] * (1 - layers[-1])
        gradients: Weights = {}
        for number in range(len(layers) - 1, 0, -1):
            gradients[f"w{number}"] = layers[number - 1].T @ back
            if f"b{number}" in self._own:
                gradients[f"b{number}"] = back.sum(axis=0)
            if number > 1:
                back = (back @ self._own[f"w{number}"].T) * np.where(layers[number - 1] > 0, 1.0, self._slope)
        self._step(gradients, rate)

    def state_dict(self) -> dict[str, Any]:
        parts = {"": self._own, "first.": self._first, "second.": self._second}
        return {"steps": self._steps, **{prefix + name: w for prefix, own in parts.items() for name, w in own.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._steps = int(state["steps"])
        for prefix, own in (("", self._own), ("first.", self._first), ("second.", self._second)):
            own.update({name: np.asarray(state[prefix + name]) for name in own})

    def _step(self, gradients: Weights, rate: float) -> None:
        self._steps += 1
        for name, gradient in gradients.items():
            self._first[name] = 0.9 * self._first[name] + 0.1 * gradient
            self._second[name] = 0.999 * self._second[name] + 0.001 * gradient**2
            first = self._first[name] / (1 - 0.9**self._steps)
            second = self._second[name] / (1 - 0.999**self._steps)
            kept = self._own[name] * (1 - rate * self._decay)
            self._own[name] = kept - rate * first / (np.sqrt(second) + 1e-8)

    def _given(self, weights: Weights, states: np.ndarray) -> np.ndarray:
        return self._layers(weights, states)[-1]

    def _layers(self, weights: Weights, states: np.ndarray) -> list[np.ndarray]:
        """The states, what each inner layer gives, and the output."""
        layers, count = [states], sum(name[0] == "w" for name in weights)
        for number in range(1, count + 1):
            x = layers[-1] @ weights[f"w{number}"]
            if number < count:
                x = x + weights[f"b{number}"]
                x = np.where(x > 0, x, self._slope * x)
            layers.append(x)
        if self._squash:
            layers[-1] = 1 / (1 + np.exp(-layers[-1]))
        return layers


def standard(states: np.ndarray) -> np.ndarray:
    """Each state at mean 0 and deviation 1."""
    centred = states - states.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + 1e-8))


def known(states: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """All states of an update that are there (no NaN in them), [n, size]."""
    arrays = [array for own in states for array in own if array.size]
    joined = np.concatenate(arrays) if arrays else np.zeros((0, 0))
    return joined[~np.isnan(joined).any(axis=1)] if len(joined) else joined


def _weights(rng: np.random.Generator, sizes: Sequence[int]) -> Weights:
    found: Weights = {}
    last = len(sizes) - 1
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        found[f"w{number}"] = rng.normal(size=(inputs, outputs)) / np.sqrt(inputs)
        if number < last:
            found[f"b{number}"] = np.zeros(outputs)
    return found
