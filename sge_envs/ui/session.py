"""What one environment has of the browser: a context of its own, with its tabs, its token and its clipboard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from sge_envs.ui.host import CLOSE_SECONDS, Host
from sge_envs.ui.server import COOKIE, Site
from sge_envs.ui.tab import NAVIGATION_SECONDS, Tab
from sge_envs.ui.view import View

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

T = TypeVar("T")
_logger = logging.getLogger(__name__)

TURN_SECONDS = 60.0
"""How long one turn may take before its page counts as dead."""

MAX_TABS = 8


class BrowserDied(Exception):
    """The browser, its driver or the page's process ended, or does not answer. The message says which."""


class Refused(Exception):
    """The page does not allow what the player asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Size of the window in pixels; ``touch``: a phone, whose taps and page widths are a phone's."""

    width: int
    height: int
    touch: bool = False


DESKTOP = Screen(1280, 800)
PHONE = Screen(390, 844, touch=True)


class Session:
    """A context of the browser. Make one with ``open_session``; all methods are awaited on the host's thread."""

    def __init__(self, host: Host, browser: Browser, context: BrowserContext, screen: Screen) -> None:
        self.host = host
        self.screen = screen
        self.tabs: list[Tab] = []
        self.active = 0
        self.clipboard = ""
        self._browser = browser
        self._context = context
        self._site: Site | None = None
        self._token = ""
        self._path = "/"  # the last page of the site that was shown
        self._known = 0  # tabs before the action
        self._closed = False
        self._came = asyncio.Event()
        context.on("page", self._on_page)

    @property
    def tab(self) -> Tab:
        """The tab in front."""
        return self.tabs[self.active]

    @property
    def origin(self) -> str:
        """Scheme, host and port of the site."""
        return self.host.server.origin

    @property
    def alive(self) -> bool:
        """Whether the browser still runs this session."""
        return self._browser.is_connected() and not (self.tabs and self.tab.gone)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns.

        Raises:
            BrowserDied: the browser did not survive it, or takes too long.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS):
                return await work
        except TimeoutError as error:
            await self.host.discard(self._browser)
            raise BrowserDied(f"The page did not answer for {TURN_SECONDS:.0f} seconds.") from error
        except Exception as error:
            if await self.answers():
                raise
            raise BrowserDied("The browser died.") from error

    async def attempt(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns.

        Raises:
            Refused: the browser would not do it, and goes on.
        """
        from playwright.async_api import Error

        try:
            return await work
        except Error as error:
            if await self.answers():
                raise Refused(f"The browser refuses this: {error.message.splitlines()[0][:200]}") from error
            raise

    async def answers(self) -> bool:
        """Whether the page in front still does what it is told."""
        if not self.alive or not self.tabs:
            return self.alive
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                return bool(await self.tab.page.evaluate("() => true"))
        except Exception as error:  # a driver that died raises plain exceptions
            _logger.debug("the page does not answer", exc_info=error)
            return False

    async def renew(self, site: Site, path: str, *, stores: bool = True) -> None:
        """One fresh page, ``path`` of ``site``: nothing of what was before is left. Every other site is under a new
        token. ``stores=False``: pages of this site keep nothing in the browser, so that there is nothing to empty."""
        while len(self.tabs) > 1:
            await self.tabs.pop().page.close()
        self.active = 0
        self.clipboard = ""
        if not self.tabs:
            await self._context.new_page()
        if stores:
            await self.tab.wipe()
        await self.tab.page.mouse.move(0, 0)
        if site is not self._site:
            await self._admit(site)
        await self.tab.goto(self.origin + path)
        self.tab.fresh = True

    def begin(self) -> None:
        """An action begins: a tab that comes from now on is its doing."""
        self._known = len(self.tabs)

    async def settle(self, least: int, most: int, *, first: str = "", value: object = None) -> View:
        """What the tab in front shows when it has finished; a tab that was opened comes to the front. ``first`` and
        ``value``: see ``Tab.settle``.

        Raises:
            Refused: the tab has left the site; it is back there now.
        """
        view = await self.tab.settle(least, most, first=first, value=value)
        if view is not None and view.popups:
            await self._wait_for_tabs(self._known + view.popups)
        if len(self.tabs) > self._known > 0:
            self.active = len(self.tabs) - 1
            await self.tab.born()
            view = await self.tab.settle(least, most)
        if view is None or view.origin != self.origin:
            await self._return()
            raise Refused("That page is not of this site, or cannot be shown.")
        self._path, self._known = view.path, len(self.tabs)
        return replace(view, tab=self.active + 1, tabs=len(self.tabs))

    def address(self, path: str) -> str:
        """The whole address of a path, as seen from the page in front.

        Raises:
            Refused: it is not of this site.
        """
        if any(ord(letter) <= 32 or letter == "\\" for letter in path):
            raise Refused(f"{path[:80]!r} is no address: a path such as /start has no spaces in it.")
        try:
            whole = urlsplit(urljoin(self.origin + self._path, path))
        except ValueError as error:
            raise Refused(f"{path[:80]!r} is no address.") from error
        if f"{whole.scheme}://{whole.netloc}" != self.origin:
            raise Refused(f"{path[:80]!r} leads out of this site: only paths such as /start can be gone to.")
        return whole.geturl()

    async def open_tab(self, path: str) -> None:
        """A new tab in front."""
        address = self.address(path)
        if len(self.tabs) >= MAX_TABS:
            raise Refused(f"There are {MAX_TABS} tabs already: close one first.")
        await self._context.new_page()
        self.active = len(self.tabs) - 1
        await self.tab.goto(address)

    async def show_tab(self, number: int) -> None:
        """Bring tab ``number`` (from 1) to the front."""
        self._check_tab(number)
        self.active = number - 1
        await self.tab.page.bring_to_front()

    async def close_tab(self, number: int) -> None:
        """Close tab ``number``; there is always one."""
        self._check_tab(number)
        if len(self.tabs) == 1:
            raise Refused("This is the only tab: it stays open.")
        closing = self.tabs[number - 1]
        await closing.page.close()
        self._drop(closing)
        self._known = len(self.tabs)

    async def screenshot(self) -> bytes:
        """The window as a PNG."""
        return await self.tab.page.screenshot(type="png", animations="disabled", scale="css")

    async def close(self) -> None:
        """End the context; nothing happens if the browser is dead."""
        self.host.server.dismiss(self._token)
        if self._closed or not self._browser.is_connected():
            return
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._context.close()
        except Exception as error:  # a browser that cannot close a context is no use to anybody
            _logger.debug("the context does not close", exc_info=error)
            await self.host.discard(self._browser)

    # The inside -----------------------------------------------------------------------------------------------------

    async def _admit(self, site: Site) -> None:
        self.host.server.dismiss(self._token)
        self._site, self._token = site, self.host.server.admit(site)
        await self._context.clear_cookies()
        await self._context.add_cookies(
            [{"name": COOKIE, "value": self._token, "url": self.origin, "httpOnly": True, "sameSite": "Strict"}]
        )

    def _check_tab(self, number: int) -> None:
        if not 1 <= number <= len(self.tabs):
            raise Refused(f"There is no tab {number}: there are {len(self.tabs)}.")

    def _on_page(self, page: Page) -> None:
        tab = Tab(page)
        self.tabs.append(tab)
        page.on("close", lambda page: self._drop(tab))
        self._came.set()

    def _drop(self, tab: Tab) -> None:
        if tab in self.tabs and len(self.tabs) > 1:
            front = self.tab
            self.tabs.remove(tab)
            self.active = self.tabs.index(front) if front in self.tabs else len(self.tabs) - 1

    async def _wait_for_tabs(self, number: int) -> None:
        try:
            async with asyncio.timeout(NAVIGATION_SECONDS):
                while len(self.tabs) < number:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            _logger.debug("a tab that the page asked for did not come")

    async def _return(self) -> None:
        """Back to the site, from wherever the tab went."""
        if len(self.tabs) > 1:
            await self.tab.page.close()
        else:
            await self.tab.goto(self.origin + self._path)


async def open_session(host: Host, screen: Screen, script: str) -> Session:
    """A new session in the host's browser, which is started if it does not run. It has no page yet.

    Raises:
        NoBrowser, MissingExtra, BrowserFailed: there is no browser, or none that starts.
        BrowserDied: it died just now.
    """
    browser = await host.browser()
    try:
        context = await browser.new_context(
            viewport={"width": screen.width, "height": screen.height},
            has_touch=screen.touch,
            is_mobile=screen.touch,
            locale="en-US",
            timezone_id="UTC",
            color_scheme="light",
            reduced_motion="reduce",
            accept_downloads=False,
            service_workers="block",
        )
        await context.add_init_script(script)
    except Exception as error:
        await host.discard(browser)
        raise BrowserDied("The browser died.") from error
    return Session(host, browser, context, screen)
