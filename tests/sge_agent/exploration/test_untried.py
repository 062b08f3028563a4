from __future__ import annotations

from dataclasses import replace

import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.exploration.base import Draft
from sge_agent.exploration.untried import Untried
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.policy import Job, Sample
from sge_agent.prompts import COMPACT
from sge_agent.rollout import play_groups
from sge_agent.types import Role, Trajectory
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.fakes import Shelves, specs, task

AGENT = StrategyAgent(prompts=COMPACT, when="once")


def said(strategy: str, *, won: bool = False, number: int = 1, error: str = "") -> Trajectory:
    made = episode([float(won)], error=error)
    turn = replace(made.turns[0], strategy=strategy, info={"success": won})
    return replace(made, turns=(turn,), spec=replace(made.spec, task=task(number)))


def filled(*episodes: Trajectory, **settings: object) -> Untried:
    method = Untried(**settings)  # type: ignore[arg-type]
    for one in episodes:
        method.observe([group(one)], {}, context())
    return method


def draft(text: str, *, role: Role = "strategy", position: int = 0, refused: int = 0, number: int = 1) -> Draft:
    return Draft(specs(1, of=task(number))[0], role, position, text, refused)


def test_the_whole_group_of_an_unsolved_task_is_shown_what_failed_each_member_others() -> None:
    method = filled(*map(said, "abacd"), said("x", number=2), said("won", won=True, number=2), shown=2)
    ctx = context(prompts=COMPACT)
    planned = method.plan([*specs(8), *specs(4, of=task(2)), *specs(2, of=task(3))], ctx)
    assert [bool(spec.hint) for spec in planned] == [True] * 8 + [False] * 6
    assert {(spec.tag, spec.train) for spec in planned[:8]} == {("untried", "plain_prompt")}
    shown = [spec.hint.removeprefix("Failed: ").removesuffix(";\n").split("; ") for spec in planned[:8]]
    assert all(len(names) == 2 and names == sorted(names) for names in shown)
    assert {name for names in shown for name in names} == set("abcd")
    assert len(set(map(tuple, shown))) > 1
    assert list(method.plan(specs(8), replace(ctx, evaluation=True))) == specs(8)


def test_members_with_a_hint_and_those_that_write_no_strategy_are_left_alone() -> None:
    method = filled(said("a"), share=0.5)
    silent = [replace(spec, strategy=False) for spec in specs(2)]
    hinted = [replace(specs(1)[0], hint="SHOWN\n"), replace(specs(1)[0], tag="control")]
    planned = method.plan([*silent, *hinted, *specs(4)], context(prompts=COMPACT))
    assert list(planned[:4]) == [*silent, *hinted]
    assert [bool(spec.hint) for spec in planned[4:]] == [True] * 4
    assert sum(bool(s.hint) for s in method.plan(specs(7), context())) == round(0.5 * 7)


def test_a_strategy_that_failed_is_refused_until_something_succeeds() -> None:
    method = filled(said("Look in the safe."))
    ctx = context()
    assert not method.accepts(draft("look in  the SAFE"), ctx)
    assert method.accepts(draft("look in the drawer"), ctx)
    assert method.accepts(draft("look in the safe", number=2), ctx)
    assert method.accepts(draft("look in the safe", role="action"), ctx)
    assert method.accepts(draft("look in the safe", position=1), ctx)
    assert method.accepts(draft("look in the safe"), replace(ctx, evaluation=True))
    assert not method.accepts(draft("look in the safe", refused=7), ctx)
    assert method.accepts(draft("look in the safe", refused=8), ctx)
    method.observe([group(said("open the drawer", won=True))], {}, ctx)
    assert method.accepts(draft("look in the safe"), ctx)


def test_how_often_it_must_have_failed_how_alike_it_must_be_and_how_long_it_is_remembered() -> None:
    twice = filled(said("a"), said("b"), said("a"), after=2)
    assert [twice.accepts(draft(text), context()) for text in "ab"] == [False, True]
    loose = filled(said("take the red mug to the sink"), likeness=0.7)  # 7 words; one exchanged: 6 of 8 are common
    assert not loose.accepts(draft("take the blue mug to the sink"), context())
    assert loose.accepts(draft("take the blue mug to the shelf"), context())
    short = filled(*map(said, "abc"), size=2)
    assert [short.accepts(draft(text), context()) for text in "abc"] == [True, False, False]
    assert filled(said("")).accepts(draft(""), context())
    assert filled(said("?")).accepts(draft("a"), context())
    assert filled(said("a", error="lost")).accepts(draft("a"), context())


def test_signs_and_repetitions_tell_strategies_apart_and_punctuation_does_not() -> None:
    method = filled(said("x > 0"), said("put it on it"))
    for same in ("X > 0.", "0, x: > ", "on it put it!"):
        assert not method.accepts(draft(same), context())
    for other in ("x < 0", "x 0", "put it on"):
        assert method.accepts(draft(other), context())


def test_a_success_without_a_strategy_ends_it_and_what_opens_without_one_is_not_compared() -> None:
    method = filled(said("a"))
    method.observe([group(said("", won=True))], {}, context())
    assert method.accepts(draft("a"), context())
    assert [spec.hint for spec in method.plan(specs(3), context())] == [""] * 3
    late = said("a")
    late = replace(late, turns=(replace(late.turns[0], strategy=""), late.turns[0]))
    begun = replace(said("b"), spec=replace(said("b").spec, start=b"state"))
    acted = replace(said("c"), spec=replace(said("c").spec, order="action_first"))
    method = filled(late, begun, acted, said("d"))
    assert [method.accepts(draft(text), context()) for text in "abcd"] == [True, True, True, False]
    start = draft("d")
    for spec in (replace(start.spec, order="action_first"), replace(start.spec, start=b"state")):
        assert method.accepts(replace(start, spec=spec), context())


def test_a_hint_names_the_episodes_that_it_was_made_from() -> None:
    [spec] = filled(said("a"), said("b")).plan(specs(1), context())
    assert [(source.strategies, source.success, source.update) for source in spec.sources] == [
        (("a",), False, 1),
        (("b",), False, 1),
    ]


def test_the_loop_plays_only_what_has_not_failed_and_counts_what_was_refused() -> None:
    class Numbered(ScriptedPolicy):
        """Proposes shelf 1 or 2, as the random numbers of the job say."""

        def _write(self, job: Job) -> Sample:
            text = f" shelf {job.rng % 2 + 1}\n" if self.decode(job.tokens).endswith("Strategy:") else " wait\n"
            tokens = tuple(text.encode())
            return Sample(tokens, (0.0,) * len(tokens), (1.0,) * len(tokens), text, "stop")

    def played(method: Untried) -> list[Trajectory]:
        [found] = play_groups(specs(8), AGENT, Numbered([]), LocalPool({"shelves": Shelves}), method, context())
        metrics: dict[str, float] = {}
        method.observe([found], metrics, context())
        written = sum(t.generated_tokens for t in found.trajectories)
        assert metrics["untried/refused"] == sum(t.refused_tokens for t in found.trajectories) / written
        assert metrics["untried/unsolved"] == 1.0
        return list(found.trajectories)

    before = played(Untried())
    assert {t.strategies for t in before} == {("shelf 1",), ("shelf 2",)}
    assert {t.refused_tokens for t in before} == {0}
    method = filled(said("shelf 1"), share=0.0, tries=50)
    after = played(method)
    assert {t.strategies for t in after} == {("shelf 2",)}
    assert {t.refused_tokens % len(" shelf 1\n") for t in after} == {0}
    assert [t for t, b in zip(after, before, strict=True) if b.strategies == ("shelf 2",)] == [
        b for b in before if b.strategies == ("shelf 2",)
    ]
    assert sum(t.refused_tokens > 0 for t in after) == sum(b.strategies == ("shelf 1",) for b in before)
    assert {len(t.contexts[0].tokens) for t in after} == {len(t.contexts[0].tokens) for t in before}


def test_the_memory_goes_on_and_impossible_settings_are_refused() -> None:
    method, copy = filled(said("a"), said("b")), Untried()
    copy.load_state_dict(method.state_dict())
    assert copy.plan(specs(4), context()) == method.plan(specs(4), context())
    assert not copy.accepts(draft("b"), context())
    for wrong, words in (
        ({"share": 2.0}, "share must be"),
        ({"likeness": 0.0}, "likeness"),
        ({"after": 0}, "after"),
        ({"tries": 65}, "0 to 64"),
    ):
        with pytest.raises(ValueError, match=words):
            Untried(**wrong)  # type: ignore[arg-type]
