from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sge_agent.exploration.aepo import EntropyTarget
from sge_agent.exploration.base import Exploration, Shaped
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.memory import ReflectionMemory
from sge_agent.scoring import Scoring
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory
from tests.sge_agent.exploration.made import context, episode, group, shaped
from tests.sge_agent.small_runs import metrics, run

SPECS = [EpisodeSpec(TaskRef(name, 0), seed=i) for name in "abcd" for i in range(3)]


def after(entropy: float, **settings: float) -> EntropyTarget:
    """The method after an update whose ordinary tokens had this entropy."""
    method = EntropyTarget(**settings)  # type: ignore[arg-type]
    g = group(episode([0]), episode([1], tag="control"))
    method.observe([g], {}, context(features={"entropy": [[np.full(2, entropy), np.full(2, 9.0)]]}))
    return method


def control(reward: float) -> Trajectory:
    made = episode([reward], tag="control")
    return replace(made, spec=replace(made.spec, train="plain_prompt"))


@pytest.mark.parametrize(("entropy", "temperature"), [(0.5, 1.2), (0.51, 0.8)])
def test_control_episodes_are_hot_when_the_entropy_is_low_and_cold_when_it_is_high(
    entropy: float, temperature: float
) -> None:
    found = after(entropy).plan(SPECS, context())
    assert list(found[: len(SPECS)]) == SPECS
    more = found[len(SPECS) :]
    assert len(more) == 3
    assert len({spec.task.key for spec in more}) == 1
    assert len({spec.seed for spec in more}) == 3
    assert all(spec.tag == "control" and not spec.in_baseline for spec in more)
    assert all(params.temperature == temperature for spec in more for params in spec.sampling.values())
    assert all(set(spec.sampling) == {"strategy", "reasoning", "action"} for spec in more)


def test_the_first_update_has_none() -> None:
    assert EntropyTarget().plan(SPECS, context()) == SPECS


def test_those_better_than_their_like_replace_ordinary_members() -> None:
    g = group(episode([1]), episode([0]), episode([0]), control(1), control(0), control(1), control(0))
    base = shaped([g], [[2, -1, -1, 9, 9, 9, 9]])

    def found(method: EntropyTarget, of: Shaped = base) -> list[float]:
        return [float(own[0]) for own in method.shape([g], of, context()).advantages[0]]

    assert found(after(0.1)) == [0, 0, -1, 1, 0, 1, 0]
    assert found(after(0.1, limit=1)) == [0, -1, -1, 1, 0, 0, 0]
    assert found(after(0.9)) == [0, -1, -1, 1, 0, 0, 0]  # half as many when cooling


def test_control_episodes_enter_no_baseline_and_are_trained_at_temperature_1() -> None:
    g = group(episode([1]), episode([0]), control(1), control(0), control(0))
    plain, _ = Scoring().rows([group(*g.trajectories[:2])], Exploration(), context())
    rows, _ = Scoring().rows([g], after(0.1, limit=1), context())
    assert rows[1].advantages[0] == plain[1].advantages[0]
    assert [row.advantages[0] for row in rows[2:]] == [1, 0, 0]
    assert all((row.temperatures == 1).all() and row.recompute for row in rows[2:])
    assert all((row.temperatures == 0.7).all() for row in rows[:2])


def test_reflection_leaves_control_episodes_alone() -> None:
    reflection = StrategyReflection(ReflectionMemory(), p_failure=1.0, p_success=0.0)
    lost = episode([0])
    told = replace(lost, turns=(replace(lost.turns[0], strategy="look there"),))
    reflection.observe([group(told)], {}, context())
    specs = after(0.1, share=1.0).plan(SPECS, context())
    found = reflection.plan(specs, context())
    assert any(spec.hint for spec in found)
    assert not any(spec.hint for spec in found if spec.tag == "control")


def test_a_run_plays_and_trains_them(tmp_path: Path) -> None:
    run(tmp_path / "run", explore="sge+aepo", updates=2, eval_episodes=0, eval_every=0, held_out_tasks=0)
    first, second = metrics(tmp_path / "run")
    assert (first["aepo/controls"], second["aepo/controls"]) == (0, 3)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="hot and cold more than 0"):
        EntropyTarget(hot=0)
