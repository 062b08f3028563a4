from dataclasses import replace

import pytest

from sge_envs.code.build import build_problem
from sge_envs.code.feedback import choose_shown, list_numbers, name_outcome, write_feedback
from sge_envs.code.judge import Judgement, Outcome, judge, keep_only
from sge_envs.code.problem import Asserts, Problem
from sge_envs.code.sandbox import Answer, Call, Fault, Limits, Methods, Program
from tests.sge_envs.code.samples import ADD, COUNTER, SAMPLES, TOTAL
from tests.sge_envs.code.stand_in import StandIn

ASSERTED = Problem(
    id="asserted",
    title="",
    statement="",
    kind="function",
    entry="f",
    difficulty="",
    topics=(),
    reference="def f(x):\n    return base + x\n",
    asserts=Asserts("def check(candidate):\n    assert candidate(1) == 4\n    assert candidate(2) == 5\n"),
    setup="base = 3\n",
)


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
def test_the_reference_passes_every_test(own):
    problem = build_problem(own)
    judgement = judge(StandIn(), problem, problem.reference)
    assert judgement.solved
    assert len(judgement.outcomes) == len(problem.cases)


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
@pytest.mark.parametrize("status", ["exception", "timeout", "memory", "output", "killed", "malformed", "unreached"])
def test_a_right_value_earns_nothing_without_its_status(own, status):
    problem = build_problem(own)
    right = {str(case.arguments): case.expected for case in problem.cases}

    def answer(request):
        return Answer(status, next(iter(right.values())), detail="It ended.")

    assert len(judge(StandIn(answer), problem, "").failed) == len(problem.cases)


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
def test_nothing_but_inputs_goes_into_the_sandbox(own):
    problem = build_problem(own)
    sandbox = StandIn()
    judge(sandbox, problem, problem.reference)
    for case, request in zip(problem.cases, sandbox.seen, strict=True):
        if isinstance(request, Call):
            assert request == Call(problem.entry, case.arguments)
        elif isinstance(request, Methods):
            assert (("__init__", request.args), *request.calls) == case.arguments
        else:
            assert request == Program(case.arguments[0])


@pytest.mark.parametrize("own", [ADD, COUNTER, TOTAL], ids=lambda own: own.id)
@pytest.mark.parametrize("value", [None, True, 0, [], "", "PASS", {}, [None], float("nan"), b""])
def test_wrong_values_of_any_type_fail_and_raise_nothing(own, value):
    problem = build_problem(own)
    judgement = judge(StandIn(lambda request: Answer("value", value)), problem, "")
    assert not judgement.solved
    assert write_feedback(judgement, judgement.failed[0])


def test_a_program_that_does_not_load_fails_every_test():
    fault = Fault(
        "SyntaxError", "invalid syntax", 'File "solution.py", line 1\n    def\n       ^\nSyntaxError: invalid syntax'
    )
    judgement = judge(StandIn(load=Answer("exception", fault=fault)), build_problem(ADD), "def")
    assert judgement.syntax
    assert len(judgement.failed) == len(judgement.outcomes)
    assert "   ^" in write_feedback(judgement, None)
    ended = judge(StandIn(load=Answer("killed", detail="The process ended.")), ASSERTED, "")
    assert (ended.syntax, ended.failed, ended.broken) == (False, (1, 2), "The process ended.")


def test_asserts_are_judged_by_asking_one_call_at_a_time():
    sandbox = StandIn()
    assert judge(sandbox, ASSERTED, ASSERTED.reference).solved
    assert sandbox.seen == [Call("f", (1,)), Call("f", (2,))]
    wrong = judge(StandIn(), ASSERTED, "def f(x):\n    print('hm')\n    return 4\n")
    assert wrong.failed == (2,)
    assert "candidate(2) returned 4" in wrong.outcomes[1].got


def test_after_the_program_died_it_is_asked_no_more():
    sandbox = StandIn(lambda request: Answer("timeout", detail="Too slow."))
    assert judge(sandbox, ASSERTED, "").failed == (1, 2)
    assert len(sandbox.seen) == 1


def test_lines_are_counted_as_the_player_counts_them_whatever_goes_before_the_program():
    code = "from __future__ import annotations  # later\ndef f(x):\n    return 1 / 0\n"
    problem = replace(ASSERTED, setup="a = 1\nb = 2\nc = 3\n")
    judgement = judge(StandIn(), problem, code)
    assert 'File "solution.py", line 3, in f' in judgement.outcomes[0].got


def test_a_problem_without_tests_is_refused():
    with pytest.raises(ValueError, match="no tests"):
        replace(ASSERTED, asserts=None)
    assert not Judgement(()).solved


@pytest.mark.parametrize("kind", ["SyntaxError", "IndentationError", "Other"])
def test_a_fault_without_words_is_told_all_the_same(kind):
    judgement = judge(StandIn(load=Answer("exception", fault=Fault(kind, "", ""))), ASSERTED, "")
    assert judgement.broken == "It did not answer (exception)."
    assert judgement.failed == (1, 2)


def test_limits_of_the_problem_reach_the_sandbox():
    seen = []

    class Listening(StandIn):
        def run(self, program, *, requests, limits=Limits()):  # noqa: B008
            seen.append((limits.wall_seconds, limits.total_seconds))
            return super().run(program, requests=requests, limits=limits)

    problem = replace(build_problem(ADD), time_limit=0.5, time_budget=3.0)
    judge(Listening(), problem, problem.reference)
    assert seen == [(0.5, 3.0)]


def judged(*passed):
    return Judgement(tuple(Outcome(one, given=f"given {n}") for n, one in enumerate(passed, start=1)))


def test_equal_sets_of_failed_tests_have_equal_outcomes_and_others_others():
    names = [name_outcome(judged(a, b, c)) for a in (True, False) for b in (True, False) for c in (True, False)]
    assert len(set(names)) == 8
    assert name_outcome(judged(*[True] * 3)) == "passed"
    many = [name_outcome(judged(*(n % k == 0 for n in range(200)))) for k in (2, 3, 4)]
    assert len(set(many)) == 3
    assert max(map(len, many)) < 60


def test_numbers_are_listed_as_runs():
    assert list_numbers([1, 2, 3, 5, 7, 8]) == "1-3, 5, 7-8"
    assert list_numbers([]) == ""


def test_the_first_failed_test_is_shown_while_any_may_be():
    judgement = judged(True, False, True, False)
    assert choose_shown(judgement, (), 1) == 2
    assert choose_shown(judgement, (), 0) is None
    assert choose_shown(judgement, (4,), 1) == 4
    assert choose_shown(judgement, (1, 3), 2) is None
    assert choose_shown(judged(True), (), 1) is None
    text = write_feedback(judgement, 2)
    assert "given 2" in text
    assert "given 4" not in text
    assert "2 of 4 tests failed: 2, 4." in text


def test_words_on_tests_that_are_not_shown_are_dropped():
    kept = keep_only(judged(False, False), (2,))
    assert [one.given for one in kept.outcomes] == ["", "given 2"]
    assert kept.failed == (1, 2)
