from dataclasses import replace

import numpy as np

from sge_agent.exploration.base import Chain, ExplorationContext
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.types import SamplingParams

PARAMS = SamplingParams(temperature=0.1, max_tokens=9, top_p=0.8, stop=("\n",))


def context(*, evaluation: bool = False) -> ExplorationContext:
    return ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(0), evaluation=evaluation)


def test_strategies_are_hot_and_everything_else_is_cold() -> None:
    mixed = MixedTemperature()
    assert mixed.sampling("strategy", 0, PARAMS, context()) == replace(PARAMS, temperature=1.2)
    assert mixed.sampling("reasoning", 3, PARAMS, context()) == replace(PARAMS, temperature=0.7)
    assert mixed.sampling("action", 3, PARAMS, context()) == replace(PARAMS, temperature=0.7)


def test_in_evaluation_every_token_is_cold() -> None:
    mixed = MixedTemperature(strategy=2.0, other=0.6)
    assert mixed.sampling("strategy", 0, PARAMS, context(evaluation=True)).temperature == 0.6
    assert mixed.sampling("action", 0, PARAMS, context(evaluation=True)).temperature == 0.6


def test_it_works_in_a_chain() -> None:
    assert Chain(MixedTemperature(strategy=2.0)).sampling("strategy", 0, PARAMS, context()).temperature == 2.0
