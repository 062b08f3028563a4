"""The format of LeetCodeDataset: HumanEval's, around methods of a class ``Solution``.

The solutions and the tests of the file run in this process: read files that you trust.
"""

from __future__ import annotations

import ast
import sys

from sge_envs.code.loaders.contests import DIFFICULTIES, SUBMISSION_SECONDS
from sge_envs.code.loaders.nodes import CLASSES, INSIDE, OUTSIDE, WRAP
from sge_envs.code.loaders.rows import Format, Label, Row
from sge_envs.code.problem import Asserts, Difficulty, Problem


def label(row: Row) -> Label:
    tags = row.get("tags") or ()
    return Label(f"LeetCode/{row['task_id']}", _difficulty(row), tuple(str(tag).lower() for tag in tags))


def problem(row: Row) -> Problem:
    mark = label(row)
    meta = row.get("meta") or {}  # older releases keep these fields there
    text = row.get("problem_description") or meta.get("question_title") or row["query"]
    starter = row.get("starter_code") or meta.get("lang_code") or ""
    nodes = "tree_node" in row["test"] or "list_node" in row["test"]
    imports = _leave_out_packages(row["prompt"])
    prompt = f"{CLASSES}\n{imports}" if nodes else imports
    return Problem(
        id=mark.id,
        title=str(row["task_id"]),
        statement=f"{text.strip()}\n\nComplete this code:\n```python\n{starter.rstrip()}\n```",
        kind="function",
        entry=f"{WRAP}({row['entry_point']})" if nodes else row["entry_point"],
        difficulty=_difficulty(row),
        topics=mark.topics,
        reference=row["completion"],
        asserts=Asserts(row["test"], prompt + OUTSIDE, wrap=WRAP) if nodes else Asserts(row["test"], prompt),
        setup=prompt + INSIDE if nodes else prompt,
        time_budget=SUBMISSION_SECONDS,
    )


def _leave_out_packages(source: str) -> str:
    """The source without its imports of packages beyond the standard library, which no sandbox has (sortedcontainers)."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not _packages(node) - sys.stdlib_module_names]
    return ast.unparse(tree)


def _packages(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return {name.name.partition(".")[0] for name in node.names} if isinstance(node, ast.Import) else set()


def _difficulty(row: Row) -> Difficulty:
    said = row.get("difficulty") or row["meta"]["difficulty"]
    return DIFFICULTIES[str(said).lower()]


LEETCODE = Format("leetcode", label, problem)
