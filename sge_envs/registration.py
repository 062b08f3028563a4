"""The table of environments: id -> class by name, so that importing the package loads no family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium


@dataclass(frozen=True, slots=True)
class Needs:
    """Packages that an extra brings, and what they are for. ``packages`` are import names."""

    extra: str
    packages: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered id. ``needs`` must be there for it to work at all, each of ``optional`` makes it do more."""

    id: str
    entry_point: str
    summary: str
    needs: Needs | None = None
    optional: tuple[Needs, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    details: str = ""
    """Name ("module:function") of what tells the doctor more: it returns lines."""


TABLE = (
    Entry(
        id="SGE-ALFWorld-v0",
        entry_point="sge_envs.alfworld.env:ALFWorldEnv",
        summary="household games: find, clean, heat, cool and place things",
        optional=(
            Needs("alfworld", ("alfworld", "textworld"), "playing through the original engine, to compare with it"),
        ),
    ),
    Entry(
        id="SGE-ToolAPI-v0",
        entry_point="sge_envs.tools.env:ToolAPIEnv",
        summary="an office and a home behind tools: mail, calendar, bank, shop and more, judged by the state",
        optional=(Needs("mcp", ("mcp",), "serving tasks to MCP clients and playing the tools of MCP servers"),),
    ),
    Entry(
        id="SGE-TextWorld-v0",
        entry_point="sge_envs.textworld.env:TextWorldEnv",
        summary="TextWorld games and its generated challenges",
        needs=Needs("textworld", ("textworld",), "playing its games"),
    ),
    Entry(
        id="SGE-CodeSandbox-v0",
        entry_point="sge_envs.code.env:CodeSandboxEnv",
        summary="programming problems with hidden tests, in a sandbox",
        needs=Needs("code", ("pyseccomp",), "running programs in a sandbox"),
        details="sge_envs.code.sandbox.doctor:describe",
    ),
    Entry(
        id="SGE-TextUI-v0",
        entry_point="sge_envs.ui.textui:TextUIEnv",
        summary="the tasks of SGE-ToolAPI-v0 on web pages in a real browser, as text; desktop and phone",
        needs=Needs("ui", ("playwright", "jinja2", "werkzeug"), "showing the apps as pages in Chromium"),
        details="sge_envs.ui.chromium:describe",
    ),
    Entry(
        id="SGE-MiniWoB-v0",
        entry_point="sge_envs.ui.miniwob.env:MiniWoBEnv",
        summary="the web tasks of MiniWoB++ in a real browser, as text",
        needs=Needs("miniwob", ("playwright", "miniwob"), "playing web pages in Chromium"),
        details="sge_envs.ui.chromium:describe",
    ),
)


def register_all() -> None:
    """Register the ids of ``TABLE`` with gymnasium; those that are registered already stay as they are.

    No id has ``max_episode_steps``: gymnasium's TimeLimit would cut an episode from outside, without its verdict.
    """
    for entry in TABLE:
        if entry.id not in gymnasium.registry:
            gymnasium.register(entry.id, entry_point=entry.entry_point, kwargs=dict(entry.defaults))
