"""One tab: calling the scripts inside of its page, and knowing when the page has settled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sge_envs.ui.view import View, read_view

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

KEY = 'window[Symbol.for("sge_envs.page")]'
NAVIGATION_SECONDS = 10.0
"""How long a page may take to answer and load before it is looked at as it stands."""

KEPT_PAGES = 16
"""Pages after which the browser is told to let go of those that are gone: by itself it keeps them for long, up to 3 MiB each."""

LOAD = 2
"""A document that was loaded counts as so many pages that a document has shown one after the other."""

JUMPS = 20
"""Navigations in a row that are followed within one turn."""

_WIPE = """async () => {
  window.name = "";
  if (self.origin === "null") return;  // nothing was shown yet
  localStorage.clear();
  sessionStorage.clear();
  for (const pair of document.cookie.split(";")) document.cookie = `${pair.split("=")[0]}=;max-age=0`;
  for (const name of await caches.keys()) await caches.delete(name);
  for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
}"""

EPOCH = 1_741_600_800_000
"""What clocks of pages show when they start: Monday, 10 March 2025, 10:00, in milliseconds since 1970."""


def scripts(settings: Mapping[str, Any], *, epoch: int = EPOCH) -> str:
    """What runs in every document before its own scripts. ``settings``: ``ignore``, a selector of what is not shown,
    and ``probe``, an expression whose value every view carries."""
    time, look, describe, read, hands = (
        files("sge_envs.ui").joinpath("scripts", f"{name}.js").read_text(encoding="utf-8").rstrip().removesuffix(";")
        for name in ("time", "look", "describe", "read", "hands")
    )
    called = ((time, epoch), (look, ""), (describe, ""), (read, json.dumps(dict(settings))), (hands, ""))
    return "\n".join(f"({function})({value});" for function, value in called)


class Tab:
    """A tab of a session. All methods are awaited on the host's thread."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.crashed = False
        self.fresh = True  # what it shows first is where going back ends
        self._moved = asyncio.Event()
        self._devtools: CDPSession | None = None
        self._page = ""  # what it shows
        self._shown = 0  # pages of this document
        self._seen = 0  # pages since the last that were let go of
        page.on("framenavigated", self._on_moved)
        page.on("download", lambda download: self._moved.set())
        page.on("crash", self._on_crash)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))  # only "leave this page?" gets here

    async def hand(self, name: str, *values: object) -> Any:
        """Call a function of ``scripts/hands.js``; None where the page is none of ours."""
        script = f"([name, values]) => {KEY}?.hands?.[name](...values) ?? null"
        return await self.page.evaluate(script, [name, list(values)])

    async def goto(self, address: str) -> None:
        """Go to ``address`` and begin to load it; ``settle`` waits for the rest."""
        from playwright.async_api import Error

        try:
            await self.page.goto(address, wait_until="commit", timeout=NAVIGATION_SECONDS * 1000)
        except Error:
            if self.gone:
                raise

    async def follow(self, address: str) -> None:
        """Go to ``address`` of the site as a link of its page would, which may show it without loading another document."""
        if await self.hand("follow", address) is None:
            await self.goto(address)

    async def back(self) -> None:
        """One step back in the tab's history, if there is one."""
        from playwright.async_api import Error

        try:
            await self.page.go_back(wait_until="commit", timeout=NAVIGATION_SECONDS * 1000)
        except Error:
            if self.gone:
                raise

    async def born(self) -> None:
        """Wait until a tab that a page has opened shows something."""
        try:
            async with asyncio.timeout(NAVIGATION_SECONDS):
                while self.page.url == "about:blank":
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return  # it stays empty

    async def wipe(self) -> None:
        """Empty what the page's origin has stored and scripts can see."""
        await self.page.evaluate(_WIPE)

    async def settle(self, least: int, most: int, *, first: str = "", value: object = None) -> View | None:
        """Let the page finish what was begun, and read it.

        ``least`` milliseconds of its own clock pass, and up to ``most`` while it is at work. None: the page is not of
        this site (an error page of the browser's, for example). ``first``: a function that the page calls with
        ``value`` before, when it is loaded.
        """
        from playwright.async_api import Error

        script = f"async ([least, most, value]) => {{ const page = {KEY}; if (!page?.read) return null; "
        start = f"{script} await page.clock.pass(0, 0); await ({first})(value);" if first else script
        rest = " await page.clock.pass(least, most); return page.read(); }"
        view = None
        said: tuple[tuple[str, str], ...] = ()
        blocked: tuple[str, ...] = ()
        popups = 0  # of all readings: each tells only what is new
        for _ in range(JUMPS):
            self._moved.clear()
            try:
                text = await self.page.evaluate(start + rest, [least, most, value])
            except Error:
                if self.gone:
                    raise
                continue  # the page went away while it was read; the next one is there now
            if text is None:
                return None
            view, start = read_view(text), script
            said, blocked, popups = (*said, *view.said), (*blocked, *view.blocked), popups + view.popups
            view = replace(view, said=said, blocked=blocked, popups=popups)
            least = 0  # has passed
            if view.ready:
                if self.fresh:
                    await self._forget_history()
                await self._count(view.document)
                return view
            await self._arrive()
        return view

    @property
    def gone(self) -> bool:
        """Whether there is no page any more."""
        browser = self.page.context.browser
        return self.crashed or self.page.is_closed() or browser is None or not browser.is_connected()

    async def _forget_history(self) -> None:
        """Where the tab has been before cannot be gone back to. Only a page that has loaded can be told so."""
        await self._tell("Page.resetNavigationHistory")
        self.fresh = False

    async def _count(self, page: str) -> None:
        if page == self._page:
            return
        document, _, _ = page.partition(".")  # one document may show several pages
        loaded = not self._page.startswith(f"{document}.")
        self._shown = 1 if loaded else self._shown + 1
        self._page, self._seen = page, self._seen + (LOAD if loaded else 1)
        if self._shown == 2 or self._seen >= KEPT_PAGES:  # loading leaves the most behind
            self._seen = 0
            await self._tell("HeapProfiler.collectGarbage")

    async def _tell(self, command: str) -> None:
        """Give the browser a command for this tab that Playwright has no word for."""
        if self._devtools is None:
            self._devtools = await self.page.context.new_cdp_session(self.page)
        await self._devtools.send(command)

    async def _arrive(self) -> None:
        """Wait for the navigation that the page has begun."""
        try:
            async with asyncio.timeout(NAVIGATION_SECONDS):
                await self._moved.wait()
        except TimeoutError:
            await self.page.evaluate(f"() => {{ if ({KEY}) {KEY}.leaving = false; }}")  # it leads nowhere

    def _on_moved(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self._moved.set()

    def _on_crash(self, page: Page) -> None:
        self.crashed = True
        self._moved.set()
