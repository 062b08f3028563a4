"""MBPP's format, full (``text``, ``test_setup_code``) and sanitized (``prompt``, ``test_imports``).

The solutions and the tests of the file run in this process: read files that you trust.
"""

from __future__ import annotations

import ast

from sge_envs.code.loaders.rows import Format, Label, Row
from sge_envs.code.problem import Asserts, Problem


def label(row: Row) -> Label | None:
    """None where the tests hand over objects of a class of the solution's own: only plain values enter the sandbox."""
    plain = _defined(row, ast.ClassDef).isdisjoint(_called(row))
    return Label(f"MBPP/{row['task_id']}") if plain else None


def problem(row: Row) -> Problem:
    entry = _find_entry(row)
    tests = [*row["test_list"], *row.get("challenge_test_list", ())]
    body = [*ast.parse(f"{entry} = candidate").body, *(line for test in tests for line in ast.parse(test).body)]
    check = ast.parse("def check(candidate): pass")
    function = check.body[0]
    if isinstance(function, ast.FunctionDef):
        function.body = body
    setup = "\n".join([*row.get("test_imports", ()), row.get("test_setup_code", "")]).strip()
    text = str(row["text"] if "text" in row else row["prompt"]).strip()
    return Problem(
        id=f"MBPP/{row['task_id']}",
        title=entry,
        statement=f"{text}\n\nWrite the function `{entry}`. One of its tests:\n```python\n{tests[0].strip()}\n```",
        kind="function",
        entry=entry,
        difficulty="",
        topics=(),
        reference=str(row["code"]).replace("\r\n", "\n"),
        asserts=Asserts(ast.unparse(check), context=f"{setup}\n{row['code']}"),
    )


def _find_entry(row: Row) -> str:
    """The function of the solution that the tests call."""
    defined = _defined(row, ast.FunctionDef)
    return next(name for name in _called(row) if name in defined)


def _called(row: Row) -> list[str]:
    """What the tests call by name, as it comes."""
    nodes = (node for test in row["test_list"] for node in ast.walk(ast.parse(test)))
    return [node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]


def _defined(row: Row, kind: type[ast.FunctionDef] | type[ast.ClassDef]) -> set[str]:
    return {node.name for node in ast.parse(row["code"]).body if isinstance(node, kind)}


MBPP = Format("mbpp", label, problem)
