"""What docs/agent.md says about settings, and docs/methods.md about exploration methods, is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sge_agent.config import SECTIONS, TrainConfig
from sge_agent.exploration.base import Exploration
from sge_agent.exploration.table import METHODS, PRESETS, settings_of_methods
from sge_agent.settings import settings_of, shown

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "agent.md").read_text(encoding="utf-8")
METHODS_PAGE = (DOCS / "methods.md").read_text(encoding="utf-8")
HOOKS = ("plan", "sampling", "accepts", "more", "bonus", "shape", "replay", "token_loss", "observe")


def settings_table() -> str:
    """Every setting of a run with its default and meaning, section by section."""
    lines: list[str] = []
    for setting in settings_of(TrainConfig):
        if setting.name in SECTIONS:
            lines += ["", f"### {SECTIONS[setting.name]}", "", "| setting | default | meaning |", "|---|---|---|"]
        lines.append(f"| `{setting.flag}` | {shown(setting.default) or 'empty'} | {setting.meaning} |")
    return "\n".join(lines[1:]) + "\n"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    assert PAGE.split("## All settings\n\n")[1] == settings_table()


def rows_of_methods() -> dict[str, list[str]]:
    """The cells of each method's row in docs/methods.md, by its name."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in METHODS_PAGE.splitlines() if line.startswith("| `")]
    return {cells[0].strip().strip("`"): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_every_method_stands_in_the_table_and_nothing_else() -> None:
    assert rows_of_methods().keys() == METHODS.keys()


@pytest.mark.parametrize("name", METHODS)
def test_a_methods_row_has_its_source_hooks_and_defaults(name: str) -> None:
    what, source, hooks, settings, cost, degenerate = rows_of_methods()[name]
    overridden = [hook for hook in HOOKS if getattr(METHODS[name], hook) is not getattr(Exploration, hook)]
    assert what
    assert re.search(r"arXiv \d{4}\.\d{5}|AAAI|ours", source)
    assert hooks == ", ".join(overridden)
    own = [(s.name.removeprefix(f"{name}_"), shown(s.default) or "empty") for s in settings_of_methods()[name]]
    told = [re.fullmatch(r"`(\w+)` (.+) [vs?]", part) for part in settings.split(", ")]
    assert [(part[1], part[2]) for part in told if part] == own
    assert all(told)
    assert cost in ("c0", "c1", "c2", "c3")
    assert set(re.findall(r"`(\w+)`", degenerate)) <= {setting for setting, _ in own}
    assert degenerate


def test_every_composition_of_a_paper_is_told() -> None:
    assert all(f"`{preset}`" in METHODS_PAGE and f"`{parts}`" in METHODS_PAGE for preset, parts in PRESETS.items())
