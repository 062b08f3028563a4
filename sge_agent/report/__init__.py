"""Runs as pages: did they learn, how, and what did the agent actually do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sge_agent.report.arms import arm_names
from sge_agent.report.page import page_html
from sge_agent.report.pages import Pages
from sge_agent.report.run import RunReader

__all__ = ["MOST_IN_ONE_FILE", "write_report"]

MOST_IN_ONE_FILE = 5000
"""With more episodes than that, their texts go into a folder beside the page."""


def write_report(runs: Sequence[Path], out: Path, *, most_in_one_file: int = MOST_IN_ONE_FILE) -> Path:
    """Write the report of one or several run folders to the file ``out`` and return it.

    Works on running, interrupted and finished runs; what is missing is said on the page. With more than ``most_in_one_file``
    episodes the texts go into the folder ``NAME_data`` beside it. Raises ``ValueError`` for a folder that is no run.
    """
    if not runs:
        raise ValueError("a report needs at least one run folder, got none")
    readers = [RunReader(path, name=name) for path, name in zip(runs, _names(runs), strict=True)]
    for reader in readers:
        _check(reader)
        reader.refresh()
    with Pages(out, most_in_one_file=most_in_one_file) as pages:
        for number, reader in enumerate(readers):
            pages.add_run(number, reader.episodes())
        arms = arm_names([reader.config for reader in readers])
        data = [{**reader.since({}), "arm": arm} for reader, arm in zip(readers, arms, strict=True)]
        pages.finish(page_html(data, pages=pages.starts, inline=pages.inline, folder=pages.folder_name))
    return out


def _check(reader: RunReader) -> None:
    path = reader.folder.path
    if not path.exists():
        raise ValueError(f"there is no folder {path}")
    if not reader.begun:
        raise ValueError(f"{path} is no run folder: it has no config.json")


def _names(runs: Sequence[Path]) -> list[str]:
    """The names of the folders, with as many parents as it takes to tell them apart."""
    paths = [path.resolve() for path in runs]
    names = ["/".join(path.parts[-1:]) for path in paths]
    for parents in range(2, 6):
        names = ["/".join(path.parts[-parents:]) if names.count(name) > 1 else name for path, name in zip(paths, names)]
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[i] = f"{name} ({seen[name]})"
    return names
