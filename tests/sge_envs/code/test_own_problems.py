"""A sample of our own problems through the whole: oracle, cheats, families. All of them: python -m benchmarks.code."""

import pytest

from sge_envs.code.build import SPLITS, build_problem, make_instance
from sge_envs.code.cheats import CHEATS, SLOW
from sge_envs.code.compare import is_plain
from sge_envs.code.judge import judge
from sge_envs.code.problems import FAMILIES, PROBLEMS

SAMPLE = PROBLEMS[::12]


@pytest.mark.parametrize("own", SAMPLE, ids=lambda own: own.id)
def test_the_oracle_is_credited_and_no_cheat_is(sandbox, own):
    problem = build_problem(own)
    assert judge(sandbox, problem, problem.reference).failed == ()
    for name, cheat in CHEATS.items():
        if name not in SLOW:
            assert not judge(sandbox, problem, cheat(problem)).solved, name


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_familys_instances_are_solved_by_their_references_alone(sandbox, family):
    for split in SPLITS:
        problem = make_instance(family, split, 0)
        assert judge(sandbox, problem, problem.reference).failed == ()
        assert not judge(sandbox, problem, CHEATS["answer_constants"](problem)).solved
        assert not judge(sandbox, problem, CHEATS["echo"](problem)).solved


def test_ids_are_unique_and_cases_can_enter_a_sandbox():
    names = [one.id for one in PROBLEMS] + [one.name for one in FAMILIES]
    assert len(set(names)) == len(names)
    for own in SAMPLE:
        for case in build_problem(own).cases:
            assert is_plain(case.arguments)
            assert is_plain(case.expected)
