import hashlib
import sys

import numpy as np
import pytest

from sge_envs.code.build import SPLITS, build_problem, make_instance, run_reference, split_of
from sge_envs.code.compare import agrees
from sge_envs.code.problem import Family
from sge_envs.code.trusted import run_program, run_trusted, seeded_random
from sge_envs.errors import DataCorrupt
from tests.sge_envs.code.samples import ADD, COUNTER, SAMPLES, TIMES, TOTAL


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
def test_hidden_cases_are_the_same_each_time_and_an_independent_program_agrees_with_them(own):
    problem = build_problem(own)
    assert problem == build_problem(own)
    assert len(problem.cases) == len(own.edge_cases) + len(own.sizes)
    for case in (*problem.cases, *problem.examples):
        assert agrees(own.comparison, case.arguments, case.expected, own.brute(*case.arguments))


def test_the_whole_text_shows_starter_code_and_examples_and_no_solution():
    text = build_problem(COUNTER).statement
    assert "class Counter:\n    def __init__(self, start: int):\n        ...\n" in text
    assert ">>> it = Counter(1)\n>>> it.add(2)\n>>> it.get()\n3" in text
    assert "self.n" not in text
    assert ">>> add(1, 2)\n3" in build_problem(ADD).statement
    assert "Input:\n```\n2\n1 2\n```\nOutput:\n```\n3\n```" in build_problem(TOTAL).statement


def test_no_two_splits_share_an_instance_and_ids_name_them():
    seen = {split: {make_instance(TIMES, split, index).statement for index in range(60)} for split in SPLITS}
    for one in SPLITS:
        for other in SPLITS:
            assert one == other or seen[one].isdisjoint(seen[other])
    instance = make_instance(TIMES, "test", 3)
    assert (instance.id, instance.difficulty, instance.topics) == ("sample-times/test/3", "easy", ("math",))
    assert instance == make_instance(TIMES, "test", 3)


def test_a_family_without_an_instance_for_a_split_is_refused():
    missing = next(split for split in SPLITS if split != split_of(ADD.statement))
    with pytest.raises(DataCorrupt, match="more parameters"):
        make_instance(Family("sample-one", "One", "easy", (), lambda rng: ADD), missing, 0)


def test_about_seventy_ten_and_twenty_percent_of_ids_fall_to_the_splits():
    counts = {split: sum(split_of(f"problem-{number}") == split for number in range(2000)) for split in SPLITS}
    assert 1300 < counts["train"] < 1500
    assert 130 < counts["valid"] < 280
    assert 300 < counts["test"] < 480


def test_a_reference_that_changes_its_arguments_leaves_ours_alone():
    arguments = ([3, 1, 2],)
    assert run_reference("function", "f", "def f(x):\n    x.sort()\n    return x\n", arguments) == [1, 2, 3]
    assert arguments == ([3, 1, 2],)


def test_programs_have_streams_of_their_own():
    before = sys.stdin, sys.stdout
    source = (
        "import sys\nfrom sys import stdin\nfirst = input()\nprint(first, stdin.readline().strip())\n"
        "sys.stdout.write('end')\nsys.exit()\n"
    )
    assert run_program(source, "a\nb\n") == "a b\nend"
    assert (sys.stdin, sys.stdout) == before
    with pytest.raises(EOFError):
        run_program("input()", "")


def test_trusted_tests_have_random_numbers_of_their_own():
    source = "import random\nfrom random import randint\ndrawn = [randint(0, 10**9), random.random(), random.choice('abc')]\n"
    state = np.random.get_state()[1].tolist()
    first, second = (run_trusted(source, modules={"random": seeded_random()})["drawn"] for _ in range(2))
    assert first == second
    assert np.random.get_state()[1].tolist() == state


def digest(problem):
    return hashlib.sha256(repr((problem.statement, problem.cases)).encode()).hexdigest()[:16]


def test_what_an_id_means_is_frozen():
    assert digest(build_problem(ADD)) == "eba9f8870e428e73"
    assert digest(build_problem(COUNTER)) == "27e50f6b52f22486"
    assert digest(make_instance(TIMES, "train", 0)) == "59bde5fe8c251560"
    assert digest(make_instance(TIMES, "test", 17)) == "2e886b6614603750"
