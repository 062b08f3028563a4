"""``SGE-TextUI-v0``: the office and the home of ``SGE-ToolAPI-v0`` as web pages, in a real browser, as text."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from sge_envs.core import Verdict
from sge_envs.errors import MissingExtra, ResetNeeded
from sge_envs.tasks import Task
from sge_envs.tools.caller import check_choice
from sge_envs.tools.desk import ask
from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Call
from sge_envs.tools.tasks import ToolTasks, prepared
from sge_envs.ui.calls import write_call
from sge_envs.ui.env import BrowserEnv, Turn
from sge_envs.ui.observe import state_of
from sge_envs.ui.session import DESKTOP, PHONE, Session
from sge_envs.ui.view import View

if TYPE_CHECKING:
    from sge_envs.ui.pages.site import Site

ScreenName = Literal["desktop", "phone"]
MAX_TURNS = 60
_END = "The task was not ended: answer(...) or done()."


class TextUIEnv(BrowserEnv):
    """An assistant's work in the apps of one person, done on web pages. Tasks, judgement and state are those of
    ``SGE-ToolAPI-v0``: what is done on the pages is done by the operations behind its tools.

    Success: everything that the task asks for has changed, nothing else has, and the answer is right. Reward 1 then,
    else 0, when the player ends the task with ``answer("...")`` or ``done()``, or on the page for it.

    Args:
        split: the split to draw from.
        difficulty, scenarios: only tasks of this kind.
        screen: ``"desktop"`` or ``"phone"`` (a small window with touch).
        max_turns: the horizon; None: unlimited.
        part_chars: a longer page is told in parts of so many characters.
        places, screenshots, render_mode: as in ``BrowserEnv``.

    Raises:
        UnknownOption, UnknownSplit: an argument has a value that does not exist.
        MissingExtra, NoBrowser: at ``reset``, if the pages' packages or a browser are not installed.
    """

    def __init__(
        self,
        *,
        split: str = "train",
        difficulty: str | None = None,
        scenarios: Sequence[str] | None = None,
        screen: ScreenName = "desktop",
        max_turns: int | None = MAX_TURNS,
        part_chars: int = 6000,
        places: bool = False,
        screenshots: bool = False,
        render_mode: str | None = None,
    ) -> None:
        check_choice(screen, get_args(ScreenName), "screen")
        super().__init__(
            ToolTasks(difficulty=difficulty, names=scenarios),
            split=split,
            max_turns=max_turns,
            screen=PHONE if screen == "phone" else DESKTOP,
            part_chars=part_chars,
            places=places,
            screenshots=screenshots,
            render_mode=render_mode,
        )
        self._lock = threading.RLock()  # between the server's threads, which serve pages, and the caller's
        self._episode = Episode(ending=_END)
        self._site: Site | None = None
        self._untaken: str | None = None

    def scripted_reply(self, question: str) -> str:
        """What the user says when asked ``question`` on the page for it; costs no turn.

        Raises:
            ResetNeeded: no task is being played.
        """
        self._check_playing()
        with self._lock:
            return ask(self._episode.box.desk, question)

    def oracle(self) -> str:
        """The next action of a solution, from wherever the player is.

        Raises:
            ResetNeeded: no task is being played.
        """
        self._check_playing()
        from sge_envs.ui.pages.guide import next_action

        with self._lock:
            call = self._episode.next_call()
            if call.name == "task.finish":
                return _finish(call)
            return next_action(call, self.view, self._episode.world.call)

    def close(self) -> None:
        """Free the world and give the browser's context back; a second call is legal."""
        super().close()
        with self._lock:
            self._dismiss()
            self._episode.box.close()

    # What BrowserEnv asks for ---------------------------------------------------------------------------------------

    def _start(self, task: Task) -> str:
        try:
            from sge_envs.ui.pages.site import Site
        except ModuleNotFoundError as error:
            raise MissingExtra.of("ui", package=str(error.name), purpose="Showing the apps as pages") from error
        with self._lock:
            self._dismiss()
            self._episode.begin(prepared(task))
            self._site = Site(self._episode, self._lock)
        return super()._start(task)

    async def _open(self, session: Session, task: Task) -> View:
        assert self._site is not None
        await session.renew(self._site, "/", stores=False)
        return await session.settle(self.pace.least, self.pace.least)

    def _judge(self, turn: Turn) -> tuple[float, bool]:
        with self._lock:
            self._untaken = None
            if turn.finished and not self._episode.finished:
                result = self._episode.call(_finishing(turn))
                self._untaken = None if result.ok else result.message
            return float(self._episode.solved()), self._episode.finished

    def _objection(self) -> str | None:
        return self._untaken

    def _verdict(self) -> Verdict:
        if self._aborted is not None:
            return Verdict(False, 0.0, "aborted", self._aborted)
        with self._lock:
            return self._episode.verdict()

    def _state_key(self) -> str:
        with self._lock:
            return f"{self._episode.key()}-{state_of(self.view)}"

    def _introduce(self, text: str) -> str:
        return f"Task: {self.task.goal}\n{text}"

    def _find_file(self, name: str) -> bytes | None:
        """One of the user's own files in the world, by its name."""
        with self._lock:
            call = self._episode.world.call
            found = call("files.search", {"query": name[:100], "page_size": 50})
            known = [one["id"] for one in found.value["files"] if one["name"] == name] if found.ok else []
            read = call("files.read", {"file_id": known[0]}) if known else found
            return str(read.value["content"]).encode() if known and read.ok else None

    # The inside -----------------------------------------------------------------------------------------------------

    def _check_playing(self) -> None:
        if self._site is None or self._task is None:
            raise ResetNeeded("No task is being played: call reset() first.")

    def _dismiss(self) -> None:
        """Pages of an earlier episode reach nothing any more."""
        if self._site is not None:
            self._site.closed = True
            self._site = None


def _finishing(turn: Turn) -> Call:
    arguments: dict[str, Any] = {}
    if len(turn.answers) == 1:
        arguments["answer"] = turn.answers[0]
    elif turn.answers:
        arguments["answers"] = list(turn.answers)
    return Call("task.finish", arguments)


def _finish(call: Call) -> str:
    if "answers" in call.arguments:
        return write_call("answer", *call.arguments["answers"])
    return write_call("answer", call.arguments["answer"]) if "answer" in call.arguments else write_call("done")
