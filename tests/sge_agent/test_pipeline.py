"""Which batch is played when, with which weights, and what goes on beside it."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent import in_flight
from sge_agent.exploration.base import ExplorationContext
from sge_agent.pipeline import Batch, Pipeline, Settle, staleness
from sge_agent.types import Group
from tests.sge_agent.runs import episode

WAIT = 60.0


def context(update: int) -> ExplorationContext:
    return ExplorationContext(update=update, total_updates=9, rng=np.random.default_rng(update))


def batch(update: int) -> Batch:
    return Batch(update, (), context(update), 0.0)


class Story:
    """What was played after how many updates, and what was learned from."""

    def __init__(self) -> None:
        self.updates = 0
        self.played: dict[int, int] = {}
        self.learned: list[int] = []

    def play(self, update: int, settle: Settle) -> Batch:
        assert update not in self.played
        self.played[update] = self.updates
        return batch(update)

    def learn(self, batch: Batch) -> int:
        self.learned.append(batch.update)
        return batch.update

    def run(self, pipeline: Pipeline, *, until: int) -> Story:
        while self.updates < until:
            step = pipeline.step(self.updates, self.learn)
            assert step.learned == step.batch.update == self.updates
            self.updates += 1  # between two updates nothing goes on beside
        return self


@given(lag=st.integers(0, 4), total=st.integers(1, 8))
def test_every_batch_is_played_once_by_weights_of_exactly_the_lag_and_learned_from_in_order(
    lag: int, total: int
) -> None:
    story = Story()
    story.run(Pipeline(story.play, lag=lag, total=total), until=total)
    assert story.played == {k: max(0, k - lag) for k in range(total)}
    assert story.learned == list(range(total))


@given(lag=st.integers(0, 3), cut=st.integers(1, 5))
def test_what_was_played_before_a_checkpoint_is_not_played_again(lag: int, cut: int) -> None:
    first, second = Story(), Story()
    pipeline = Pipeline(first.play, lag=lag, total=6)
    first.run(pipeline, until=cut)
    assert [batch.update for batch in pipeline.ready] == list(range(cut, min(cut + lag, 6)))
    second.updates = cut
    second.run(Pipeline(second.play, lag=lag, total=6, ready=pipeline.ready), until=6)
    assert first.played.keys() | second.played.keys() == set(range(6))
    assert not first.played.keys() & second.played.keys()
    assert {k: max(0, k - lag) for k in second.played} == second.played


def test_a_batch_is_played_while_an_earlier_one_is_learned_from() -> None:
    """Each waits until the other one has begun: one after the other they would wait for ever."""
    playing, learning = threading.Event(), threading.Event()

    def play(update: int, settle: Settle) -> Batch:
        if update == 1:
            playing.set()
            assert learning.wait(WAIT)
        return batch(update)

    def learn(batch: Batch) -> str:
        if batch.update == 0:
            learning.set()
            assert playing.wait(WAIT)
        return threading.current_thread().name

    pipeline = Pipeline(play, lag=1, total=2)
    here = threading.current_thread().name
    assert pipeline.step(0, learn).learned != here
    assert pipeline.step(1, learn).learned == here  # nothing is left to be played


def test_the_shares_of_waiting_are_told() -> None:
    alone = Pipeline(lambda update, settle: batch(update), lag=0, total=1).step(0, lambda batch: None)
    assert alone.waiting == {"waiting/sampler": 1.0, "waiting/learner": pytest.approx(1.0, abs=1.0)}


def test_what_either_of_them_raises_is_raised_and_never_before_learning_has_ended() -> None:
    ended = threading.Event()

    def play(update: int, settle: Settle) -> Batch:
        if update == 1:
            raise KeyboardInterrupt
        return batch(update)

    def learn(batch: Batch) -> None:
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        Pipeline(play, lag=1, total=2).step(0, learn)
    assert ended.is_set()
    with pytest.raises(ZeroDivisionError):
        Pipeline(lambda update, settle: batch(update), lag=1, total=2).step(0, lambda batch: 1 // 0)


def test_who_plays_can_wait_until_nothing_is_learned() -> None:
    learned: list[int] = []
    seen: list[list[int]] = []

    def play(update: int, settle: Settle) -> Batch:
        settle()
        seen.append(list(learned))
        return batch(update)

    pipeline = Pipeline(play, lag=1, total=3)
    for update in range(3):
        pipeline.step(update, lambda batch: learned.append(batch.update))
    assert seen == [[], [0], [0, 1]]


def test_staleness_counts_updates_of_the_weights_by_token() -> None:
    young, old = (replace(episode(strategy=text), policy_versions=(v, v)) for text, v in (("look up", 6), ("wait", 4)))
    unwritten = replace(episode(), turns=(), policy_versions=())
    sizes = [young.sampled_tokens, old.sampled_tokens]
    found = staleness([Group(young.task, (young, old, unwritten))], 7)
    assert found == {"staleness/mean": pytest.approx((sizes[0] + 3 * sizes[1]) / sum(sizes)), "staleness/max": 3.0}
    assert staleness([], 7) == {"staleness/mean": 0.0, "staleness/max": 0.0}


def test_batches_in_flight_come_back_from_their_text_as_they_were() -> None:
    played = episode(success=True, hint="Failed: x;", seed=2**63 + 1)
    last = replace(played.turns[-1], info={**played.last_info, "admissible_actions": ["up"]}, snapshot=b"\x00\xff")
    whole = replace(
        played,
        spec=replace(played.spec, start=b"state", snapshots=True),
        turns=(last,),
        policy_versions=(3, 3),
        first_info={"goal": "shine", "admissible_actions": ["down"]},
    )
    broken = replace(episode(), turns=(), error="died")
    before = Batch(4, [Group(whole.task, (whole, broken), 1)], context(4), 1.5)
    before.ctx.rng.random(7)
    (after,) = in_flight.from_text(in_flight.to_text([before]), context)
    assert list(after.groups) == list(before.groups)
    assert (after.update, after.ctx.update, after.seconds) == (4, 4, 0.0)
    assert after.ctx.rng.random(3).tolist() == before.ctx.rng.random(3).tolist()
