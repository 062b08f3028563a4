"""BrowserEnv: a text environment over the pages of one site, in a real browser. Families say which site and task."""

from __future__ import annotations

import abc
import io
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from sge_envs.core import Reply, TextEnv
from sge_envs.errors import MissingExtra, ResetNeeded, SnapshotError
from sge_envs.tasks import Task, TaskSet
from sge_envs.ui.actions import Outcome, perform
from sge_envs.ui.calls import Call, NoCall, read_calls
from sge_envs.ui.chromium import BrowserFailed
from sge_envs.ui.host import Host, current_host, is_current
from sge_envs.ui.observe import Book, Style, count_parts, state_of, tell
from sge_envs.ui.session import DESKTOP, BrowserDied, Refused, Screen, Session, open_session
from sge_envs.ui.tab import scripts
from sge_envs.ui.view import View

T = TypeVar("T")

STARTS = 3
"""How often a start is tried when the browser dies under it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds of a page's own clock. An action takes ``least``, and up to ``most`` while the page is at work on
    what the action began."""

    least: int = 100
    most: int = 1000


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Turn:
    """What the calls of one turn came to. ``answers`` are the texts that ``answer`` was given; none with ``done``."""

    view: View
    error: str | None = None
    part: int = 1
    finished: bool = False
    answers: tuple[str, ...] = ()


class BrowserEnv(TextEnv):
    """Pages as text, actions as calls: ``click(3)``, ``fill("Name", "Ada"); press("Enter")``.

    A family writes ``_open``, ``_judge`` and ``_verdict``. The browser is shared by all environments of the
    process and starts with the first ``reset``; each environment has a context of its own, each episode a fresh page.
    Callable from any thread, inside a running asyncio loop, and after a fork.

    If the browser dies, the episode ends truncated, ``info["aborted"]`` says so, and the next ``reset`` starts another.

    Args:
        tasks: what can be played.
        split: the split to draw from.
        max_turns: the horizon; None: unlimited.
        screen: the window's size, and whether it is a phone's.
        pace: how time passes on the page.
        part_chars: a longer page is told in parts of so many characters.
        places: say of every line where on the screen it is; otherwise of drawings only.
        screenshots: give ``info["screenshot"]``, the window as a PNG.
        render_mode: ``"ansi"``, ``"rgb_array"`` or None.

    Raises:
        NoBrowser, MissingExtra, BrowserFailed: at ``reset``, if there is no browser or none that starts.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # type: ignore[misc]  # gymnasium leaves out ClassVar

    def __init__(
        self,
        tasks: TaskSet,
        *,
        split: str = "train",
        max_turns: int | None = None,
        screen: Screen = DESKTOP,
        pace: Pace = PACE,
        part_chars: int = 6000,
        places: bool = False,
        screenshots: bool = False,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(tasks, split=split, max_turns=max_turns, render_mode=render_mode)
        self.screen = screen
        self.pace = pace
        self.screenshots = screenshots
        self._style = Style(part_chars=min(part_chars, self._max_chars - 4000), places=places)
        self._session: Session | None = None
        self._book = Book()
        self._view: View | None = None
        self._png = b""
        self._aborted: str | None = None

    # What a family writes -------------------------------------------------------------------------------------------

    @abc.abstractmethod
    async def _open(self, session: Session, task: Task) -> View:
        """Show the fresh page with which ``task`` begins: ``session.renew``, then ``session.settle``. Awaited on the
        browser's thread."""

    @abc.abstractmethod
    def _judge(self, turn: Turn) -> tuple[float, bool]:
        """Reward of a turn, and whether the task ends with it. Asked after every call of a turn, on either thread."""

    def _objection(self) -> str | None:
        """Why the answer of the turn that was just judged is not taken; None: it is, or there was none."""
        return None

    def _settings(self) -> Mapping[str, Any]:
        """``ignore`` and ``probe`` for the scripts in the page: see ``sge_envs.ui.tab.scripts``."""
        return {}

    def _find_file(self, name: str) -> bytes | None:
        """What a file that the player uploads holds; None: there is none of that name."""
        return None

    def _introduce(self, text: str) -> str:
        """The observation, given the text of the page."""
        return text

    # What every family gets -----------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The page as the player last saw it."""
        if self._view is None:
            raise ResetNeeded("No page is shown: call reset() first.")
        return self._view

    def render(self) -> Any:
        """The last action and observation as text, or the window as an array of shape (height, width, 3)."""
        if self.render_mode != "rgb_array" or self._phase not in ("live", "over"):
            return super().render()
        if not self.screenshots and self._session is not None:
            self._png = self._drive(lambda session: session.screenshot())
        return to_array(self._png)

    def close(self) -> None:
        """Give the context back and end the environment."""
        self._leave()
        super().close()

    def _start(self, task: Task) -> str:
        self._book, self._aborted, self._view, self._png = Book(), None, None, b""
        for attempt in range(STARTS):
            host = current_host()
            try:
                self._view = host.run(self._enter(host, task))
                break
            except (BrowserDied, Refused) as error:  # it died, or did not load in time
                self._leave()
                if attempt == STARTS - 1:
                    raise BrowserFailed(
                        f"The page of the task {task.id!r} does not start ({error}): try another $SGE_CHROMIUM."
                    ) from error
        return self._tell(self.view, None)

    def _act(self, action: str) -> Reply:
        before = self.view
        try:
            calls = read_calls(action)
        except NoCall as error:
            return Reply(self._tell(before, before, error=str(error)), error=str(error))
        try:
            turn = self._drive(lambda session: self._play(session, calls))
        except BrowserDied as error:
            self._aborted = f"{error} The episode ends here, through no fault of the player."
            self._leave()
            return Reply(self._aborted, cut=True)
        self._view = turn.view
        reward, done = self._judge(turn)
        fault = turn.error or self._objection()
        text = self._tell(turn.view, before, error=fault, part=turn.part)
        return Reply(text, reward=0.0 if fault else reward, done=done, error=fault)

    def _state_key(self) -> str:
        return state_of(self.view)

    def _extra_info(self) -> dict[str, Any]:
        info: dict[str, Any] = {"aborted": self._aborted} if self._aborted is not None else {}
        return {**info, "screenshot": self._png} if self.screenshots else info

    def _save(self) -> bytes:
        if self._aborted is not None:
            raise SnapshotError("The browser died in this episode, so it cannot be played again: call reset().")
        return super()._save()

    def _load(self, task: Task, data: bytes) -> str:
        for _ in range(STARTS):
            self._actions = []
            observation = super()._load(task, data)
            if self._aborted is None:
                return observation
        raise BrowserFailed(f"The browser dies whenever the snapshot is played again: {self._aborted}")

    # The inside -----------------------------------------------------------------------------------------------------

    def _drive(self, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        """What ``work`` returns for the session of the running episode.

        Raises:
            BrowserDied: there is no such session any more.
        """
        session = self._session
        if session is None or not is_current(session.host):
            raise BrowserDied("The browser was ended, or belongs to another process.")
        return session.host.run(session.guard(work(session)))

    async def _enter(self, host: Host, task: Task) -> View:
        if self._session is None or self._session.host is not host or not self._session.alive:
            if self._session is not None and self._session.host is host:
                await self._session.close()
            self._session = await open_session(host, self.screen, scripts(self._settings()))
            weakref.finalize(self, _discard, self._session).atexit = False
        return await self._session.guard(self._first_view(self._session, task))

    async def _first_view(self, session: Session, task: Task) -> View:
        view = self._book.enter(await self._open(session, task))
        if self.screenshots:
            self._png = await session.screenshot()
        return view

    async def _play(self, session: Session, calls: Sequence[Call]) -> Turn:
        turn = Turn(self.view)
        for call in calls:
            turn = await self._play_one(session, call, turn)
            if turn.error is not None or turn.finished or self._judge(turn)[1]:
                break
        if self.screenshots:
            self._png = await session.screenshot()
        return turn

    async def _play_one(self, session: Session, call: Call, turn: Turn) -> Turn:
        outcome, error = Outcome(), None
        try:
            session.begin()
            outcome = await session.attempt(perform(session, turn.view, call, self._find_file))
        except Refused as refusal:
            error = str(refusal)
        if outcome.part is not None and outcome.part > (parts := count_parts(turn.view, style=self._style)):
            error = f"There is no part {outcome.part}: the page has {parts}."
        if outcome.finished or outcome.part is not None:
            return Turn(turn.view, error, outcome.part or 1, outcome.finished, outcome.answers)
        least = max(self.pace.least, outcome.wait)
        try:
            view = await session.settle(least, max(least, self.pace.most))
        except Refused as refusal:
            error = error or str(refusal)
            view = await session.settle(least, self.pace.most)
        return Turn(self._book.enter(view), error)

    def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None and is_current(session.host):
            session.host.run(session.close())

    def _tell(self, view: View, before: View | None, *, error: str | None = None, part: int = 1) -> str:
        text = self._introduce(tell(view, before, style=self._style, part=part))
        return f"{error}\n\n{text}" if error else text


def to_array(png: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG: uint8 of shape (height, width, 3).

    Raises:
        MissingExtra: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra.of("ui", package="pillow", purpose='render_mode="rgb_array"') from error
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.uint8)


def _discard(session: Session) -> None:
    """Give back what an environment left without ``close``; called by the garbage collector, so nothing is awaited."""
    if is_current(session.host):
        session.host.spawn(session.close())
