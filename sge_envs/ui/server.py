"""One small web server on the loopback interface, which shows each visitor the one site that its token is for.

A visitor is known by a cookie that the browser is given before its first request, or by an invitation: an address that
sets the cookie and is worth nothing afterwards. Without a token that is known there is no page, so neither another user
of the machine nor another episode gets in.
"""

from __future__ import annotations

import hmac
import secrets
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

COOKIE = "sge_session"
"""Name of the cookie that holds the token."""

INVITATION = "/enter/"
"""Where the paths of invitations begin."""

Site = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application: what any Python web framework without asyncio makes."""


class LocalServer:
    """Serves sites at ``origin``, from threads of its own, until ``close``. Starting it binds ``port``; 0: a free one."""

    def __init__(self, port: int = 0) -> None:
        self._sites: dict[str, Site] = {}
        self._invited: dict[str, Site] = {}
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.set_app(self._choose)
        self.port = int(self._server.server_address[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="sge-ui-server", daemon=True)
        self._thread.start()

    def admit(self, site: Site) -> str:
        """A new token; whoever shows it sees ``site``."""
        token = secrets.token_urlsafe(24)
        self._sites[token] = site
        return token

    def invite(self, site: Site) -> str:
        """An address that lets one browser see ``site``: the first that opens it."""
        key = secrets.token_urlsafe(24)
        self._invited[f"{INVITATION}{key}"] = site
        return f"{self.origin}{INVITATION}{key}"

    def dismiss(self, token: str) -> None:
        """The token is worth nothing any more."""
        self._sites.pop(token, None)

    def close(self) -> None:
        """Stop serving; safe to call twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget(self) -> None:
        """Let go of the socket in a forked child, where the threads do not run."""
        self._server.socket.close()

    def _choose(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") != self.origin.removeprefix("http://"):
            return refuse(start_response)  # a page of another name that points at this machine
        invited = self._invited.pop(environ.get("PATH_INFO", ""), None)
        if invited is not None:
            return self._welcome(invited, start_response)
        shown = _token_of(environ)
        for token, site in list(self._sites.items()):
            if hmac.compare_digest(token, shown):
                return site(environ, start_response)
        return refuse(start_response)

    def _welcome(self, site: Site, start_response: Any) -> Iterable[bytes]:
        cookie = f"{COOKIE}={self.admit(site)}; Path=/; HttpOnly; SameSite=Strict"
        start_response("303 See Other", [("Location", "/"), ("Set-Cookie", cookie), ("Cache-Control", "no-store")])
        return [b""]


def refuse(start_response: Any, status: str = "403 Forbidden") -> Iterable[bytes]:
    """A page that says no more than its status."""
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [status.encode()]


def _token_of(environ: Mapping[str, Any]) -> str:
    try:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return ""
    value = cookie[COOKIE].value if COOKIE in cookie else ""
    return value if value.isascii() else ""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def server_bind(self) -> None:
        """As the base, without its look-up of this machine's name, which may ask the network."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """As the base, but browsers leave in the middle of an answer whenever a page goes away; that is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what a page asked for is no output of the program."""
