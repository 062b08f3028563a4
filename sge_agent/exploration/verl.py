"""Episodes whose hidden states spread out faster than usual are credited more (VERL, arXiv 2509.23808).

    ER = exp(-sum s ln s)          s: singular values of the centred states of an episode's tokens, divided by their sum
    m_k                            ER of the first k stride + 1 tokens, while there are more
    v_k = m_k - mean m_(<k),  a_k = v_k - v_(k-1);  ERV and ERA: their means over k
    d = (x - M) / |M|, at most 5 in size, for x = ER, ERV, ERA with M their running mean over earlier updates
    phi = b tanh d_ER + (1 - b) tanh d_ERV,  b = sigmoid(gain d_ERA)
    A' = A + min(scale relu(phi), |A| / kappa)

ER, the effective rank, is high for text that explores; its speed for text that gets somewhere. No advantage changes its sign with
kappa above 1. Episodes too short for an ERA, and the first update, get nothing.

States are those of all tokens of the episode in one row. Their number, and a decomposition for each prefix, make it slow for
long episodes. With ``scale`` 0 it is GRPO. Defaults: the authors' scripts (``memory`` 0.3, ``gain`` 2, ``kappa`` 2), except for
``stride``: theirs is 40, for answers of thousands of tokens; ours is 8, a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group

_STATES = "hidden.tokens"


@dataclass(eq=False)
class RankVelocity(Exploration):
    """Adds to an episode's advantage what the spread of its hidden states is worth."""

    scale: float = 1.0
    """What is added for an episode that spreads out much faster than usual."""
    kappa: float = 2.0
    """The largest addition is the size of the advantage divided by this."""
    stride: int = 8
    """How many tokens apart the prefixes end whose spread is compared."""
    gain: float = 2.0
    """How sharply the acceleration decides between spread and speed."""
    memory: float = 0.3
    """Weight of an update in the running means."""

    needs = frozenset({_STATES})

    _usual: np.ndarray | None = field(default=None, init=False, repr=False)
    """[3]: running means of ER, ERV and ERA."""

    def __post_init__(self) -> None:
        if self.scale < 0 or self.kappa <= 0 or self.stride < 1 or not 0 < self.memory <= 1:
            raise ValueError(
                "scale must be 0 or more, kappa more than 0, stride 1 or more, and memory more than 0 and at most 1, got "
                f"{self.scale}, {self.kappa}, {self.stride} and {self.memory}"
            )

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not self.scale or self._usual is None:
            return shaped
        usual = self._usual
        raised = [
            [
                a + np.minimum(self.scale * self._worth(h, usual), np.abs(a) / self.kappa)
                for a, h in zip(own, states, strict=True)
            ]
            for own, states in zip(shaped.advantages, ctx.feature(_STATES), strict=True)
        ]
        return replace(shaped, advantages=raised)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        found = [m for own in ctx.feature(_STATES) for h in own if (m := self._motion(h)) is not None]
        if not found:
            return
        mean = np.mean(found, axis=0)
        metrics["verl/effective_rank"] = float(mean[0])
        self._usual = mean if self._usual is None else (1 - self.memory) * self._usual + self.memory * mean

    def state_dict(self) -> dict[str, Any]:
        return {} if self._usual is None else {"usual": self._usual}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._usual = np.asarray(state["usual"]) if "usual" in state else None

    def _worth(self, states: np.ndarray, usual: np.ndarray) -> float:
        """relu(phi) of an episode."""
        motion = self._motion(states)
        if motion is None:
            return 0.0
        rank, speed, growth = np.clip((motion - usual) / (np.abs(usual) + 1e-8), -5, 5).tolist()
        share = 1 / (1 + np.exp(-self.gain * growth))
        return max(0.0, float(share * np.tanh(rank) + (1 - share) * np.tanh(speed)))

    def _motion(self, states: np.ndarray) -> np.ndarray | None:
        """ER, ERV and ERA of an episode, [3]; None where it is too short."""
        ranks = np.array([effective_rank(states[: k + 1]) for k in range(self.stride, len(states), self.stride)])
        if len(ranks) < 3:
            return None
        before = np.cumsum(ranks)[:-1] / np.arange(1, len(ranks))
        speeds = ranks[1:] - before
        return np.array([effective_rank(states), speeds.mean(), np.diff(speeds).mean()])


def effective_rank(states: np.ndarray) -> float:
    """exp of the entropy of the singular values of centred ``states`` [n, width]; k for k equal ones, 1 where all are 0."""
    values = np.linalg.svd(states - states.mean(axis=0), compute_uv=False)
    total = values.sum()
    if total <= 0:
        return 1.0
    shares = values[values > 1e-12 * total] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))
