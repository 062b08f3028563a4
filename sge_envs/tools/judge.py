"""Did the player do what was asked, and nothing else? The changes of the solution against those of the player.

Ways do not count, only the rows that differ from the beginning. Rows that are new have ids of their own in each world, so
they are compared by what stands in them, and a reference to a new row by the row that it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sge_envs.tools.scenario import Answer, Says
from sge_envs.world.database import Change
from sge_envs.world.schema import Schema

_NUMBER = re.compile(r"\d+")
_ALWAYS_FREE: Mapping[str, Says] = {"mail_recipients.kind": Says()}  # whether somebody stands in to or in cc
_Pair = tuple[tuple[str, int], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """``missing``: required changes that are not there; ``extra``: changes that nobody asked for."""

    required: int
    missing: tuple[Change, ...]
    extra: tuple[Change, ...]


class Judge:
    """Compares changes. ``free`` says which columns of required rows may be worded freely."""

    def __init__(self, schema: Schema, required: Sequence[Change], free: Mapping[str, Says]) -> None:
        self._references = schema.references
        self._required = required
        self._free = {**_ALWAYS_FREE, **free}
        self._new = {(change.table, change.id): change for change in required if change.before is None}
        self._numbers = {str(id) for _, id in self._new}

    def __call__(self, actual: Sequence[Change]) -> Judgement:
        """Pair each required change with one of the player's, as many as can be paired."""
        sides = _Sides(self._new, {(one.table, one.id): one for one in actual if one.before is None})
        options = [[j for j, there in enumerate(actual) if self._same(one, there, sides)] for one in self._required]
        taken = _match(options, len(actual))
        missing = tuple(one for i, one in enumerate(self._required) if i not in taken.values())
        return Judgement(len(self._required), missing, tuple(one for j, one in enumerate(actual) if j not in taken))

    def _same(self, wanted: Change, there: Change, sides: _Sides, under_way: frozenset[_Pair] = frozenset()) -> bool:
        if wanted.table != there.table or (wanted.before is None) != (there.before is None):
            return False
        if wanted.before is not None and wanted.id != there.id:
            return False
        if wanted.after is None or there.after is None:
            return wanted.after is None and there.after is None
        pair = ((wanted.table, wanted.id), (there.table, there.id))
        if pair in under_way:  # a row that refers to itself
            return True
        names = [name for name in wanted.after if name != "id"]
        return all(
            self._same_value(wanted.table, name, wanted.after[name], there.after[name], sides, under_way | {pair})
            for name in names
        )

    def _same_value(
        self, table: str, column: str, wanted: Any, there: Any, sides: _Sides, under_way: frozenset[_Pair]
    ) -> bool:
        free = self._free.get(f"{table}.{column}")
        if free is not None and isinstance(there, str) and free.allows(there):
            return True
        target = self._references[table].get(column)
        if target is not None:
            first, second = sides.wanted.get((target, wanted)), sides.there.get((target, there))
            if first is not None or second is not None:
                return first is not None and second is not None and self._same(first, second, sides, under_way)
        if isinstance(wanted, str) and isinstance(there, str) and wanted != there:
            return _blank(wanted, self._numbers) == _blank(there, sides.numbers)
        return type(wanted) is type(there) and bool(wanted == there)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The new rows of both worlds, by table and id."""

    wanted: Mapping[tuple[str, Any], Change]
    there: Mapping[tuple[str, Any], Change]

    @property
    def numbers(self) -> set[str]:
        return {str(id) for _, id in self.there}


def _blank(text: str, numbers: set[str]) -> str:
    """The text with the numbers of new rows made equal: confirmations quote them."""
    return _NUMBER.sub(lambda found: "#" if found[0] in numbers else found[0], text)


def _match(options: Sequence[Sequence[int]], width: int) -> dict[int, int]:
    """A largest pairing: column -> row, where ``options[row]`` lists the columns that fit (augmenting paths)."""
    taken: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column in options[row]:
            if column not in seen:
                seen.add(column)
                if column not in taken or place(taken[column], seen):
                    taken[column] = row
                    return True
        return False

    for row in range(len(options)):
        place(row, set())
    assert all(0 <= column < width for column in taken)
    return taken


def same_answer(wanted: Answer, given: Any, *, ordered: bool = False) -> bool:
    """Is the answer right? Texts in any case and spacing, amounts to the cent, lists in any order unless ``ordered``."""
    if wanted is None:
        return True
    if isinstance(given, list) and len(given) == 1 and not isinstance(wanted, list):
        given = given[0]
    if isinstance(wanted, list):
        parts = re.split(r"[,;\n]", given) if isinstance(given, str) else given
        if not isinstance(parts, list) or len(parts) != len(wanted):
            return False
        if ordered:
            return all(same_answer(one, other) for one, other in zip(wanted, parts))
        return len(_match([[j for j, p in enumerate(parts) if same_answer(w, p)] for w in wanted], len(parts))) == len(
            wanted
        )
    if isinstance(wanted, str):
        return (
            isinstance(given, str | int | float)
            and not isinstance(given, bool)
            and _plain(wanted) == _plain(str(given))
        )
    number = _as_number(given)
    return number is not None and abs(number - wanted) < 0.005


def _plain(text: str) -> str:
    plain = " ".join(text.casefold().split()).rstrip(".!").strip("'\"`").lstrip("#")
    return re.sub(r"(?<=\d{4}-\d\d-\d\d) (?=\d\d:)", "t", plain)  # two spellings of a moment


def _as_number(given: Any) -> float | None:
    if isinstance(given, str) and len(given) < 40:
        bare = re.sub(r"^[+$#]+|\s*(?:usd|dollars?)\.?$", "", given.strip().casefold()).replace(",", "")
        return float(bare) if re.fullmatch(r"-?\d+(\.\d+)?", bare, re.ASCII) else None
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given) if abs(given) < 1e15 else None
    return None
