from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.config import TrainConfig
from sge_agent.correction import Correction, correction_weights, is_cut
from sge_agent.learner import Learner
from sge_agent.settings import SettingError
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.gradients import distance, gradient_of

KINDS: list[Correction] = ["token_truncated", "token_masked", "sequence_truncated", "sequence_masked"]


def weights(gaps: Sequence[float], how: Correction, bound: float, rows: Sequence[int] | None = None) -> list[float]:
    sampled = torch.full((len(gaps),), -1.0, dtype=torch.float64)
    old = (sampled + torch.tensor(gaps, dtype=torch.float64)).requires_grad_()
    found = correction_weights(old, sampled, torch.tensor(rows or [0] * len(gaps)), how, bound)
    assert not found.requires_grad
    return found.tolist()


def test_weights_are_truncated_or_masked_as_their_sources_say() -> None:
    gaps, rows = [math.log(w) for w in (0.3, 1.5, 4.0, 0.5, 1.25)], [0, 0, 0, 3, 3]
    assert weights(gaps, "token_truncated", 2.0, rows) == pytest.approx([0.3, 1.5, 2.0, 0.5, 1.25])
    assert weights(gaps, "token_masked", 2.5, rows) == pytest.approx([0.0, 1.5, 0.0, 0.5, 1.25])
    assert weights(gaps, "sequence_truncated", 1.5, rows) == pytest.approx([1.5] * 3 + [0.625] * 2)
    assert weights(gaps, "sequence_masked", 1.7, rows) == pytest.approx([0.0] * 3 + [0.625] * 2)
    assert weights(gaps, "sequence_masked", 1.9, rows) == pytest.approx([1.8] * 3 + [0.625] * 2)
    assert weights(gaps, "none", 2.0, rows) == [1.0] * 5


@pytest.mark.parametrize("how", KINDS)
def test_without_a_mismatch_every_weight_is_exactly_one(how: Correction) -> None:
    assert weights([0.0] * 4, how, 1.5, [0, 0, 1, 1]) == [1.0] * 4


@pytest.mark.parametrize("how", KINDS)
def test_what_the_sampler_did_not_record_counts_as_equal(how: Correction) -> None:
    gap = math.log(1.2)
    together = gap if how.startswith("sequence") else 0.0
    found = weights([gap, math.nan], how, 2.0)
    assert found == pytest.approx([1.2, math.exp(together)])


@given(st.lists(st.floats(-200, 200), min_size=1, max_size=6), st.floats(1.01, 20), st.sampled_from(KINDS))
def test_no_weight_is_above_the_bound_or_negative(gaps: list[float], bound: float, how: Correction) -> None:
    assert all(0 <= weight <= bound for weight in weights(gaps, how, bound))


def test_what_the_bound_has_cut_is_known() -> None:
    assert is_cut(torch.tensor([2.0, 1.0]), "token_truncated", 2.0).tolist() == [True, False]
    assert is_cut(torch.tensor([0.0, 1.0]), "sequence_masked", 2.0).tolist() == [True, False]


# In the learner -----------------------------------------------------------------------------------------------------------


def recorded(groups: Sequence[Group], gaps: Sequence[float]) -> list[Group]:
    """The episodes as if the sampler had found each token of a segment more likely, by these differences in turn."""
    return [
        group.with_trajectories(
            [
                replace(
                    t,
                    turns=tuple(
                        replace(
                            turn,
                            segments=tuple(
                                replace(s, logprobs=tuple(p + gaps[i % len(gaps)] for i, p in enumerate(s.logprobs)))
                                for s in turn.segments
                            ),
                        )
                        for turn in t.turns
                    ),
                )
                for t in group.trajectories
            ]
        )
        for group in groups
    ]


@pytest.mark.parametrize("how", KINDS)
def test_a_sampler_that_agrees_leaves_the_gradient_as_it_is(how: Correction) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, contexts=2)
    plain, told = gradient_of(policy, groups, old_logprobs="recomputed")
    found, metrics = gradient_of(policy, groups, old_logprobs="recomputed", correction=how, correction_bound=3.0)
    assert distance(found, plain) < 1e-5
    assert metrics["correction/weight"] == pytest.approx(1, abs=1e-5)
    assert metrics["correction/cut"] == 0
    assert metrics["correction/max_log_difference"] < 1e-5
    assert not any(name.startswith("correction") for name in told)


@pytest.mark.parametrize("minibatches", [1, 2])
def test_an_even_mismatch_scales_the_gradient_and_one_beyond_the_bound_ends_it(minibatches: int) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    plain, _ = gradient_of(policy, groups, old_logprobs="recomputed")
    less = recorded(groups, [-math.log(1.5)])  # the sampler found each token less likely than the learner does
    settings = {"old_logprobs": "recomputed", "correction": "token_masked", "epochs": 1}
    found, metrics = gradient_of(policy, less, **settings, correction_bound=2.0)  # type: ignore[arg-type]
    assert distance(found, {name: 1.5 * value for name, value in plain.items()}) < 1e-5
    assert metrics["correction/weight"] == pytest.approx(1.5, rel=1e-4)
    assert metrics["correction/max_log_difference"] == pytest.approx(math.log(1.5), rel=1e-4)
    metrics = Learner(policy, **settings, correction_bound=1.4, minibatches=minibatches).step(less)  # type: ignore[arg-type]
    assert metrics["grad_norm"] == 0
    assert metrics["correction/cut"] == 1


def test_masked_tokens_have_no_gradient_but_count_in_the_mean() -> None:
    """Of every two tokens one is masked: the gradient is that of the other half, divided by the number of all."""
    policy = tiny.policy()
    groups = tiny.groups(policy)
    half = recorded(groups, [5.0, 0.0])
    settings = {"old_logprobs": "recomputed", "aggregate": "token_mean"}
    found, metrics = gradient_of(policy, half, **settings, correction="token_masked")  # type: ignore[arg-type]

    def only_the_others(terms):  # type: ignore[no-untyped-def]
        first = torch.tensor([at % 2 == 0 for at in places(half)])
        losses = -(terms.logprobs - terms.old_logprobs).exp() * terms.advantages
        return losses * ~first

    expected, _ = gradient_of(policy, groups, **settings, loss=only_the_others, microbatch_tokens=10**9)  # type: ignore[arg-type]
    assert distance(found, expected) < 1e-5
    assert 0.4 < metrics["correction/cut"] < 0.7


def places(groups: Sequence[Group]) -> list[int]:
    """Where each trained token stands in its segment, in the order of the learner's only batch."""
    rows = [
        (len(t.contexts[0].tokens[: t.segments[-1].end]), i, [at for s in t.segments for at in range(s.end - s.start)])
        for i, t in enumerate(
            t for g in groups for t in g.trajectories if any(u.return_ != t.return_ for u in g.trajectories)
        )
    ]
    return [at for _, _, own in sorted(rows) for at in own]


def test_a_context_that_was_not_the_samplers_is_not_weighed() -> None:
    policy = tiny.policy()
    groups = recorded(tiny.groups(policy), [-math.log(1.5)])
    others = [g.with_trajectories([replace(t, recompute=True) for t in g.trajectories]) for g in groups]
    settings = {"old_logprobs": "recomputed", "correction": "token_truncated"}
    _, metrics = gradient_of(policy, others, **settings)  # type: ignore[arg-type]
    assert metrics["correction/weight"] == 1
    assert metrics["correction/max_log_difference"] == 0


def test_a_correction_needs_recomputed_log_probabilities_and_a_bound() -> None:
    with pytest.raises(ValueError, match='needs old_logprobs="recomputed" and a bound above 1'):
        Learner(tiny.policy(), correction="token_truncated")
    with pytest.raises(ValueError, match="a bound above 1"):
        Learner(tiny.policy(), correction="token_masked", old_logprobs="recomputed", correction_bound=1.0)
    with pytest.raises(
        SettingError, match="--correction must be none without --old-logprobs recomputed, got token_masked"
    ):
        TrainConfig(correction="token_masked")
    with pytest.raises(SettingError, match="--correction-bound must be more than 1"):
        TrainConfig(correction_bound=1.0)
    assert TrainConfig(correction="token_masked", old_logprobs="recomputed").correction_bound == 2.0
