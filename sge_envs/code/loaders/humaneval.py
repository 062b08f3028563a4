"""HumanEval's format, with a ``test`` that is code, and EvalPlus's, with inputs whose answers the solution gives.

The solutions and the test code of the file run in this process: read files that you trust.
"""

from __future__ import annotations

from typing import Any

from sge_envs.code.build import run_reference
from sge_envs.code.compare import Comparison, Exact, Tolerance
from sge_envs.code.loaders.rows import Format, Label, Row
from sge_envs.code.problem import Asserts, Case, Problem


def label(row: Row) -> Label:
    return Label(str(row["task_id"]))


def problem(row: Row) -> Problem:
    prompt, entry = row["prompt"], row["entry_point"]
    reference = prompt + row["canonical_solution"]
    cases: tuple[Case, ...] = ()
    asserts: Asserts | None = None
    comparison: Comparison = Exact()
    if "test" in row:
        asserts = Asserts(row["test"], context=reference)
    else:
        inputs = [tuple(values) for values in (*row["base_input"], *row["plus_input"])]
        cases = tuple(Case(values, run_reference("function", entry, reference, values)) for values in inputs)
        comparison = _tolerance(row.get("atol", 0))
    return Problem(
        id=label(row).id,
        title=entry,
        statement=f"Complete the function `{entry}`:\n```python\n{prompt.strip()}\n```",
        kind="function",
        entry=entry,
        difficulty="",
        topics=(),
        reference=reference,
        cases=cases,
        asserts=asserts,
        setup=prompt.rpartition(f"def {entry}(")[0],
        comparison=comparison,
    )


def _tolerance(atol: Any) -> Tolerance:
    """EvalPlus's own: floats are compared with numpy.allclose and these values."""
    return Tolerance(rel=1e-7, abs=max(float(atol), 1e-6))


HUMANEVAL = Format("humaneval", label, problem)
