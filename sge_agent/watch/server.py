"""The page of a run that still goes on, served to this machine alone.

The address holds a random token, without which nothing is told; requests under another host's name (a foreign page that
had its name point here) are refused.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from sge_agent.errors import RunError
from sge_agent.report.arms import arm_names
from sge_agent.report.embed import safe_json
from sge_agent.report.episodes import body_of
from sge_agent.report.index import Have
from sge_agent.report.page import page_html
from sge_agent.report.run import RunReader
from sge_agent.watch.dashboard import state_text

PAGE_EPISODES = 50
"""How many episodes the page asks for at once; the same number stands in its script."""

_LONGEST_QUERY = 2000
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class Gone(LookupError):
    """What is asked for is not there, or not any more."""


class WatchServer:
    """Serves one run until it is closed. ``port`` 0 takes any free one.

    Raises ``RunError`` where the port cannot be had.
    """

    def __init__(self, run: Path, *, port: int = 0) -> None:
        self.reader = RunReader(run)
        self.token = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        try:
            self._server = _Server(port, self)
        except OSError as error:
            raise RunError(f"port {port} cannot be used ({error.strerror}): choose another with --port") from error
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{self.token}/"

    def states(self, *, every: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
        """How the run stands, in words, whenever that changes; never ends."""
        told = ""
        while True:
            with self._lock:
                self._read()
                now = state_text(self.reader)
            if now != told:
                told = now
                yield now
            sleep(every)

    def news(self, have: Have, generation: str) -> dict[str, Any]:
        """The run as the page lacks it: everything, when what it has is of another generation."""
        with self._lock:
            self._read()
            known = have if generation == self.reader.generation and self._possible(have) else {}
            return {**self.reader.since(known), "arm": arm_names([self.reader.config])[0]}

    def page(self) -> str:
        return page_html([self.news({}, "")], live=True)

    def episodes(self, page: int, generation: str) -> list[dict[str, Any]]:
        """The texts of one page of episodes. Raises ``Gone``."""
        with self._lock:
            numbers = range(page * PAGE_EPISODES, min((page + 1) * PAGE_EPISODES, len(self.reader.index)))
            if page < 0 or not numbers or generation != self.reader.generation:
                raise Gone
            try:
                return [body_of(self.reader.episode(number)) for number in numbers]
            except (OSError, ValueError, KeyError) as error:  # the file was written afresh just now
                raise Gone from error

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _read(self) -> None:
        self.reader.refresh()
        for _ in self.reader.episodes():
            pass

    def _possible(self, have: Have) -> bool:
        counts = {"episodes": len(self.reader.index), "rows": len(self.reader.rows)}
        counts |= {name: len(table.items) for name, table in self.reader.index.tables.items()}
        return all(0 <= have.get(name, 0) <= count for name, count in counts.items())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, owner: WatchServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        token, _, place = parts.path.removeprefix("/").partition("/")
        if not self._from_here() or not hmac.compare_digest(token.encode(), self.server.owner.token.encode()):
            return self._answer(403, "text/plain", "This address is not known. Use the one that sge watch printed.\n")
        if len(parts.query) > _LONGEST_QUERY:
            return self._answer(400, "text/plain", "The question is too long.\n")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        owner = self.server.owner
        try:
            if place == "":
                return self._answer(200, "text/html", owner.page())
            if place == "news":
                have, generation = _have(query.get("have", "{}"))
                return self._answer(200, "application/json", safe_json(owner.news(have, generation)))
            if place == "page":
                found = owner.episodes(_whole(query.get("page", "")), query.get("generation", ""))
                return self._answer(200, "application/json", safe_json(found))
        except ValueError as error:
            return self._answer(400, "text/plain", f"{error}\n")
        except Gone:
            pass
        return self._answer(404, "text/plain", "There is nothing here.\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are nobody's news."""

    def _from_here(self) -> bool:
        port = self.server.server_port
        return self.headers.get("Host", "") in (f"127.0.0.1:{port}", f"localhost:{port}")

    def _answer(self, status: int, kind: str, text: str) -> None:
        content = text.encode("utf-8", errors="replace")
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("expected a whole number")
    return int(text)


def _have(text: str) -> tuple[dict[str, int], str]:
    """What the page says that it has. Raises ``ValueError`` for anything but counts and a generation."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("expected an object of counts")
    generation = str(value.pop("generation", ""))
    if not all(type(count) is int for count in value.values()):
        raise ValueError("expected whole numbers")
    return value, generation
