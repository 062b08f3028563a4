import pytest

from sge_envs.code.asserts import count_asserts, run_asserts
from sge_envs.code.problem import Asserts
from sge_envs.code.sandbox import Answer
from sge_envs.errors import DataCorrupt

CHECK = """
import random

LIMIT = 3

def check(candidate):
    offset = 10
    assert candidate(1) == 11
    assert True, "no test"
    for number in range(LIMIT):
        assert candidate(number) == number + offset
    values = [random.randint(0, 9) for _ in range(3)]
    assert [candidate(value) for value in values] == [value + offset for value in values]
    assert candidate(x=5) == 15, "by name"
"""


def answering(function):
    return lambda args, kwargs: Answer("value", function(*args, **dict(kwargs)))


def outcomes(tests, ask):
    return [result.passed for result in run_asserts(tests, ask)]


def test_each_assert_is_a_test_with_what_stands_before_it():
    tests = Asserts(CHECK)
    assert count_asserts(tests) == 4
    assert outcomes(tests, answering(lambda x: x + 10)) == [True] * 4
    assert outcomes(tests, answering(lambda x: x + 10 if x == 1 else 0)) == [True, False, False, False]


def test_a_failed_test_tells_what_was_asked_and_answered():
    first = run_asserts(Asserts(CHECK), answering(lambda x: "no"))[0]
    assert (first.text, first.call) == ("assert candidate(1) == 11", "1")
    assert first.answer == Answer("value", "no")


@pytest.mark.parametrize("status", ["exception", "timeout", "memory", "output", "killed", "malformed", "unreached"])
def test_no_answer_but_a_value_passes_even_where_the_test_forgives_everything(status):
    caught = "    try:\n        x = candidate(1)\n    except Exception:\n        x = 1\n"
    looped = "    for x in '1':\n        try: candidate(1)\n        except Exception: pass\n"
    for body in (f"{caught}    assert x\n", looped):
        tests = Asserts(f"def check(candidate):\n{body}")
        assert outcomes(tests, lambda args, kwargs: Answer(status, True)) == [False]


def test_an_object_that_equals_everything_is_no_answer():
    class Liar:
        def __eq__(self, other):
            return True

        __hash__ = None

    tests = Asserts("def check(candidate):\n    assert candidate(1) == 2\n")
    assert outcomes(tests, lambda args, kwargs: Answer("value", Liar())) == [False]


def test_absurd_answers_fail_the_test_and_nothing_else():
    tests = Asserts(
        "def check(candidate):\n    assert abs(candidate(1) - 1.5) < 1e-6\n    assert sum(candidate(2)) == 3\n"
    )
    for value in (None, "text", [], 10**400, float("nan"), {1: 2}):
        assert outcomes(tests, lambda args, kwargs, value=value: Answer("value", value)) == [False, False]


def test_the_context_is_what_the_tests_use_and_its_prints_go_nowhere(capsys):
    tests = Asserts(
        "def check(candidate):\n    assert candidate(2) == double(2)\n",
        context="def double(x):\n    print(x)\n    return 2 * x\n",
    )
    assert outcomes(tests, answering(lambda x: 4)) == [True]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("x = 1\n", "check"),
        ("def check(candidate):\n    assert True\n", "asserts nothing"),
        ("def check(candidate):\n    assert candidate(object()) == 1\n", "object"),
        ("def check(candidate):\n    assert candidate(unknown) == 1\n", "unknown"),
    ],
)
def test_tests_that_are_wrong_themselves_are_refused(source, what):
    with pytest.raises(DataCorrupt, match=what):
        run_asserts(Asserts(source), answering(lambda x: 1))
