"""Our own problems: every reference agrees with a brute force that works in another way, and no constant passes."""

import ast
import copy
from collections import Counter

import numpy as np
import pytest

from sge_envs.code.build import build_problem, run_reference, split_of
from sge_envs.code.compare import Checker, Tolerance, Unordered, agrees, is_plain, read_output
from sge_envs.code.problems import PROBLEMS

ROUNDS = 60
by_id = pytest.mark.parametrize("own", PROBLEMS, ids=lambda own: own.id)


def reference(own, arguments):
    answer = run_reference(own.kind, own.entry, own.reference, arguments)
    return read_output(answer, own.comparison) if own.kind == "stdin" else answer


def brute(own, arguments):
    answer = own.brute(*copy.deepcopy(arguments))
    return read_output(answer, own.comparison) if own.kind == "stdin" else answer


def hidden(own):
    """The hidden cases: arguments and expected values in the form in which they are compared."""
    cases = build_problem(own).cases
    if own.kind == "stdin":
        return [(case.arguments, read_output(case.expected, own.comparison)) for case in cases]
    return [(case.arguments, case.expected) for case in cases]


def small_arguments(own):
    """Examples, edge cases that are no stress tests, and many generated ones."""
    rng = np.random.default_rng(7)
    yield from (arguments for arguments in own.examples + own.edge_cases if len(repr(arguments)) < 3000)
    yield from (own.generate(rng, 1 + i % own.brute_size) for i in range(ROUNDS))


@by_id
def test_the_reference_agrees_with_the_brute_force(own):
    for arguments in small_arguments(own):
        ours, theirs = reference(own, arguments), brute(own, arguments)
        assert agrees(own.comparison, arguments, theirs, ours), (arguments, ours, theirs)
        assert agrees(own.comparison, arguments, ours, theirs), (arguments, ours, theirs)


@by_id
def test_generated_arguments_depend_on_the_generator_alone_and_are_left_alone(own):
    drawn = [own.generate(np.random.default_rng([3, size]), size) for size in range(1, 9)]
    assert drawn == [own.generate(np.random.default_rng([3, size]), size) for size in range(1, 9)]
    assert is_plain(tuple(drawn))
    before = copy.deepcopy(drawn)
    for arguments in drawn:
        reference(own, arguments)
    assert drawn == before


@by_id
def test_no_constant_and_no_argument_is_the_answer_to_all_hidden_cases(own):
    cases = hidden(own)
    assert 12 <= len(cases) <= 40
    for constant in [expected for _, expected in cases] + [None, True, False, 0, [], ""]:
        assert not all(agrees(own.comparison, arguments, expected, constant) for arguments, expected in cases)
    for place in range(len(cases[0][0])) if own.kind == "function" else ():
        assert not all(agrees(own.comparison, case, expected, case[place]) for case, expected in cases)
    if own.kind == "stdin":
        assert not all(read_output(text, own.comparison) == expected for (text,), expected in cases)
    if own.kind == "class":
        answers = [value for _, expected in cases for value in expected if value is not None]
        assert len(Counter(map(repr, answers))) > 1


@by_id
def test_a_problem_is_whole_and_its_parts_fit_together(own):
    assert own.examples
    assert own.statement.endswith((".", ")"))
    assert all(line.isascii() for line in own.statement.splitlines())
    names = [node.name for node in ast.parse(own.reference).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if own.kind == "stdin":
        assert "Input:" in own.statement
        assert "Output:" in own.statement
    else:
        assert own.entry in names
        headers = own.signature.splitlines()
        ast.parse("\n".join(f"{line} ..." if line.lstrip().startswith("def") else line for line in headers))
    assert own.topics
    assert all(topic == topic.lower() for topic in own.topics)


def test_there_are_enough_problems_of_every_sort():
    assert len({own.id for own in PROBLEMS}) == len(PROBLEMS) >= 150
    difficulties, kinds = Counter(own.difficulty for own in PROBLEMS), Counter(own.kind for own in PROBLEMS)
    assert min(difficulties["easy"], difficulties["hard"]) >= 40
    assert difficulties["medium"] >= 65
    assert kinds["class"] >= 10
    assert kinds["stdin"] >= 15
    comparisons = Counter(type(own.comparison) for own in PROBLEMS)
    assert comparisons[Checker] >= 8
    assert comparisons[Tolerance] >= 6
    assert comparisons[Unordered] >= 3


def test_every_split_has_problems_of_every_difficulty():
    found = {(split_of(own.id), own.difficulty) for own in PROBLEMS}
    assert len(found) == 9


@pytest.mark.parametrize(
    "junk", [None, 7, "x", [], [None], {}, [[[1]]], ["a", 2.5], -1, 10**9, {"a": 1}, [True, False]]
)
def test_checkers_survive_absurd_answers(junk):
    for own in PROBLEMS:
        if isinstance(own.comparison, Checker):
            arguments = [own.generate(np.random.default_rng(i), 8) for i in range(12)]
            verdicts = [agrees(own.comparison, one, None, junk) for one in arguments]
            assert not all(verdicts), own.id
