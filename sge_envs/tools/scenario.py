"""A scenario: a template that makes one task from any world that suits it, with its solution, and so with its checks.

A scenario draws people, orders and dates from the world, says the goal in words and solves it through the same
operations that the player has. What the solution changed and answered is what the player must change and answer: no
check is written twice, and every task can be solved with the tools at hand.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeVar
from zlib import crc32

import numpy as np

from sge_envs.alfworld.dice import Dice
from sge_envs.errors import SGEError
from sge_envs.world.database import Change, Database, Image, Row
from sge_envs.world.names import POOLS
from sge_envs.world.plot import FAMILY
from sge_envs.world.world import World, world_image

Difficulty = Literal["easy", "medium", "hard"]
Split = Literal["train", "valid", "test"]
Answer = str | int | float | list[Any] | None
Do = Callable[..., Any]
"""``do("mail.search", query="invoice")`` carries out an operation and returns its value; a refusal raises :class:`Unsuitable`."""
T = TypeVar("T")
WORLDS_TRIED = 40
_NEXT_WORLD = 1_000_003  # worlds tried for one instance are far from those of its neighbours


class Unsuitable(Exception):
    """This world has nothing for this scenario; another one is tried."""


@dataclass(frozen=True, slots=True)
class Says:
    """A text column that may be worded freely as long as these words stand in it, in any case and order.

    A word counts only as a whole. Beside a number or a date that is asked for, at most two others of the same form may stand: a
    text that names them all says nothing.
    """

    words: tuple[str, ...] = ()

    def allows(self, value: Any) -> bool:
        """Whether ``value`` says it."""
        text = str(value).casefold()
        return bool(text.strip()) and all(_says(text, word.casefold()) for word in self.words)


def _says(text: str, word: str) -> bool:
    if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
        return False
    if " " in word or not any(sign.isdigit() for sign in word):
        return True
    form = re.sub(r"\d+", r"\\d+", re.escape(word))
    return len(set(re.findall(rf"(?<![\w.,:-]){form}(?!\w)", text)) - {word}) <= 2


@dataclass(frozen=True, slots=True)
class Instance:
    """What a scenario makes of one world.

    * ``goal``: the instruction, in the words of the person whose world it is.
    * ``solve``: carries the task out through ``do`` and returns the answer (None: none is asked for).
    * ``free``: ``"table.column"`` -> what may be worded freely there, in rows that the task asks for.
    * ``ordered``: whether the order of a list in the answer counts.
    * ``facts``: what the goal leaves out and the user says when asked, by words of the question.
    """

    goal: str
    solve: Callable[[Do], Answer]
    free: Mapping[str, Says] = field(default_factory=dict)
    ordered: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


class Scene:
    """What a scenario looks at: a world before its beginning. ``dice`` is the instance's own random stream."""

    def __init__(self, world: World, dice: Dice) -> None:
        self._world = world
        self.dice = dice

    @property
    def db(self) -> Database:
        """The state, to draw from. To change it, use :meth:`plant`."""
        return self._world.db

    def plant(self, change: Callable[[Database], T]) -> T:
        """Write what the task needs (a wrong invoice, a clash of dates) before it begins; what ``change`` returns."""
        kept: list[T] = []
        self._world.prepare(lambda db: kept.append(change(db)))
        return kept[0]

    def one(self, rows: Sequence[T]) -> T:
        """One of ``rows``. Raises :class:`Unsuitable` when there is none."""
        if not rows:
            raise Unsuitable
        return self.dice.one(rows)

    def some(self, rows: Sequence[T], number: int) -> list[T]:
        """``number`` different ones, in random order. Raises :class:`Unsuitable` when there are fewer."""
        if len(rows) < number:
            raise Unsuitable
        return self.dice.shuffle(rows)[:number]

    def row(self, sql: str, *values: Any) -> Row:
        """One row of a SELECT, drawn at random."""
        return self.one(self.db.rows(sql, *values))

    def say(self, *wordings: str) -> str:
        """One of several wordings of the goal."""
        return self.dice.one(wordings)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A template. ``make`` raises :class:`Unsuitable` for a world that has nothing for it.

    Each scenario belongs to one split, so that the tasks of different splits differ in kind and not only in people.
    """

    name: str
    difficulty: Difficulty
    split: Split
    make: Callable[[Scene], Instance]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool, with its arguments by name."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A task ready to be played: where it begins, and what its solution does.

    ``keys[i]`` is the key of the state before call ``i``; the last one is that of the end. ``wrote[i]`` are the rows, by table
    and id, that call ``i`` changed.
    """

    scenario: Scenario
    image: Image
    goal: str
    calls: tuple[Call, ...]
    keys: tuple[str, ...]
    wrote: tuple[frozenset[tuple[str, int]], ...]
    required: tuple[Change, ...]
    answer: Answer
    free: Mapping[str, Says]
    ordered: bool
    facts: Mapping[str, str]


@functools.lru_cache(maxsize=128)
def prepare(scenario: Scenario, number: int) -> Prepared:
    """Instance ``number`` of ``scenario``: made in the first world that suits it, solved there, and kept.

    Raises:
        SGEError: no world suits, or the scenario asks for nothing.
    """
    pool = tuple(POOLS).index(scenario.split)
    for attempt in range(WORLDS_TRIED):
        place = number + attempt * _NEXT_WORLD
        seeds = np.random.SeedSequence(FAMILY, spawn_key=(pool, place, crc32(scenario.name.encode()), 1))
        world = World(world_image(scenario.split, place))
        try:
            instance = scenario.make(Scene(world, Dice(int(seeds.generate_state(1, np.uint64)[0]))))
            return _solved(scenario, instance, world.db.image())
        except Unsuitable:
            continue
        finally:
            world.close()
    raise SGEError(
        f"The scenario {scenario.name!r} found nothing to do in {WORLDS_TRIED} worlds: make it ask for less."
    )


def _solved(scenario: Scenario, instance: Instance, image: Image) -> Prepared:
    world = World(image)
    calls: list[Call] = []
    keys: list[str] = []
    states: list[tuple[Change, ...]] = [()]

    def do(name: str, /, **arguments: Any) -> Any:
        keys.append(world.key())
        calls.append(Call(name, arguments))
        result = world.call(name, arguments)
        if not result.ok:
            raise Unsuitable(f"{scenario.name}: {result.message}")
        states.append(world.changes())
        return result.value

    try:
        answer = instance.solve(do)
        required = world.changes()
        if not required and answer is None:
            raise SGEError(
                f"The scenario {scenario.name!r} asks for no change and no answer: doing nothing would solve it."
            )
        return Prepared(
            scenario=scenario,
            image=image,
            goal=instance.goal,
            calls=tuple(calls),
            keys=(*keys, world.key()),
            wrote=tuple(_differences(*pair) for pair in pairwise(states)),
            required=required,
            answer=answer,
            free=instance.free,
            ordered=instance.ordered,
            facts=instance.facts,
        )
    finally:
        world.close()


def _differences(before: tuple[Change, ...], after: tuple[Change, ...]) -> frozenset[tuple[str, int]]:
    first, second = ({(one.table, one.id): one.after for one in side} for side in (before, after))
    keys = first.keys() | second.keys()
    return frozenset(key for key in keys if (key in first, first.get(key)) != (key in second, second.get(key)))
