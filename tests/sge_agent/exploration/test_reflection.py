import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Chain, ExplorationContext
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT, MARKDOWN, Attempt
from sge_agent.rollout import play_groups
from sge_agent.types import Credit, EpisodeSpec, Group, Source, Trajectory, Turn
from tests.sge_agent.fakes import Shelves, compact_script, specs, task

KEY = task().key


def context(seed: int = 0, *, evaluation: bool = False) -> ExplorationContext:
    return ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(seed), evaluation=evaluation)


def memory(*failures: str, successes: tuple[str, ...] = (), feedback: str = "") -> ReflectionMemory:
    filled = ReflectionMemory()
    for strategy in failures:
        filled.add(KEY, Entry((strategy,), success=False, feedback=feedback))
    for strategy in successes:
        filled.add(KEY, Entry((strategy,), success=True))
    return filled


def trajectory(*strategies: str, success: bool = False, tag: str = "", error: str = "", version: int = 0) -> Trajectory:
    info = {"success": success, "outcome": "found" if success else "missed", "feedback": "No mug there."}
    turns = tuple(Turn("seen", (), s, "look", 0.0, False, False, info) for s in strategies)
    spec = EpisodeSpec(task(), tag=tag)
    return Trajectory(spec, turns, (), policy_versions=(version, version), error=error)


def one_hint(method: StrategyReflection, seed: int = 0) -> EpisodeSpec:
    [spec] = method.plan(specs(1), context(seed))
    return spec


def test_the_model_reads_exactly_this_after_failures() -> None:
    method = StrategyReflection(
        memory("look in the safe 1", "look in the drawer 2"),
        p_failure=1.0,
        p_success=0.0,
        prompts=COMPACT,
        failures_shown=5,
    )
    agent = StrategyAgent(prompts=COMPACT, when="once")
    policy = ScriptedPolicy([" look in the shelf 1\n", " go to shelf 1\n"])
    pool = LocalPool({"shelves": Shelves})
    [group] = play_groups(specs(1), agent, policy, pool, Chain(MixedTemperature(), method), context())
    assert policy.requests[0] == ("You are in a room.\nFailed: look in the safe 1; look in the drawer 2;\nStrategy:")
    assert policy.requests[1] == policy.requests[0] + " look in the shelf 1\nAction:"
    assert group.trajectories[0].spec.tag == "reflect_failure"


def test_the_feedback_of_the_failure_is_shown_by_default_and_can_be_left_out() -> None:
    tried = memory("sort it", feedback="Test 3 failed.")
    shown = one_hint(StrategyReflection(tried, p_failure=1.0, p_success=0.0)).hint
    assert shown == (
        "You have tried this task before and failed. These were your strategies, in the order of the turns:\n"
        "- sort it\n"
        "  Feedback: Test 3 failed.\n"
        "Work out what was wrong with them, and write a strategy that does better.\n\n"
    )
    hidden = one_hint(StrategyReflection(tried, p_failure=1.0, p_success=0.0, show_feedback=False)).hint
    assert hidden == shown.replace("  Feedback: Test 3 failed.\n", "")
    cut = one_hint(StrategyReflection(tried, p_failure=1.0, p_success=0.0, feedback_chars=4)).hint
    assert "Feedback: Test\n" in cut


def test_a_success_inspires() -> None:
    method = StrategyReflection(memory("a", successes=("b",)), p_failure=0.0, p_success=1.0)
    spec = one_hint(method)
    assert spec.hint == MARKDOWN.reflection.render(successes=[Attempt(("b",))])
    assert "inspired" in spec.hint
    assert spec.tag == "reflect_success"


def test_each_rollout_reflects_with_the_two_probabilities() -> None:
    method = StrategyReflection(memory("a", successes=("b",)))
    tags = Counter(spec.tag for spec in method.plan(specs(4000), context()))
    assert tags["reflect_failure"] / 4000 == pytest.approx(0.25, abs=0.03)
    assert tags["reflect_success"] / 4000 == pytest.approx(0.1, abs=0.02)
    assert tags[""] / 4000 == pytest.approx(0.65, abs=0.03)


def test_with_members_exactly_that_many_of_each_group_reflect() -> None:
    method = StrategyReflection(memory("a", successes=("b",)), members=3, prompts=COMPACT)
    for seed in range(20):
        planned = method.plan([*specs(8), *specs(8, of=task(2))], context(seed))
        assert sum(bool(spec.hint) for spec in planned[:8]) == 3
        assert not any(spec.hint for spec in planned[8:])
    assert sum(bool(spec.hint) for spec in method.plan(specs(2), context())) == 2


def test_members_take_the_other_buffer_while_one_is_empty() -> None:
    settings: dict[str, Any] = {"members": 4, "p_failure": 0.0, "p_success": 1.0, "prompts": COMPACT}
    assert {s.hint for s in StrategyReflection(memory("a"), **settings).plan(specs(4), context())} == {"Failed: a;\n"}
    both = StrategyReflection(memory("a", successes=("b",)), **settings)
    assert {s.hint for s in both.plan(specs(4), context())} == {"Worked: b;\n"}
    assert {s.hint for s in StrategyReflection(memory(), **settings).plan(specs(4), context())} == {""}


def test_distinct_strategies_are_shown_up_to_the_bound_and_fewer_beside_a_success() -> None:
    settings: dict[str, Any] = {"prompts": COMPACT, "failures_shown": 5, "failures_beside_success": 2}
    tried = ("a", "b", "a", "c", "b", "d", "e", "f", "w")
    after_failure = StrategyReflection(memory(*tried), p_failure=1.0, p_success=0.0, **settings)
    after_success = StrategyReflection(memory(*tried, successes=("w",)), p_failure=0.0, p_success=1.0, **settings)
    seen = set()
    for seed in range(40):
        shown = one_hint(after_failure, seed).hint.removeprefix("Failed: ").removesuffix(";\n").split("; ")
        assert len(shown) == len({*shown}) == 5
        failed, worked = one_hint(after_success, seed).hint.splitlines()
        assert worked == "Worked: w;"
        beside = failed.removeprefix("Failed: ").removesuffix(";").split("; ")
        assert len({*beside}) == 2
        assert "w" not in beside
        seen |= {*shown}
    assert seen == {*tried}


def test_strategies_may_be_shown_again_where_distinct_is_off() -> None:
    method = StrategyReflection(
        memory("a", "a"), p_failure=1.0, p_success=0.0, prompts=COMPACT, failures_shown=5, distinct=False
    )
    assert one_hint(method).hint == "Failed: a; a;\n"


def test_an_evaluation_shows_no_hints() -> None:
    method = StrategyReflection(memory("a", successes=("b",)), p_failure=0.5, p_success=0.5)
    assert method.plan(specs(8), context(evaluation=True)) == specs(8)


def test_episodes_with_a_hint_of_their_own_or_without_strategies_are_left_alone() -> None:
    method = StrategyReflection(memory("a"), p_failure=1.0, p_success=0.0)
    given = [EpisodeSpec(task(), hint="mine", tag="critique"), EpisodeSpec(task(), strategy=False)]
    assert method.plan(given, context()) == given


@pytest.mark.parametrize("train", ["as_sampled", "plain_prompt", "both"])
def test_reflecting_episodes_say_how_they_are_trained(train: Credit) -> None:
    spec = one_hint(StrategyReflection(memory("a"), p_failure=1.0, p_success=0.0, train=train))
    assert spec.train == train
    assert StrategyReflection().train == "as_sampled"


def test_a_reflecting_episode_names_the_episodes_that_it_was_shown() -> None:
    filled = memory(successes=("won",))
    filled.add(KEY, Entry(("first", "second"), False, "missed", "No mug there.", update=4, episode=2**64 - 1))
    method = StrategyReflection(filled, p_failure=0.0, p_success=1.0, failures_beside_success=3)
    assert one_hint(method).sources == (
        Source(5, 2**64 - 1, False, "missed", ("first", "second")),
        Source(1, None, True, "", ("won",)),
    )


def test_planning_changes_no_memory_and_repeats_with_the_same_stream() -> None:
    method = StrategyReflection(memory("a", "b", "c", successes=("d",)))
    before = method.state_dict()
    assert method.plan(specs(16), context(5)) == method.plan(specs(16), context(5))
    assert method.state_dict() == before


def test_finished_episodes_are_remembered_with_strategies_outcome_and_versions() -> None:
    method = StrategyReflection()
    played = (
        trajectory("first", "first", "second", version=4),
        trajectory("won", success=True, tag="reflect_failure"),
        trajectory("broken", error="the engine died"),
        trajectory(""),
    )
    metrics: dict[str, float] = {}
    method.observe([Group(task(), played)], metrics, context())
    method.observe([Group(task(), played[:1])], metrics, context())
    entry = Entry(("first", "second"), False, "missed", "No mug there.", policy_version=4, update=0, episode=0)
    assert method.memory.failures(KEY) == (
        entry,
        Entry(entry.strategies, False, "missed", "No mug there.", 4, update=1, episode=0),
    )
    assert [e.strategies for e in method.memory.successes(KEY)] == [("won",)]


def test_metrics_tell_how_many_reflected_and_what_came_of_it() -> None:
    method = StrategyReflection()
    played = (
        trajectory("a"),
        trajectory("b", success=True, tag="reflect_failure"),
        trajectory("c", tag="reflect_failure"),
    )
    metrics: dict[str, float] = {}
    method.observe([Group(task(), played)], metrics, context())
    assert metrics == {
        "reflection/failure_share": pytest.approx(2 / 3),
        "reflection/failure_success": 0.5,
        "reflection/success_share": 0.0,
        "reflection/entries": 3.0,
    }


def test_the_state_goes_through_json_and_back() -> None:
    method = StrategyReflection()
    method.observe([Group(task(), (trajectory("a"), trajectory("b", success=True)))], {}, context())
    copy = StrategyReflection()
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    assert copy.state_dict() == method.state_dict()
    assert copy.plan(specs(8), context(2)) == method.plan(specs(8), context(2))


def test_what_one_update_tried_is_shown_in_the_next() -> None:
    method = StrategyReflection(p_failure=1.0, p_success=0.0, prompts=COMPACT)
    agent, pool = StrategyAgent(prompts=COMPACT, when="once"), LocalPool({"shelves": Shelves})
    policy = ScriptedPolicy(compact_script)
    groups = play_groups(specs(4), agent, policy, pool, method, context())
    assert not any(t.spec.hint for g in groups for t in g.trajectories)
    method.observe(groups, {}, context())
    lost = {t.strategies[0] for g in groups for t in g.trajectories if not t.success}
    groups = play_groups(specs(4), agent, policy, pool, method, context())
    assert lost
    assert {t.spec.hint for g in groups for t in g.trajectories} <= {f"Failed: {strategy};\n" for strategy in lost}


def test_impossible_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got 0\.8 and 0\.3"):
        StrategyReflection(p_failure=0.8, p_success=0.3)
    with pytest.raises(ValueError, match="from 0"):
        StrategyReflection(p_failure=-0.1)
    with pytest.raises(ValueError, match="proportion"):
        StrategyReflection(p_failure=0.0, p_success=0.0, members=2)
