"""i-MENTOR: failed episodes are paid by how unlike all earlier ones their whole token sequence is, after the group's
normalisation, so that nothing divides the payment (arXiv 2505.17621).

A' = A + scale h / (h + u) (e - min e) / (max e - min e) for an episode that fails, A' = A for one that succeeds, on all its
tokens. e = (f - f*)^2 is the error of a small network on the episode, min and max run over the update, u is the number of
the update. The episode is read as the random vectors of its last tokens, each coordinate normalised over the update. An
update in which all errors are equal pays nothing; scale 0 is GRPO.

From the official code (v): vectors of 16 numbers, layers 16, 8 and 1 with leaky units and a sigmoid, AdamW with 1e-3, scale
0.5, h = 40, one step per update, failed = reward below 1 (here: no success). There the vectors are trained too and the
sequence is as long as prompt and answer may be (1280); vectors that stay as drawn, and 256 tokens, are our choice (?).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.networks import Predictor
from sge_agent.types import Group, Trajectory

_VECTOR, _LAYERS, _DECAY = 16, (16, 8, 1), 0.01


@dataclass(eq=False)
class IMentor(Exploration):
    """Adds to the advantage of failed episodes what their novelty is worth."""

    scale: float = 0.5
    """What the newest episode of an update gets at first."""
    half: float = 40.0
    """After so many updates it gets half as much."""
    tokens: int = 256
    """How many tokens of an episode are read, from its end, its prompts among them."""
    learning_rate: float = 1e-3
    """AdamW's learning rate for the network that learns."""
    seed: int = 0
    """Seed of the vectors and of the first weights."""

    _predictor: Predictor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale < 0 or self.half <= 0 or self.tokens < 1:
            raise ValueError(
                "scale must be 0 or more, half more than 0 and tokens at least 1, got "
                f"{self.scale}, {self.half} and {self.tokens}"
            )
        sizes = (self.tokens * _VECTOR, *_LAYERS)
        self._predictor = Predictor(sizes, self.seed, slope=0.01, squash=True, decay=_DECAY)

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        episodes = [t for group in groups for t in group.trajectories]
        if not self.scale or not episodes:
            return shaped
        errors = self._predictor.errors(self._read(episodes))
        spread = errors.max() - errors.min()
        paid = (errors - errors.min()) / spread if spread > 0 else np.zeros(len(errors))
        worth = iter(self.scale * self.half / (self.half + ctx.update) * paid)
        added = [[0.0 if t.success else w for t, w in zip(g.trajectories, worth)] for g in groups]
        raised = [[a + w for a, w in zip(*pair, strict=True)] for pair in zip(shaped.advantages, added, strict=True)]
        return replace(shaped, advantages=raised)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        episodes = [t for group in groups for t in group.trajectories]
        if episodes:
            inputs = self._read(episodes)
            metrics["imentor/error"] = float(self._predictor.errors(inputs).mean())
            self._predictor.learn(inputs, self.learning_rate)

    def state_dict(self) -> dict[str, Any]:
        return {"predictor": self._predictor.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._predictor.load_state_dict(state["predictor"])

    def _read(self, episodes: Sequence[Trajectory]) -> np.ndarray:
        """[episodes, tokens * 16]; an episode with fewer tokens has zeros behind them before it is normalised."""
        ids = [np.array([i for c in t.contexts for i in c.tokens][-self.tokens :], dtype=np.int64) for t in episodes]
        known = 1 + max((int(own.max()) for own in ids if len(own)), default=0)
        table = np.random.default_rng(self.seed).normal(size=(known, _VECTOR))
        inputs = np.zeros((len(ids), self.tokens, _VECTOR))
        for n, own in enumerate(ids):
            inputs[n, : len(own)] = table[own]
        flat = inputs.reshape(len(ids), -1)
        return np.asarray((flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + 1e-5))
