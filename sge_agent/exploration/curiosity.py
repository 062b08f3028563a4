"""Curiosity about texts: an episode pays for a strategy that resembles earlier strategies of its task (curiosity-driven
red-teaming, arXiv 2402.19464, on strategies in place of attacks).

b = -scale (BLEU + cos). BLEU is the mean over n = 3, 4, 5 of the n-gram overlap of the episode's strategies with the last
``size`` texts kept, cos the mean cosine between the mean hidden state of what it wrote and theirs. The memory stands still
while an update is scored; the first strategy of a task costs nothing, a verbatim repeat has BLEU 1. Scale 0 is GRPO.

Form, n and the sum are the official code's (v); it adds an entropy term, which is a method of its own here, and a price of
gibberish, for which there is no classifier. Scale 0.1, 256 texts, words between spaces, and that a text shorter than n words
is compared up to its own length are our choice (?). An episode that was not asked for a strategy gets its group's mean: it
gains nothing by silence.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.transcripts import strategy_of
from sge_agent.types import Group, Trajectory

_STATES = "hidden.mean"


@dataclass(eq=False)
class Curiosity(Exploration):
    """A price for strategies by how much they resemble earlier ones of the same task."""

    scale: float = 0.1
    """What a verbatim repeat of the only earlier strategy costs half of."""
    size: int = 256
    """How many texts of each task are remembered; the oldest are forgotten first."""

    needs = frozenset({_STATES})

    _texts: dict[str, deque[str]] = field(default_factory=dict, init=False, repr=False)
    _states: dict[str, deque[np.ndarray]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0 or self.size < 1:
            raise ValueError(f"scale must be 0 or more and size at least 1, got {self.scale} and {self.size}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.scale:
            return None
        return [self._group(g, own) for g, own in zip(groups, ctx.feature(_STATES), strict=True)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group, states in zip(groups, ctx.feature(_STATES), strict=True):
            for trajectory, state in zip(group.trajectories, states, strict=True):
                if trajectory.spec.strategy and _is_known(state):
                    self._texts.setdefault(group.task.key, deque(maxlen=self.size)).append(strategy_of(trajectory))
                    self._states.setdefault(group.task.key, deque(maxlen=self.size)).append(_direction(state))
        metrics["curiosity/texts"] = float(sum(map(len, self._texts.values())))

    def state_dict(self) -> dict[str, Any]:
        return {
            "texts": {key: list(texts) for key, texts in self._texts.items()},
            "states": {key: np.stack(list(states)) for key, states in self._states.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._texts = {key: deque(texts, maxlen=self.size) for key, texts in state["texts"].items()}
        self._states = {key: deque(np.asarray(own), maxlen=self.size) for key, own in state["states"].items()}

    def _group(self, group: Group, states: Sequence[np.ndarray]) -> list[np.ndarray]:
        key = group.task.key
        earlier, seen = self._texts.get(key, ()), self._states.get(key, ())
        known = References(earlier)
        price = {
            i: known.bleu(strategy_of(t)) + float(np.mean([_direction(states[i]) @ other for other in seen]))
            for i, t in enumerate(group.trajectories)
            if seen and t.spec.strategy and _is_known(states[i])
        }
        mean = sum(price.values()) / len(price) if price else 0.0
        return [_at_the_end(t, -self.scale * price.get(i, mean)) for i, t in enumerate(group.trajectories)]


class References:
    """Texts that others are compared with."""

    def __init__(self, texts: Sequence[str], orders: Sequence[int] = (3, 4, 5)) -> None:
        self._texts = [text.split() for text in texts]
        self._orders = orders
        self._most: dict[int, Counter[tuple[str, ...]]] = {}
        for n in range(1, max(orders) + 1):
            most = self._most[n] = Counter()
            for words in self._texts:
                most |= _grams(words, n)

    def bleu(self, text: str) -> float:
        """Mean over the orders n of BLEU-n, 0 without references: the geometric mean of the clipped precisions of orders 1 to n
        (one without any match counts as 0.1 of a match), times the penalty of a text that is shorter than the nearest one.
        """
        words = text.split()
        if not self._texts or not words:
            return float(bool(self._texts) and not all(self._texts))
        nearest = min(map(len, self._texts), key=lambda length: (abs(length - len(words)), length))
        brevity = min(1.0, float(np.exp(1 - nearest / len(words))))
        logs = []
        for n in range(1, min(max(self._orders), len(words)) + 1):
            own = _grams(words, n)
            logs.append(np.log(max((own & self._most[n]).total(), 0.1) / own.total()))
        return float(np.mean([brevity * np.exp(np.mean(logs[:n])) for n in self._orders]))


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _is_known(state: np.ndarray) -> bool:
    return bool(state.size) and not bool(np.isnan(state).any())


def _direction(state: np.ndarray) -> np.ndarray:
    return np.asarray(state[0] / (np.linalg.norm(state[0]) + 1e-12), dtype=np.float32)


def _at_the_end(trajectory: Trajectory, value: float) -> np.ndarray:
    out = np.zeros(len(trajectory.turns))
    if out.size:
        out[-1] = value
    return out
