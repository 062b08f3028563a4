"""One background thread in a process: an asyncio loop, Playwright's async API, one browser and one local server.

Playwright's sync API works in one thread only, and in none that runs an asyncio loop. Here environments hand coroutines
to the thread from wherever they are called. A forked or spawned process gets a thread and a browser of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import selectors
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from sge_envs.ui.chromium import BrowserFailed, find_browser, launch_flags, may_sandbox
from sge_envs.ui.server import LocalServer

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

T = TypeVar("T")
_logger = logging.getLogger(__name__)

LAUNCH_SECONDS = 60.0
CLOSE_SECONDS = 5.0


class Host:
    """The thread and what runs on it. Get the process's own from ``current_host``.

    Everything but ``run``, ``spawn``, ``close`` and ``abandon`` belongs to the thread: await it there.
    """

    def __init__(self) -> None:
        self.server = LocalServer()
        self._selector = selectors.DefaultSelector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._loop.set_exception_handler(_report)
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._tasks: set[asyncio.Task[object]] = set()  # asyncio itself keeps weak references only
        self._thread = threading.Thread(target=self._loop.run_forever, name="sge-ui-browser", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns or raises, awaited on the thread; callable from any other thread."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C in the calling thread leaves nothing running here
            raise

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Begin ``work`` on the thread without waiting for it."""
        self._loop.call_soon_threadsafe(self._begin, work)

    async def browser(self) -> Browser:
        """The browser, started now if it does not run.

        Raises:
            NoBrowser, MissingExtra: there is none to start.
            BrowserFailed: it does not start.
        """
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._launch()
            return self._browser

    async def discard(self, browser: Browser) -> None:
        """End a browser that does not answer any more, and the driver with it."""
        async with self._starting:
            if self._browser is browser:
                await self._stop()

    def close(self) -> None:
        """End the browser, the driver, the server and the thread."""
        try:
            self.run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self.server.close()

    def abandon(self) -> None:
        """In a forked child: let go of the pipes to the parent's driver, which ends when all their ends are closed.

        Numbers of descriptors stay taken, since objects here still hold them.
        """
        nothing = os.open(os.devnull, os.O_RDWR)
        for key in self._selector.get_map().values():
            os.dup2(nothing, key.fd, inheritable=False)
        os.close(nothing)
        self.server.forget()

    # The inside -----------------------------------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, object]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _launch(self) -> Browser:
        path = find_browser()  # says what is missing, before anything is imported
        from playwright.async_api import Error

        for attempt in (1, 2):
            try:
                async with asyncio.timeout(LAUNCH_SECONDS):
                    return await (await self._driver()).chromium.launch(
                        executable_path=path,
                        args=launch_flags(self.server.port),
                        chromium_sandbox=may_sandbox(),
                        handle_sigint=False,
                        handle_sigterm=False,
                        handle_sighup=False,
                    )
            except Exception as error:  # a driver that died raises Playwright's errors, plain ones, or hangs
                await self._stop()
                if attempt == 2:
                    said = error.message.splitlines()[0] if isinstance(error, Error) else repr(error)
                    raise BrowserFailed(
                        f"{path} does not start ({said}): try it by hand, or set $SGE_CHROMIUM."
                    ) from error
        raise AssertionError("the loop above returns or raises")

    async def _driver(self) -> Playwright:
        if self._playwright is None:
            from playwright.async_api import async_playwright

            self._playwright = await async_playwright().start()
        return self._playwright

    async def _stop(self) -> None:
        browser, self._browser = self._browser, None
        driver, self._playwright = self._playwright, None
        for end in (browser.close if browser else None, driver.stop if driver else None):
            if end is None:
                continue
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await end()
            except Exception as error:  # it is dead already, which is what was wanted
                _logger.debug("the browser did not end in good order", exc_info=error)


def current_host() -> Host:
    """The host of this process, started now if there is none."""
    with _process.lock:
        if _process.host is None:
            _process.host = Host()
            atexit.register(shutdown)
        return _process.host


def is_current(host: Host) -> bool:
    """Whether ``host`` is this process's and runs."""
    return _process.host is host


def shutdown() -> None:
    """End this process's browser, if it has one. The next ``reset`` of an environment starts another."""
    with _process.lock:
        host, _process.host = _process.host, None
    if host is not None:
        host.close()


class _Process:
    """What this process has: at most one host."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.host: Host | None = None
        self.abandoned: list[Host] = []  # of a parent; kept, since its objects would close descriptors when they go

    def after_fork(self) -> None:
        self.lock = threading.Lock()
        if self.host is not None:
            self.host.abandon()
            self.abandoned.append(self.host)
            self.host = None


_process = _Process()
os.register_at_fork(after_in_child=_process.after_fork)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Errors that nobody awaits come from a browser that died: whoever was using it has been told."""
    _logger.debug(context.get("message", ""), exc_info=context.get("exception"))
