"""Exploratory annealed decoding: hot at the beginning of a text, where it decides what it will be, and ever colder (EAD, arXiv
2510.05251).

The temperature of token j of a span is T max(1 + high - e^(j/d), low), and T for j < warmup, with T the temperature that the
span has otherwise and d = min(start + growth u, 40000) in update u: late in training everything stays hot for longer. Positions
count from the start of each span, so every strategy begins hot (?; the paper has one span per answer). The learner divides
by the same temperatures, so ratios of fresh data are 1. With high = low = 1 it is GRPO, whatever d. An evaluation is sampled
without it. Needs a policy that takes a temperature per position.

Formula (v); high 1.2, low 0.1, warmup 10, start 25, growth 5 are the official script's (v). There the sampler divides by 20 d
and the learner by d: like the paper we have d in both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.policy import BY_POSITION
from sge_agent.types import Role, SamplingParams

_SLOWEST = 40000.0


@dataclass(eq=False)
class AnnealedDecoding(Exploration):
    """Multiplies the temperature of every span by a factor that falls with the position in it."""

    high: float = 1.2
    """The factor that the schedule starts from."""
    low: float = 0.1
    """The factor that it ends at."""
    warmup: int = 10
    """How many tokens of a span keep their usual temperature."""
    start: float = 25.0
    """How many tokens the fall takes in the first update; it is over after about ln(1 + high) times as many."""
    growth: float = 5.0
    """How many tokens more it takes with each update."""

    requires = frozenset({BY_POSITION})

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high or self.warmup < 0 or self.start <= 0 or self.growth < 0:
            raise ValueError(
                "low must be more than 0 and at most high, warmup and growth 0 or more and start more than 0, got "
                f"{self.low}, {self.high}, {self.warmup}, {self.growth} and {self.start}"
            )

    def sampling(self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext) -> SamplingParams:
        if ctx.evaluation or self.high == self.low == 1:
            return params
        pace = min(self.start + self.growth * ctx.update, _SLOWEST)
        return replace(params, factors=schedule(params.max_tokens, pace, self.high, self.low, self.warmup))


@lru_cache(maxsize=64)
def schedule(tokens: int, pace: float, high: float, low: float, warmup: int) -> tuple[float, ...]:
    """The factor of each position of a span of at most ``tokens``."""
    fall = np.maximum(1 + high - np.exp(np.minimum(np.arange(tokens) / pace, 50.0)), low)
    fall[:warmup] = 1.0
    return tuple(fall.tolist())
