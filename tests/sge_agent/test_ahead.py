"""Runs that play ahead of the learner: what is sampled when, exactly, and again after an interruption."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent.build import make_agent, make_exploration, make_learner
from sge_agent.coming import METHOD, coming_specs, stream
from sge_agent.envs import LocalPool
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.measure import choose_tasks
from sge_agent.rollout import play_groups
from sge_agent.types import EpisodeSpec, Group
from tests.sge_agent import tiny
from tests.sge_agent.small_runs import CONFIG, Lucky, metrics, run
from tests.sge_agent.test_faults import left_behind

WAIT = 60.0


class Watches(Exploration):
    """Writes down what the method had observed when each batch was planned, and which weights wrote what was trained."""

    def __init__(self) -> None:
        self.observed: list[int] = []
        self.planned: list[tuple[int, list[int]]] = []
        self.trained: list[tuple[int, set[int]]] = []

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        self.planned.append((ctx.update, list(self.observed)))
        return specs

    def observe(self, groups: Sequence[Group], metrics: Any, ctx: ExplorationContext) -> None:
        self.observed.append(ctx.update)
        self.trained.append((ctx.update, {v for g in groups for t in g.trajectories for v in t.policy_versions}))


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_batch_is_planned_and_written_after_exactly_the_updates_that_the_setting_says(
    tmp_path: Path, lag: int
) -> None:
    watches = Watches()
    run(tmp_path / "run", exploration=watches, updates=5, max_staleness=lag, group_size=6)
    rows = metrics(tmp_path / "run")
    assert all(row["learner/steps"] > 0 for row in rows)  # so that versions count updates
    before = {k: max(0, k - lag) for k in range(5)}
    assert watches.planned == [(k, list(range(before[k]))) for k in range(5)]
    assert watches.trained == [(k, {before[k]}) for k in range(5)]
    assert watches.observed == list(range(5))
    if lag:
        assert [row["staleness/max"] for row in rows] == [min(k, lag) for k in range(5)]
        assert [row["staleness/mean"] for row in rows] == [min(k, lag) for k in range(5)]
        assert all(row["lost_batches"] == 0 for row in rows)
    else:
        assert not any(name.startswith("staleness") for row in rows for name in row)


def test_the_same_settings_give_the_same_run_ahead_too(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(tmp_path / name, updates=4, max_staleness=1)
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    run(tmp_path / "in turns", updates=4)
    first, ahead = metrics(tmp_path / "in turns"), metrics(tmp_path / "a")
    numbers = {name: value for name, value in first[0].items() if value is not None}
    assert {name: ahead[0][name] for name in numbers} == pytest.approx(numbers, rel=1e-4, abs=1e-5)
    assert ahead[1]["learner/loss"] != pytest.approx(first[1]["learner/loss"], rel=1e-4, abs=1e-5)


def test_a_run_without_staleness_has_the_weights_of_the_plain_loop(tmp_path: Path) -> None:
    """Playing and learning by hand, bit for bit."""
    found = tiny.policy()
    run(tmp_path / "run", policy=found, updates=2, eval_episodes=0, eval_every=0)
    config, policy = CONFIG, tiny.policy()
    exploration = make_exploration(config)
    learner = make_learner(config, policy)
    tasks = choose_tasks(config, Lucky)["train"]
    pool = LocalPool({"shelves": Lucky})
    for update in range(2):
        rng = np.random.default_rng(stream(config, METHOD, update))
        ctx = ExplorationContext(update=update, total_updates=2, rng=rng)
        specs = coming_specs(config, tasks, update)
        groups = play_groups(specs, make_agent(config), policy, pool, exploration, ctx)
        learner.step(groups, exploration, ctx)
        exploration.observe(groups, {}, ctx)
    assert all(
        torch.equal(own, other) for own, other in zip(found.model.parameters(), policy.model.parameters(), strict=True)
    )


class Stops:
    """Interrupts as soon as the row of an update has been logged: after it, before its checkpoint."""

    def __init__(self, update: int) -> None:
        self.update = update

    def log(self, row: Any) -> None:
        if row["update"] == self.update:
            raise KeyboardInterrupt

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize(("lag", "explore"), [(1, "sge+success_replay"), (2, "sge")])
def test_an_interrupted_run_goes_on_with_what_it_had_played_ahead(tmp_path: Path, lag: int, explore: str) -> None:
    settings: dict[str, Any] = {"updates": 4, "max_staleness": lag, "explore": explore}
    run(tmp_path / "whole", **settings)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", loggers=[Stops(3)], **settings)
    run(tmp_path / "cut", existing="resume", **settings)
    whole, cut = left_behind(tmp_path / "whole"), left_behind(tmp_path / "cut")
    assert cut.keys() == whole.keys()
    for name, value in whole.items():
        if name != "metrics":
            assert cut[name] == value, name
    assert cut["metrics"] == whole["metrics"]


class Meets(Exploration):
    """Its learning of the first batch and the playing of the second one wait for each other."""

    def __init__(self) -> None:
        self.learning, self.playing = threading.Event(), threading.Event()

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        return [replace(spec, tag=str(ctx.update)) for spec in specs]

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> None:
        if ctx.update == 0:
            self.learning.set()
            assert self.playing.wait(WAIT)

    def sampling(self, role: Any, position: int, params: Any, ctx: ExplorationContext) -> Any:
        if ctx.update == 1 and not ctx.evaluation:
            self.playing.set()
            assert self.learning.wait(WAIT)
        return params


def test_episodes_are_written_while_the_learner_works(tmp_path: Path) -> None:
    run(tmp_path / "run", exploration=Meets(), updates=2, max_staleness=1, eval_episodes=0, eval_every=0)
    assert len(metrics(tmp_path / "run")) == 2


def test_an_error_on_either_side_stops_the_run_with_its_cause(tmp_path: Path) -> None:
    class Breaks(Exploration):
        def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> None:
            if ctx.update == 1:
                raise RunError("no bonus today")

    with pytest.raises(RunError, match="no bonus today"):
        run(tmp_path / "learner", exploration=Breaks(), updates=3, max_staleness=1, eval_episodes=0)
    calls = [0]

    class Dies(Lucky):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            calls[0] += 1
            if calls[0] > 8:
                raise RuntimeError("the engine died")
            return super().step(action)

    with pytest.raises(RunError, match=r"episodes of one update broke, the first with: .*the engine died"):
        run(tmp_path / "sampler", make_env=Dies, updates=3, max_staleness=1, eval_episodes=0, eval_every=0)
    assert [(tmp_path / name / "status.json").read_text().count("failed") for name in ("learner", "sampler")] == [1, 1]
