"""Generated games as a set of tasks: endless splits that share no game, and a split of rooms never trained in."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sge_envs.alfworld import hard
from sge_envs.alfworld.dice import Dice
from sge_envs.alfworld.game import TASK_TYPES, Game
from sge_envs.alfworld.generate import SIZES, GameSpec, generate
from sge_envs.alfworld.goals import choose_pair
from sge_envs.alfworld.layout import count_receptacles
from sge_envs.alfworld.rooms import ROOMS, ROOMS_OF_TASK
from sge_envs.errors import TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet, task_rng

FAMILY = 0xA1F
"""Key of all random streams of this module."""

LAYOUTS = 1000
"""How many layouts ``train`` and ``valid_seen`` share, and how many others ``valid_unseen`` has, per room and size."""

_TRAIN, _VALID_SEEN, _VALID_UNSEEN, _LAYOUTS = range(4)  # the random streams; the numbers never change
_UNSEEN_OF_256 = 51  # a fifth of all rooms is kept for valid_unseen


@dataclass(frozen=True, slots=True)
class Options:
    """What restricts the games of a task set; part of every task's id, unless all is as here."""

    size: str = "real"
    task_types: tuple[str, ...] = TASK_TYPES
    rooms: tuple[str, ...] = tuple(ROOMS)

    @property
    def prefix(self) -> str:
        """How the ids of tasks begin: ``generated``, or ``generated(size=small,rooms=kitchen)``."""
        default = Options()
        said = [
            *([f"size={self.size}"] if self.size != default.size else []),
            *(["task_types=" + "+".join(self.task_types)] if self.task_types != default.task_types else []),
            *(["rooms=" + "+".join(self.rooms)] if self.rooms != default.rooms else []),
        ]
        return f"generated({','.join(said)})" if said else "generated"


@dataclass(frozen=True, slots=True)
class Split:
    """A named split: what makes game ``index`` of it, and how many games there are (None: endless).

    ``make`` is a pure function; it draws from random streams that no other split has (``task_rng`` tells them apart).
    """

    make: Callable[[Options, int], Game]
    num_tasks: int | None = None


def _make_game(stream: int, options: Options, index: int) -> Game:
    """Game ``index`` of a stream."""
    rng = task_rng(family=FAMILY, split=stream, index=index)
    dice = Dice(int(rng.integers(2**63)))
    task_type, room = choose_pair(options.task_types, options.rooms, dice)
    size = dice.one(SIZES) if options.size == "mixed" else options.size
    layout = _find_layout(room, size=size, seen=stream != _VALID_UNSEEN, number=dice.integer(0, LAYOUTS - 1))
    return generate(GameSpec(room=room, task_type=task_type, size=size, layout=layout), rng)


def _make_kitchen(split: str, options: Options, index: int) -> Game:
    """A game of the small kitchens, which are what they are whatever the options."""
    return hard.make_game(split, index)


def _find_layout(room: str, *, seen: bool, size: str, number: int) -> int:
    """The seed of layout ``number`` of those that may be trained in, or of the others.

    What furniture a room has decides to which it belongs, so a room of ``valid_unseen`` is also new as the player reads
    it: no room to train in has the same number of receptacles of every type.
    """
    rng = task_rng(family=FAMILY, split=_LAYOUTS, index=number)
    while True:
        seed = int(rng.integers(2**53))
        counts = sorted(count_receptacles(room, seed=seed, size=size).items())
        if (hashlib.sha256(repr((room, counts)).encode()).digest()[0] >= _UNSEEN_OF_256) == seen:
            return seed


SPLITS: Mapping[str, Split] = {
    "train": Split(functools.partial(_make_game, _TRAIN)),
    "valid_seen": Split(functools.partial(_make_game, _VALID_SEEN)),
    "valid_unseen": Split(functools.partial(_make_game, _VALID_UNSEEN)),
    **{name: Split(functools.partial(_make_kitchen, name), number) for name, number in hard.NUM_TASKS.items()},
}
"""All splits. A further one is one more line here."""


class GeneratedTasks(TaskSet):
    """Endless generated household games.

    ``train`` and ``valid_seen`` have the same rooms but other games; ``valid_unseen`` has rooms that neither has.

    Args:
        size: ``"small"``, ``"real"`` (the spread of ALFWorld's games), ``"large"``, or ``"mixed"`` (a third of each).
        task_types: only these of ``TASK_TYPES``; None: all, in the shares that ALFWorld's training games have.
        rooms: only these of ``ROOMS``; None: all.

    Raises:
        UnknownOption: a value does not exist, or no task type is played in any of the rooms.
    """

    def __init__(
        self, *, size: str = "real", task_types: tuple[str, ...] | None = None, rooms: tuple[str, ...] | None = None
    ) -> None:
        self.options = Options(
            size=_check("size", (size,), (*SIZES, "mixed"))[0],
            task_types=_check("task_types", TASK_TYPES if task_types is None else task_types, TASK_TYPES),
            rooms=_check("rooms", tuple(ROOMS) if rooms is None else rooms, tuple(ROOMS)),
        )
        if not any(room in ROOMS_OF_TASK[kind] for kind in self.options.task_types for room in self.options.rooms):
            raise UnknownOption(
                f"No task type of {', '.join(self.options.task_types)} is played in {', '.join(self.options.rooms)}. "
                "Heating and cooling need a kitchen, cleaning a kitchen or bathroom, light a livingroom or bedroom."
            )

    def list_splits(self) -> tuple[str, ...]:
        return tuple(SPLITS)

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return SPLITS[split].num_tasks

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return _make_task(self.options, split, index)

    def find_task(self, task_id: str) -> Task:
        found = re.fullmatch(r"(.*)/(\w+)/(0|[1-9][0-9]*)", task_id)
        if found is None or found[1] != self.options.prefix or found[2] not in SPLITS:
            raise TaskNotFound(
                f"No task has the id {task_id!r}. Ids here look like '{self.options.prefix}/train/17', with one of the "
                f"splits {', '.join(SPLITS)}; a task set with another size, other task types or rooms has other ids."
            )
        return self.get_task(found[2], int(found[3]))


@functools.lru_cache(maxsize=512)
def _make_task(options: Options, split: str, index: int) -> Task:
    """A pure function of its arguments; the cache makes it free to play a task again, in any environment."""
    game = SPLITS[split].make(options, index)
    return Task(
        id=f"{options.prefix}/{split}/{index}", split=split, goal=game.task, data=game, max_turns=game.max_turns
    )


def _check(option: str, values: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The values in the order in which they are known, each once."""
    for value in values:
        if value not in known:
            raise UnknownOption(f"{option} has no value {value!r}.{did_you_mean(value, known)}")
    if not values:
        raise UnknownOption(f"{option} is empty: name at least one of {', '.join(known)}, or leave it out.")
    return tuple(value for value in known if value in values)
