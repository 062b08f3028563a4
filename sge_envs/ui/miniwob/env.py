"""MiniWoB++ as a gymnasium environment: its pages as text, played with the actions of every browser family."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sge_envs.core import Verdict
from sge_envs.errors import DataCorrupt, SGEError
from sge_envs.tasks import Task
from sge_envs.ui.env import BrowserEnv, Pace, Turn
from sge_envs.ui.miniwob.pages import page_path, pages_folder, show_pages
from sge_envs.ui.miniwob.solvers import SOLVERS, Puzzle, Stuck
from sge_envs.ui.miniwob.tasks import FLIGHTS, NAMES, MiniWoBTasks
from sge_envs.ui.session import Screen, Session
from sge_envs.ui.view import View

MAX_TURNS = 30
WINDOW = Screen(500, 320)
"""A little wider than MiniWoB's own, which leaves its lower edge out."""

FLIGHT_WINDOW = Screen(700, 800)

READY_WAITS = 50
"""Tenths of a second, of the page's clock, that a page may need until it is ready."""

_PROBE = """typeof core === "undefined" ? null : {
  done: WOB_DONE_GLOBAL, raw: WOB_RAW_REWARD_GLOBAL, reason: WOB_REWARD_REASON ?? null, ready: WOB_TASK_READY,
  goal: window[Symbol.for("sge_envs.page")].goal ?? null
}"""
_START = """([seed, mode]) => {
  if (typeof core === "undefined") return;
  const page = window[Symbol.for("sge_envs.page")];
  page.clock.begin();
  core.EPISODE_MAX_TIME = 1e9;
  core.setDataMode(mode);
  Math.seedrandom(seed);
  core.startEpisodeReal();
  const said = core.getUtterance();
  page.goal = typeof said === "string" ? said : said.utterance;
}"""


class NoSolver(SGEError, LookupError):
    """The task has no scripted solution, or it knows no next action."""


class MiniWoBEnv(BrowserEnv):
    """MiniWoB++'s web tasks. Reward 1 for a raw reward of exactly 1, whatever time it takes; all else is worth 0.

    The page's clock stands still between turns, and an action takes a tenth of a second of it (or up to one second,
    while the page is at work on what the action began). An instance is a page and a seed, which the task's id names.

    Args:
        task: one task by name (``"click-test"``), several, or None for all 134.
        split: ``"train"`` or ``"test"``: no instance is in both, and pages that tell the two apart are told.
        max_turns: the horizon; None: unlimited.
        places: as in ``BrowserEnv``.
        screenshots: as in ``BrowserEnv``.
        render_mode: as in ``BrowserEnv``.

    Raises:
        UnknownOption, UnknownSplit: an argument has a value that does not exist.
        MissingExtra, NoBrowser: at ``reset``, if the package ``miniwob`` or a browser is not installed.
    """

    def __init__(
        self,
        *,
        task: str | Sequence[str] | None = None,
        split: str = "train",
        max_turns: int | None = MAX_TURNS,
        places: bool = False,
        screenshots: bool = False,
        render_mode: str | None = None,
    ) -> None:
        names = NAMES if task is None else (task,) if isinstance(task, str) else tuple(task)
        super().__init__(
            MiniWoBTasks(names),
            split=split,
            max_turns=max_turns,
            screen=FLIGHT_WINDOW if any(name in FLIGHTS for name in names) else WINDOW,
            pace=Pace(),
            places=places,
            screenshots=screenshots,
            render_mode=render_mode,
        )
        self._given_up = False

    def oracle(self) -> str:
        """The next action of a scripted solution, which reads what the player reads.

        Raises:
            NoSolver: this task has none; the message names those that have one.
        """
        name = self.task.data
        if name not in SOLVERS:
            raise NoSolver(f"There is no scripted solution of {name!r}, but of these: {', '.join(sorted(SOLVERS))}.")
        try:
            return SOLVERS[name](Puzzle(self.task.goal, self.view))
        except Stuck as error:
            raise NoSolver(f"The solution of {self.task.id!r} knows no next action: {error}") from error

    async def _open(self, session: Session, task: Task) -> View:
        self._given_up = False
        pages_folder()
        await session.renew(show_pages, page_path(task.data), stores=task.data in FLIGHTS)
        least = self.pace.least
        view = await session.settle(least, least, first=_START, value=[task.id, task.split])
        if view.probe is None or view.probe["goal"] is None:
            raise DataCorrupt(f"The page of {task.data!r} does not start: install the package miniwob again.")
        for _ in range(READY_WAITS):
            if view.probe["ready"]:
                break
            view = await session.settle(least, least)
        self._task = replace(task, goal=str(view.probe["goal"]))
        return view

    def _judge(self, turn: Turn) -> tuple[float, bool]:
        self._given_up = turn.finished
        end = _end(turn.view)
        return float(end is not None and end["raw"] == 1), end is not None or turn.finished

    def _settings(self) -> Mapping[str, Any]:
        return {"ignore": "#query, #query-wrap, #reward-display, #click-canvas, #sync-task-cover", "probe": _PROBE}

    def _introduce(self, text: str) -> str:
        return f"Task: {self.task.goal}\n{text}"

    def _extra_info(self) -> dict[str, Any]:
        info = super()._extra_info()
        end = _end(self.view)
        return info if end is None else {**info, "raw_reward": float(end["raw"])}

    def _verdict(self) -> Verdict:
        end = _end(self.view)
        if self._aborted is not None:
            return Verdict(False, 0.0, "aborted", self._aborted)
        if end is None:
            said = "You gave the task up" if self._given_up else "You did not finish the task"
            return Verdict(False, 0.0, "given up" if self._given_up else "open", f"{said}.")
        raw = float(end["raw"])
        reason = f" The page says: {json.dumps(end['reason'])}." if end["reason"] else ""
        if raw == 1:
            return Verdict(True, 1.0, "raw=1", f"You solved the task.{reason}")
        said = f"The task ended with {raw:g} points where 1 is right.{reason}"
        return Verdict(False, min(max(raw, 0.0), 0.99), f"raw={raw:g}", said)


def _end(view: View) -> Mapping[str, Any] | None:
    """How the page says that the task ended; None if it goes on. A page that was loaded again is another instance, which
    this episode has not started: its end does not count."""
    probe: Mapping[str, Any] | None = view.probe
    return probe if probe is not None and probe["goal"] is not None and probe["done"] else None
