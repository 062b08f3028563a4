"""Our own programming problems: ``PROBLEMS`` are fixed, ``FAMILIES`` give endless fresh ones."""

from __future__ import annotations

from sge_envs.code.problem import OwnProblem
from sge_envs.code.problems import (
    arrays,
    backtracking,
    bits,
    connections,
    counting,
    designs,
    dynamic,
    geometry,
    graphs,
    greedy,
    hashing,
    linked,
    matrices,
    numbers,
    parsing,
    paths,
    programs,
    reports,
    searching,
    simulation,
    stacks,
    strings,
    structures,
    trees,
    windows,
)
from sge_envs.code.problems.families import FAMILIES

__all__ = ["FAMILIES", "PROBLEMS"]

TOPICS = (
    arrays,
    strings,
    hashing,
    windows,
    stacks,
    linked,
    trees,
    graphs,
    connections,
    paths,
    dynamic,
    greedy,
    searching,
    numbers,
    bits,
    simulation,
    parsing,
    matrices,
    counting,
    geometry,
    backtracking,
    designs,
    structures,
    programs,
    reports,
)

PROBLEMS: tuple[OwnProblem, ...] = tuple(problem for topic in TOPICS for problem in topic.PROBLEMS)
