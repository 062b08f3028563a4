"""What docs/agent.md says about settings and methods is what there is."""

from __future__ import annotations

from pathlib import Path

from sge_agent.config import SECTIONS, TrainConfig
from sge_agent.exploration.table import METHODS, PRESETS, settings_of_methods
from sge_agent.settings import settings_of, shown

PAGE = (Path(__file__).parents[2] / "docs" / "agent.md").read_text(encoding="utf-8")


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


def test_every_method_stands_in_the_table_with_its_settings_and_defaults() -> None:
    for name in METHODS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        for setting in settings_of_methods()[name]:
            short = setting.name.removeprefix(f"{name}_")
            default = "1e-3" if setting.default == 1e-3 and short == "learning_rate" else shown(setting.default)
            assert f"`{short}` {default}" in row, setting.name
    for preset, parts in PRESETS.items():
        assert f"`{preset}`" in PAGE
        assert f"`{parts}`" in PAGE
