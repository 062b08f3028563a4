"""A run as one self-contained HTML page: did it learn, how, and what did the agent actually do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sge_agent.jsonlines import write_text_atomically
from sge_agent.report.load import load_run
from sge_agent.report.page import page_html

__all__ = ["write_report"]


def write_report(runs: Sequence[Path], out: Path) -> Path:
    """Write the report of one or several run folders to the file ``out`` and return it.

    Works on running, interrupted and finished runs. Raises ``ValueError`` for a folder that is no run.
    """
    if not runs:
        raise ValueError("a report needs at least one run folder, got none")
    write_text_atomically(out, page_html([load_run(path) for path in runs]))
    return out
