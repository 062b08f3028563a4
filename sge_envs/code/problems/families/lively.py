"""Instances worth playing: their answers tell them apart from constants and from the input."""

from __future__ import annotations

from collections.abc import Callable

from sge_envs.code.problem import OwnProblem
from sge_envs.code.problems.draw import Rng

Make = Callable[[Rng], OwnProblem]


def lively(make: Make) -> Make:
    """``make``, repeated until no constant, and none of the arguments, is the answer to all edge cases."""

    def make_lively(rng: Rng) -> OwnProblem:
        while not _is_lively(own := make(rng)):
            pass
        return own

    return make_lively


def _is_lively(own: OwnProblem) -> bool:
    answers = [own.brute(*arguments) for arguments in own.edge_cases]
    if len({repr(answer) for answer in answers}) < 3:
        return False
    if own.kind == "class":
        return True
    places = range(len(own.edge_cases[0]))
    return not any(all(case[i] == answer for case, answer in zip(own.edge_cases, answers)) for i in places)
