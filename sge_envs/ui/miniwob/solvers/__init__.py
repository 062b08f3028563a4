"""Scripted solutions of many of the tasks, which see what the player sees and act with the player's actions."""

from __future__ import annotations

from collections.abc import Mapping

from sge_envs.ui.miniwob.solvers.clicks import CLICKS
from sge_envs.ui.miniwob.solvers.forms import FORMS
from sge_envs.ui.miniwob.solvers.lists import LISTS
from sge_envs.ui.miniwob.solvers.puzzle import Puzzle, Solver, Stuck

SOLVERS: Mapping[str, Solver] = {**CLICKS, **FORMS, **LISTS}
"""By the name of the task."""

__all__ = ["SOLVERS", "Puzzle", "Solver", "Stuck"]
