"""The format of APPS: programs, and functions where ``input_output`` has a ``fn_name``."""

from __future__ import annotations

import json
import re
from typing import Any

from sge_envs.code.compare import Tolerance
from sge_envs.code.loaders.contests import (
    CASE_SECONDS,
    DIFFICULTIES,
    IMPORTS,
    SUBMISSION_SECONDS,
    entry_of,
    statement_of,
)
from sge_envs.code.loaders.rows import Format, Label, Row
from sge_envs.code.problem import Case, Problem

_NO_INPUTS = re.compile(r'"inputs":\s*\[\s*\]')


def label(row: Row) -> Label | None:
    """None for rows without tests, of which APPS has some."""
    if not row["input_output"] or _NO_INPUTS.search(row["input_output"]):
        return None
    return Label(f"APPS/{_number(row)}", DIFFICULTIES[row["difficulty"]])


def problem(row: Row) -> Problem:
    tests = json.loads(row["input_output"])
    name = tests.get("fn_name")
    starter = row.get("starter_code") or ""
    solutions = json.loads(row["solutions"]) if row["solutions"] else [""]
    entry = entry_of(name, starter) if name else ""
    inputs, outputs = tests["inputs"], tests["outputs"]
    if name:
        cases = [Case(tuple(values), result) for values, result in zip(inputs, _unwrap(outputs, starter), strict=True)]
    else:
        cases = [Case((_text(given),), _text(result)) for given, result in zip(inputs, outputs, strict=True)]
    return Problem(
        id=f"APPS/{_number(row)}",
        title=name or f"APPS {_number(row)}",
        statement=statement_of(row["question"], starter, program=not name),
        kind="function" if name else "stdin",
        entry=entry,
        difficulty=DIFFICULTIES[row["difficulty"]],
        topics=(),
        reference=solutions[0],
        cases=tuple(cases),
        setup=IMPORTS if name else "",
        comparison=Tolerance(rel=1e-6, abs=1e-6),
        time_limit=CASE_SECONDS,
        time_budget=SUBMISSION_SECONDS,
    )


def _number(row: Row) -> Any:
    return row["problem_id"] if "problem_id" in row else row["id"]


def _text(value: str | list[str]) -> str:
    """A text, which some rows give as the list of its lines."""
    return value if isinstance(value, str) else "\n".join(map(str, value))


def _unwrap(outputs: list[Any], starter: str) -> list[Any]:
    """The results. Where there is no starter code of LeetCode's, APPS puts each into a list of its own."""
    wrapped = "class Solution" not in starter and all(isinstance(one, list) and len(one) == 1 for one in outputs)
    return [one[0] for one in outputs] if wrapped else outputs


APPS = Format("apps", label, problem)
