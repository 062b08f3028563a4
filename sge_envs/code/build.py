"""From a problem as we write it to one that can be played: hidden cases, whole text, instances of families."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from sge_envs.code.problem import Arguments, Case, Family, Kind, OwnProblem, Problem
from sge_envs.code.show import shorten, show_call, show_value
from sge_envs.code.trusted import run_program, run_trusted
from sge_envs.errors import DataCorrupt
from sge_envs.tasks import task_rng

SPLITS = ("train", "valid", "test")
_SHARES = {"train": 180, "valid": 26, "test": 50}  # of 256: about 70, 10 and 20 percent
_CASES = len(SPLITS)  # the stream of hidden cases, after those of the splits
_PATIENCE = 2000


def build_problem(own: OwnProblem, rng: np.random.Generator | None = None) -> Problem:
    """``own`` with its hidden cases and whole text; the cases are drawn from ``rng``, by default one of its id alone.

    Expected values are the reference's, which runs here.
    """
    rng = rng or task_rng(family=_number(own.id), split=_CASES, index=0)
    generated = tuple(own.generate(rng, size) for size in own.sizes)
    examples = tuple(_case(own, arguments) for arguments in own.examples)
    return Problem(
        id=own.id,
        title=own.title,
        statement=write_statement(own, examples),
        kind=own.kind,
        entry=own.entry,
        difficulty=own.difficulty,
        topics=own.topics,
        reference=own.reference,
        examples=examples,
        cases=tuple(_case(own, arguments) for arguments in (*own.edge_cases, *generated)),
        comparison=own.comparison,
        time_limit=own.time_limit,
        time_budget=own.time_limit,
    )


def make_instance(family: Family, split: str, index: int) -> Problem:
    """Instance ``index`` of ``family`` in ``split``: a pure function. No two splits share an instance.

    What an instance says decides to which split it belongs, so the splits stay apart even where few parameters exist.

    Raises:
        DataCorrupt: the family has too few instances to find one for this split.
    """
    rng = task_rng(family=_number(family.name), split=SPLITS.index(split), index=index)
    for _ in range(_PATIENCE):
        own = family.make(rng)
        if split_of(own.statement) == split:
            break
    else:
        raise DataCorrupt(
            f"The family {family.name!r} has no instance for the split {split!r}: give it more parameters."
        )
    name = f"{family.name}/{split}/{index}"
    return build_problem(replace(own, id=name, difficulty=family.difficulty, topics=family.topics), rng)


def split_of(text: str) -> str:
    """The split to which ``text`` (an id, or what an instance says) belongs, for ever."""
    number = hashlib.sha256(text.encode()).digest()[0]
    for split, share in _SHARES.items():
        if number < share:
            return split
        number -= share
    raise AssertionError("the shares do not add up to 256")


def run_reference(kind: Kind, entry: str, source: str, arguments: Arguments) -> Any:
    """What trusted ``source`` answers to ``arguments`` (see ``Arguments``), which stay as they are."""
    if kind == "stdin":
        return run_program(source, arguments[0])
    namespace = run_trusted(source)
    own = copy.deepcopy(arguments)
    if kind == "function":
        return namespace[entry](*own)
    made = namespace[entry](*own[0][1])
    return [getattr(made, method)(*values) for method, values in own[1:]]


def write_statement(own: OwnProblem, examples: tuple[Case, ...]) -> str:
    """The whole text of a problem: task, starter code, examples."""
    parts = [f"# {own.title}", own.statement.strip()]
    if own.kind == "stdin":
        parts.append("Write a program that reads standard input and prints the answer.")
        parts.extend(
            f"Input:\n```\n{shorten(case.arguments[0].rstrip())}\n```\n"
            f"Output:\n```\n{shorten(case.expected.rstrip())}\n```"
            for case in examples
        )
    else:
        parts.append(f"Write the {own.kind} `{own.entry}`:\n```python\n{_starter(own.signature)}\n```")
        shown = "\n".join(show_case(own.kind, own.entry, case) for case in examples)
        parts.append(f"Examples:\n```\n{shown}\n```")
    return "\n\n".join(parts)


def show_case(kind: Kind, entry: str, case: Case) -> str:
    """A case as a session of the interpreter."""
    if kind == "function":
        return f">>> {show_call(entry, case.arguments)}\n{show_value(case.expected)}"
    (_, first), *calls = case.arguments
    lines = [f">>> it = {show_call(entry, first)}"]
    for (method, values), result in zip(calls, case.expected, strict=True):
        lines.append(f">>> {show_call('it.' + method, values)}")
        if result is not None:
            lines.append(show_value(result))
    return "\n".join(lines)


def _case(own: OwnProblem, arguments: Arguments) -> Case:
    return Case(arguments, run_reference(own.kind, own.entry, own.reference, arguments))


def _starter(signature: str) -> str:
    lines = []
    for line in signature.strip().splitlines():
        lines.append(line)
        if line.lstrip().startswith("def "):
            lines.append(f"{line[: len(line) - len(line.lstrip())]}    ...")
    return "\n".join(lines)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"code/{name}".encode()).digest()[:8], "big")
