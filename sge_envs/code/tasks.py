"""The sets of programming problems that can be played: our own, endless families, files of known data sets."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from sge_envs.code.build import SPLITS, build_problem, make_instance, split_of
from sge_envs.code.loaders import FORMATS
from sge_envs.code.loaders.rows import Format, Label, Stored, make_problem, read_rows
from sge_envs.code.problem import DIFFICULTIES, Family, OwnProblem, Problem
from sge_envs.errors import DataCorrupt, TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet

OWN_SOURCES = ("own", "families", "mixed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which problems to play: these difficulties, and any of these topics; empty: all."""

    difficulties: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def fits(self, difficulty: str, topics: Sequence[str]) -> bool:
        if self.difficulties and difficulty not in self.difficulties:
            return False
        return not self.topics or not set(self.topics).isdisjoint(topics)


@dataclass(frozen=True, slots=True)
class Listed:
    """A problem that is made when it is played."""

    label: Label
    make: Callable[[], Problem]


class ListedTasks(TaskSet):
    """Problems that can be counted; ``read(split)`` lists them, when they are first asked for.

    Raises:
        DataCorrupt: at the first use, if an id occurs twice.
    """

    def __init__(self, splits: Sequence[str], read: Callable[[str], Sequence[Listed]], wanted: Wanted) -> None:
        self._splits = tuple(splits)
        self._read = read
        self._wanted = wanted
        self._found: dict[str, tuple[Listed, ...]] = {}

    def list_splits(self) -> tuple[str, ...]:
        return self._splits

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return len(self._all()[split])

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return make_task(self._all()[split][index].make(), split)

    def find_task(self, task_id: str) -> Task:
        for split, listed in self._all().items():
            for one in listed:
                if one.label.id == task_id:
                    return make_task(one.make(), split)
        names = [one.label.id for listed in self._all().values() for one in listed]
        raise TaskNotFound(f"No problem here has the id {task_id!r}.{did_you_mean(task_id, names)}")

    def _all(self) -> dict[str, tuple[Listed, ...]]:
        if not self._found:
            found = {split: tuple(filter(self._fits, self._read(split))) for split in self._splits}
            names = [one.label.id for listed in found.values() for one in listed]
            if len(set(names)) != len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise DataCorrupt(f"The problem {twice!r} occurs twice: leave one of them out, splits never overlap.")
            self._found = found
        return self._found

    def _fits(self, one: Listed) -> bool:
        return self._wanted.fits(one.label.difficulty, one.label.topics)


class FamilyTasks(TaskSet):
    """Endless instances of the families, one family after another; ids look like ``sum-of-multiples/train/17``."""

    def __init__(self, families: Sequence[Family], wanted: Wanted) -> None:
        self.families = {one.name: one for one in families if wanted.fits(one.difficulty, one.topics)}

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return None if self.families else 0

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        names = list(self.families)
        return self._make(names[index % len(names)], split, index // len(names))

    def find_task(self, task_id: str) -> Task:
        found = re.fullmatch(r"([^/]+)/(\w+)/(0|[1-9][0-9]{0,9})", task_id)
        if found is None or found[1] not in self.families or found[2] not in SPLITS:
            names = ", ".join(list(self.families)[:4])
            raise TaskNotFound(
                f"No problem here has the id {task_id!r}. Ids of instances look like 'family/train/17', with one of "
                f"the splits {', '.join(SPLITS)} and a family such as {names}."
            )
        return self._make(found[1], found[2], int(found[3]))

    def _make(self, name: str, split: str, index: int) -> Task:
        return make_task(_instance(self.families[name], split, index), split)


class MixedTasks(TaskSet):
    """Our own problems first, then instances of families without end; a sample is one or the other with equal chances."""

    def __init__(self, listed: ListedTasks, families: FamilyTasks) -> None:
        self._listed = listed
        self._families = families

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        return None if self._families.num_tasks(split) is None else self._listed.num_tasks(split)

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        first = self._listed.num_tasks(split) or 0
        return self._listed.get_task(split, index) if index < first else self._families.get_task(split, index - first)

    def find_task(self, task_id: str) -> Task:
        return (self._families if "/" in task_id else self._listed).find_task(task_id)

    def sample(self, split: str, rng: np.random.Generator) -> Task:
        endless = self.num_tasks(split) is None
        if endless and (not self._listed.num_tasks(split) or rng.integers(2)):
            return self._families.sample(split, rng)
        return self._listed.sample(split, rng)


def make_task(problem: Problem, split: str) -> Task:
    """The task of playing ``problem``."""
    what = "a program" if problem.kind == "stdin" else f"the {problem.kind} {problem.entry}"
    return Task(id=problem.id, split=split, goal=f"{problem.title}: write {what} in Python.", data=problem)


def choose_tasks(
    *,
    source: str,
    path: str | PathLike[str] | Mapping[str, str | PathLike[str]] | None,
    problems: Sequence[OwnProblem | Problem] | None,
    split: str,
    difficulty: str | Sequence[str] | None,
    topics: str | Sequence[str] | None,
) -> TaskSet:
    """The set that the environment's arguments ask for; reads no file yet.

    Raises:
        UnknownOption: a value does not exist, or does not go with another.
    """
    wanted = Wanted(_as_tuple(difficulty), _as_tuple(topics))
    for one in wanted.difficulties:
        if one not in DIFFICULTIES:
            raise UnknownOption(f"There is no difficulty {one!r}.{did_you_mean(one, DIFFICULTIES)}")
    if problems is not None:
        if path is not None:
            raise UnknownOption("Problems come from problems= or from path=, not from both: leave one of them out.")
        return ListedTasks((split,), functools.partial(_list_given, tuple(problems)), wanted)
    if source in FORMATS:
        if path is None:
            raise UnknownOption(f"source={source!r} needs path=, the file of that data set (.jsonl or .jsonl.gz).")
        paths = dict(path) if isinstance(path, Mapping) else {split: path}
        return ListedTasks(tuple(paths), functools.partial(_list_file, FORMATS[source], paths), wanted)
    if source not in OWN_SOURCES:
        raise UnknownOption(f"There is no source {source!r}.{did_you_mean(source, (*OWN_SOURCES, *FORMATS))}")
    if path is not None:
        raise UnknownOption(f"source={source!r} reads no file: leave out path=, or name one of {', '.join(FORMATS)}.")
    return _choose_own(source, wanted)


def _choose_own(source: str, wanted: Wanted) -> TaskSet:
    from sge_envs.code.problems import FAMILIES, PROBLEMS

    known = {
        topic for topics in (*(one.topics for one in PROBLEMS), *(one.topics for one in FAMILIES)) for topic in topics
    }
    for topic in wanted.topics:
        if topic not in known:
            raise UnknownOption(f"There is no topic {topic!r}.{did_you_mean(topic, sorted(known))}")
    listed = ListedTasks(SPLITS, functools.partial(_list_own, PROBLEMS), wanted)
    families = FamilyTasks(FAMILIES, wanted)
    return {"own": listed, "families": families, "mixed": MixedTasks(listed, families)}[source]


def _list_own(problems: Sequence[OwnProblem], split: str) -> list[Listed]:
    return [_list_one(one) for one in problems if split_of(one.id) == split]


def _list_given(problems: Sequence[OwnProblem | Problem], split: str) -> list[Listed]:
    return [_list_one(one) for one in problems]


def _list_one(one: OwnProblem | Problem) -> Listed:
    label = Label(one.id, one.difficulty, one.topics)
    if isinstance(one, Problem):
        return Listed(label, lambda: one)
    return Listed(label, functools.partial(_built, one))


def _list_file(form: Format, paths: Mapping[str, str | PathLike[str]], split: str) -> list[Listed]:
    path = Path(paths[split]).expanduser()
    return [Listed(row.label, functools.partial(_stored_problem, form, path, row)) for row in read_rows(form, path)]


@functools.lru_cache(maxsize=512)
def _built(own: OwnProblem) -> Problem:
    return build_problem(own)


@functools.lru_cache(maxsize=256)
def _stored_problem(form: Format, path: Path, row: Stored) -> Problem:
    return make_problem(form, path, row)


@functools.lru_cache(maxsize=256)
def _instance(family: Family, split: str, index: int) -> Problem:
    return make_instance(family, split, index)


def _as_tuple(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
