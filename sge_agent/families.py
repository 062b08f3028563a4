"""Rows that begin alike: the members of a group share their prompt, which is then computed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHORTEST = 16
"""A shorter common beginning is not worth a pass of its own."""
WORTH = 0.15
"""The share of all tokens that sharing must save to be worth it."""


@dataclass(frozen=True, slots=True)
class Family:
    """``members`` are numbers of rows that all begin with the same ``shared`` tokens; 0: nothing in common."""

    members: tuple[int, ...]
    shared: int

    def with_member(self, number: int, shared: int) -> Family:
        return Family((*self.members, number), shared)


def find_families(rows: Sequence[Sequence[int]]) -> list[Family]:
    """The rows as families, so that much is shared; every row is in one, and has at least one token of its own.

    Rows are taken in the order of their tokens, in which those that begin alike stand together, and one joins the family
    before it where that saves at least as much as leaving it out.
    """
    order = sorted(range(len(rows)), key=lambda i: (tuple(rows[i]), i))
    families: list[Family] = []
    for number in order:
        row = rows[number]
        if families:
            last = families[-1]
            saved = last.shared * (len(last.members) - 1)
            before = rows[last.members[-1]]
            common = common_length(before, row)
            if len(last.members) > 1:
                common = min(common, last.shared)
            if common >= SHORTEST and common * len(last.members) >= saved:
                families[-1] = last.with_member(number, common)
                continue
        families.append(Family((number,), 0))
    return families


def worthwhile(rows: Sequence[Sequence[int]]) -> list[Family]:
    """The families of the rows; none where too little would be saved."""
    families = find_families(rows)
    saved = sum(family.shared * (len(family.members) - 1) for family in families)
    return families if saved and saved >= WORTH * sum(map(len, rows)) else []


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with, leaving each at least one of its own."""
    most = min(len(one), len(other)) - 1
    if most < 1:
        return 0
    same = np.asarray(one[:most]) == np.asarray(other[:most])
    return most if same.all() else int(same.argmin())
