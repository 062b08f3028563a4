"""Families: fresh, right, different, and apart in their splits."""

import ast
import copy

import numpy as np
import pytest

from sge_envs.code.build import SPLITS, build_problem, make_instance, run_reference, split_of
from sge_envs.code.compare import agrees, read_output
from sge_envs.code.problems import FAMILIES
from sge_envs.code.problems.families.one_liner import ONE_LINER

INSTANCES = 12
by_name = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def draw(family, seed):
    return family.make(np.random.default_rng([seed, 11]))


@by_name
def test_references_agree_with_the_drawn_rules(family):
    for seed in range(INSTANCES):
        own, rng = draw(family, seed), np.random.default_rng(seed)
        for arguments in (*own.examples, *own.edge_cases, *(own.generate(rng, size) for size in range(1, 16))):
            ours = run_reference(own.kind, own.entry, own.reference, arguments)
            theirs = own.brute(*copy.deepcopy(arguments))
            if own.kind == "stdin":
                ours, theirs = read_output(ours, own.comparison), read_output(theirs, own.comparison)
            assert agrees(own.comparison, arguments, theirs, ours), (own.statement, arguments)


@by_name
def test_an_instance_depends_on_the_generator_alone(family):
    for seed in range(INSTANCES):
        first, second = draw(family, seed), draw(family, seed)
        assert (first.statement, first.reference, first.edge_cases) == (
            second.statement,
            second.reference,
            second.edge_cases,
        )
        assert build_problem(first).cases == build_problem(second).cases


@by_name
def test_instances_are_many_and_their_programs_differ(family):
    drawn = [draw(family, seed) for seed in range(200)]
    assert len({own.statement for own in drawn}) >= 150
    assert len({ast.dump(ast.parse(own.reference)) for own in drawn}) >= 100


@by_name
def test_equal_statements_mean_equal_programs(family):
    programs = {}
    for seed in range(300):
        own = draw(family, seed)
        assert programs.setdefault(own.statement, own.reference) == own.reference


@by_name
def test_no_constant_and_no_argument_is_the_answer_to_all_cases(family):
    for seed in range(INSTANCES):
        own = draw(family, seed)
        cases = build_problem(own).cases
        assert 12 <= len(cases) <= 40
        assert len({repr(case.expected) for case in cases}) > 2
        for place in range(len(cases[0].arguments)) if own.kind == "function" else ():
            assert any(case.arguments[place] != case.expected for case in cases)


@by_name
def test_splits_share_no_instance(family):
    told = {}
    for split in SPLITS:
        for index in range(INSTANCES):
            problem = make_instance(family, split, index)
            assert problem == make_instance(family, split, index)
            task = problem.statement.rpartition("\n\nWrite ")[0].partition("\n\n")[2]
            assert split_of(task) == split
            told.setdefault(split, set()).add(task)
    assert not told["train"] & told["valid"]
    assert not (told["train"] | told["valid"]) & told["test"]


def test_there_are_at_least_twelve_families_with_names_of_their_own():
    assert len({family.name for family in FAMILIES}) == len(FAMILIES) >= 12
    assert {own.kind for own in (draw(family, 0) for family in FAMILIES)} == {"function", "class", "stdin"}


def test_one_liners_are_one_short_line_and_show_three_examples():
    for seed in range(100):
        own = draw(ONE_LINER, seed)
        header, body = own.reference.strip().splitlines()
        assert header.startswith("def f(")
        assert body.startswith("    return ")
        assert len(body) < 40
        assert len(own.examples) == 3
