import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain
from sge_agent.exploration.ead import AnnealedDecoding
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.heads import household
from sge_agent.learner import Learner
from sge_agent.policies.server import ServerPolicy
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from sge_agent.types import SamplingParams
from tests.sge_agent import tiny
from tests.sge_agent.exploration.made import context
from tests.sge_agent.fakes import Shelves, specs
from tests.sge_agent.gradients import Watch
from tests.sge_agent.small_runs import Lucky

PARAMS = SamplingParams(temperature=0.7, max_tokens=60)


def factors(method: AnnealedDecoding, update: int = 0) -> tuple[float, ...]:
    return method.sampling("action", 0, PARAMS, context(update)).factors


def test_the_schedule_is_the_papers_and_falls_from_high_to_low_after_the_warmup() -> None:
    found = factors(AnnealedDecoding())
    assert found[:10] == (1.0,) * 10
    assert found[10:] == pytest.approx([max(2.2 - math.exp(j / 25), 0.1) for j in range(10, 60)])
    later = factors(AnnealedDecoding(warmup=0), update=1000)
    assert later[0] == pytest.approx(1.2)
    assert all(a >= b for a, b in pairwise(later))
    assert min(factors(AnnealedDecoding(low=0.4))) == 0.4


def test_it_falls_more_slowly_with_every_update_and_multiplies_what_the_base_says() -> None:
    early, late = factors(AnnealedDecoding()), factors(AnnealedDecoding(), update=20)
    assert late[10:] == pytest.approx([max(2.2 - math.exp(j / 125), 0.1) for j in range(10, 60)])
    assert all(a <= b for a, b in zip(early, late, strict=True))
    hot = Chain(MixedTemperature(2.0, 0.5), AnnealedDecoding()).sampling("strategy", 0, PARAMS, context())
    assert [hot.temperature_at(0), hot.temperature_at(20)] == pytest.approx([2.0, 2.0 * early[20]])


def test_equal_ends_of_1_and_evaluations_leave_sampling_alone() -> None:
    assert AnnealedDecoding(high=1, low=1).sampling("action", 0, PARAMS, context()) == PARAMS
    assert AnnealedDecoding().sampling("action", 0, PARAMS, replace(context(), evaluation=True)) == PARAMS
    with pytest.raises(ValueError, match="at most high"):
        AnnealedDecoding(high=0.5, low=0.6)


def test_ratios_of_fresh_data_are_1_and_every_token_has_its_own_temperature() -> None:
    policy, heads = tiny.policy(), household(COMPACT)
    agent = StrategyAgent(
        prompts=COMPACT,
        strategy=replace(heads.strategy, max_tokens=9),
        action=replace(heads.action, max_tokens=9),
    )
    method = AnnealedDecoding(start=6.0, warmup=2)
    groups = play_groups(specs(4), agent, policy, LocalPool({"shelves": Lucky}), method, context())
    heat = {
        s.temperatures[3] / s.temperatures[0] for t in groups[0].trajectories for s in t.segments if s.end - s.start > 3
    }
    expected = 2.2 - math.exp(3 / 6)
    assert heat
    assert all(found == pytest.approx(expected) for found in heat)
    learner = Learner(policy, epochs=1)
    Watch(learner)
    assert learner.step(groups, method, context())["mismatch"] < 1e-4


def test_a_server_that_takes_one_temperature_per_request_is_refused_at_once() -> None:
    agent = StrategyAgent(prompts=COMPACT)
    with ServerPolicy("http://localhost:1/v1", "none") as policy, pytest.raises(ValueError, match="temperature by pos"):
        play_groups(specs(1), agent, policy, LocalPool({"shelves": Shelves}), AnnealedDecoding(), context())
    assert np.isfinite(factors(AnnealedDecoding(start=0.01))).all()
