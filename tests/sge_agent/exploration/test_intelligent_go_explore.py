from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from sge_agent.exploration.base import ExplorationContext
from sge_agent.exploration.go_explore import Cell
from sge_agent.exploration.intelligent_go_explore import IntelligentGoExplore
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.rollout import ask
from sge_agent.types import SamplingParams
from tests.sge_agent.exploration.made import context, group
from tests.sge_agent.exploration.test_go_explore import walk
from tests.sge_agent.fakes import specs, task


def archive(**settings: int) -> IntelligentGoExplore:
    method = IntelligentGoExplore(share=1.0, **settings)
    rows = {"a": ("a  hall", ("go", "look")), "b": ("a cellar", ()), "c": ("a roof", ())}
    method._cells = {
        task().key: {k: Cell(k.encode(), 0, 2, o, tried, n) for n, (k, (o, tried)) in enumerate(rows.items())}
    }
    return method


def answering(*answers: str, seed: int = 0) -> ExplorationContext:
    policy = ScriptedPolicy(answers)
    return context(seed, ask=partial(ask, policy, seed=seed))


def test_the_model_reads_the_cells_and_the_group_starts_where_it_says() -> None:
    asked: list[str] = []

    def listen(questions: Sequence[str], sampling: SamplingParams) -> list[str]:
        asked.extend(questions)
        assert sampling.temperature == 0.3
        return ["I would take 1, not 2."]

    planned = archive().plan(specs(3), context(ask=listen))
    assert {spec.start for spec in planned} == {b"b"}
    [question] = asked
    assert (
        "0. after 2 turns: a hall (tried here: go, look)\n1. after 2 turns: a cellar (tried here: nothing)" in question
    )


def test_an_answer_that_names_no_cell_falls_back_to_a_draw() -> None:
    starts = {archive().plan(specs(1), answering("number 77!", seed=seed))[0].start for seed in range(20)}
    assert starts == {b"a", b"b", b"c"}
    assert {archive(shown=1).plan(specs(1), answering("1", seed=s))[0].start for s in range(20)} == {b"a", b"b", b"c"}


def test_what_the_model_gives_up_is_forgotten_but_never_the_last_cell() -> None:
    played = walk("b", "c", "end")
    played = replace(played, spec=replace(played.spec, start=b"b"))
    for answer, left in (("0", {"b", "c"}), ("none", {"a", "b", "c"}), ("0 1 2 0", None)):
        method, metrics = archive(), dict[str, float]()
        method.observe([group(played)], metrics, answering(answer))
        names = set(method._cells[task().key])
        assert len(names) == 1 if left is None else names == left
        assert metrics["go_explore/forgotten"] == 3 - len(names)


def test_without_an_archive_nobody_is_asked_and_without_an_ask_function_it_is_said() -> None:
    assert all(spec.start is None for spec in IntelligentGoExplore(share=1.0).plan(specs(2), context()))
    with pytest.raises(ValueError, match="ask function"):
        archive().plan(specs(1), context())
    with pytest.raises(ValueError, match="chars and shown"):
        IntelligentGoExplore(chars=0)


def test_answers_depend_on_the_seed_and_leave_nothing_behind() -> None:
    class Forgetful(ScriptedPolicy):
        released = 0

        def release(self, context: object) -> None:
            self.released += 1

    policy = Forgetful(["x", "y"])
    assert ask(policy, ["one?", "two?"], SamplingParams()) == ["x", "y"]
    assert policy.released == 2
    assert policy.requests == ["one?\n", "two?\n"]
