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
        id="SGE-TextWorld-v0",
        entry_point="sge_envs.textworld.env:TextWorldEnv",
        summary="TextWorld games and its generated challenges",
        needs=Needs("textworld", ("textworld",), "playing its games"),
    ),
)


def register_all() -> None:
    """Register the ids of ``TABLE`` with gymnasium; those that are registered already stay as they are.

    No id has ``max_episode_steps``: gymnasium's TimeLimit would cut an episode from outside, without its verdict.
    """
    for entry in TABLE:
        if entry.id not in gymnasium.registry:
            gymnasium.register(entry.id, entry_point=entry.entry_point, kwargs=dict(entry.defaults))
