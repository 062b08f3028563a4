"""An HTTP server, or several that serve the same, that takes JSON and returns JSON, and everything that can go wrong with it."""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import json
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from sge_agent.errors import RunError
from sge_agent.policies.replicas import Replicas

T = TypeVar("T")

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""Statuses of a server that is busy or broken for now; any other one would come again."""

GONE = frozenset({502, 503, 504})
"""Those of a server that is away altogether: where there are others, they are asked at once."""

MAX_REPLY = 256 * 2**20
"""Bytes that a reply may have."""

_TOO_LONG = re.compile(r"context[\s_-]*(length|size|window)|maximum input length", re.IGNORECASE)


class ServerError(RunError):
    """The server refused a request, or failed at it again and again; the message has its last words."""


class Refused(ServerError):
    """The server's answer is no, and would be again."""


class NotThere(Refused):
    """There is no such route or model (status 404)."""


class ContextTooLong(Refused):
    """The context does not fit into the model's positions."""


class MalformedReply(ValueError):
    """A reply that is not what the protocol promises. It is asked for again, like a reply that never came."""


class Endpoint:
    """Posts JSON to paths below ``base_url``, again and again while the server is busy or broken.

    * ``base_url``: up to and including the version, such as http://localhost:8000/v1; or several, of servers that serve the
      same model (see :class:`Replicas`).
    * ``api_key``: sent as a bearer token; redirects are not followed, so it goes nowhere else.
    * ``timeout``: seconds for one attempt, from connecting to the reply's last byte.
    * ``retries``: further attempts after a failed one. Before each it waits as long as ``Retry-After`` says, else
      ``first_wait`` seconds, doubled each time and spread at random; never longer than ``longest_wait``. Asking another
      server instead of one that is gone is no further attempt.
    * ``patience``: seconds since the first failure in which it is tried again in any case, unless ``retries`` is 0.

    Safe to use from several threads.
    """

    def __init__(
        self,
        base_url: str | Sequence[str],
        *,
        api_key: str = "",
        timeout: float = 300.0,
        retries: int = 6,
        patience: float = 0.0,
        first_wait: float = 0.5,
        longest_wait: float = 60.0,
    ) -> None:
        addresses = [base_url] if isinstance(base_url, str) else list(base_url)
        for address in addresses:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValueError(f"base_url must be an address such as http://localhost:8000/v1, got {address!r}")
        if timeout <= 0 or retries < 0 or patience < 0:
            raise ValueError(
                f"timeout must be above 0 seconds, retries and patience at least 0, got {timeout}, {retries} and {patience}"
            )
        self.replicas = Replicas([address.rstrip("/") for address in addresses])
        self.timeout = timeout
        self.patience = patience
        self.retries = retries
        self.first_wait = first_wait
        self.longest_wait = longest_wait
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._jitter = random.Random()
        self._closed = threading.Event()

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[Any], T],
        *,
        session: Hashable | None = None,
        plain: bool = False,
    ) -> T:
        """``read`` of the reply to ``body``. ``read`` raises ``MalformedReply`` for one that makes no sense.

        Requests of one ``session`` go to the same server, as long as it is there, and carry its name in the header
        X-Session-ID, by which routers do the same. ``plain``: the reply is text, not JSON. Raises ``Refused`` (and
        ``ContextTooLong`` or ``NotThere``), or another ``ServerError`` when patience is at its end.
        """
        headers = self._headers if session is None else {**self._headers, "X-Session-ID": _name(session)}
        return self._ask(path, json.dumps(body).encode(), headers, read, session=session, plain=plain)

    def get(self, path: str, read: Callable[[Any], T]) -> T:
        """``read`` of what stands there; everything else is as for :meth:`post`."""
        return self._ask(path, None, self._headers, read)

    def _ask(
        self,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str],
        read: Callable[[Any], T],
        *,
        session: Hashable | None = None,
        plain: bool = False,
    ) -> T:
        tries = attempt = moves = 0
        failing: float | None = None
        while True:
            tries += 1
            address = self.replicas.enter(session)
            request = urllib.request.Request(f"{address}/{path}", data, dict(headers), method="POST" if data else "GET")
            elsewhere = gone = False
            try:
                return read(self._exchange(request, plain=plain))
            except (_Failed, MalformedReply) as failure:
                cause = failure
                gone = isinstance(failure, _Failed) and failure.gone
            finally:
                elsewhere = self.replicas.leave(address, gone=gone)
            failing = time.monotonic() if failing is None else failing
            if elsewhere and moves < len(self.replicas) - 1 and not self._closed.is_set():
                moves += 1
                continue
            moves = 0
            left = failing + self.patience - time.monotonic() if self.retries else 0.0
            wait = self._wait(attempt, cause)
            if attempt >= self.retries:
                wait = min(wait, left)
            if (attempt >= self.retries and left <= 0) or self._closed.wait(wait):
                break
            attempt += 1
        raise ServerError(
            f"{request.full_url} gave no usable reply in {tries} {'attempt' if tries == 1 else 'attempts'}, the last time: "
            f"{cause}; see whether the server runs and serves this model, or allow it more time and retries"
        ) from cause

    def close(self) -> None:
        """Nothing is tried again from now on, so that whoever waits for an attempt waits for that one alone."""
        self._closed.set()

    def _exchange(self, request: urllib.request.Request, *, plain: bool) -> Any:
        deadline = time.monotonic() + self.timeout
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                text = self._read(response, deadline)
        except urllib.error.HTTPError as error:
            raise self._refusal(error, deadline) from None
        except TimeoutError:
            raise _Failed(f"no reply within {self.timeout:g} seconds", gone=True) from None
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, TimeoutError):
                raise _Failed(f"no connection within {self.timeout:g} seconds", gone=True) from None
            raise _Failed(f"the connection failed ({type(reason).__name__}: {reason})", gone=True) from None
        if plain:
            return text.decode("utf-8", "replace")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise MalformedReply(f"expected JSON, got {_shown(text)!r}") from error

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        """The whole body. A server that sends a byte now and then would keep a plain ``read`` forever."""
        parts: list[bytes] = []
        size = 0
        while part := response.read1(65536):
            parts.append(part)
            size += len(part)
            if size > MAX_REPLY:
                raise _Failed(f"the reply has more than {MAX_REPLY >> 20} MiB")
            if time.monotonic() > deadline:
                raise TimeoutError
        missing = response.length  # read1 is silent about a body that ends before its announced length
        if missing:
            raise _Failed(f"the connection failed with {missing} bytes still to come")
        return b"".join(parts)

    def _refusal(self, error: urllib.error.HTTPError, deadline: float) -> Exception:
        """What a status outside 200 to 299 means."""
        try:
            said = _shown(self._read(error, deadline))  # type: ignore[arg-type]  # it wraps the response
        except (OSError, http.client.HTTPException, _Failed, AttributeError):
            said = "nothing more"
        finally:
            error.close()
        text = f"status {error.code}, {said}"
        if error.code in AGAIN:
            return _Failed(text, wait=_seconds(error.headers.get("Retry-After")), gone=error.code in GONE)
        if error.code in (400, 413, 422) and _TOO_LONG.search(said):
            return ContextTooLong(f"{error.url}: {text}")
        kind = NotThere if error.code == 404 else Refused
        return kind(f"{error.url} refused the request: {text}")

    def _wait(self, attempt: int, cause: Exception) -> float:
        asked = cause.wait if isinstance(cause, _Failed) else None
        if asked is None:
            asked = self.first_wait * 2**attempt * self._jitter.uniform(0.5, 1.0)
        return min(max(asked, 0.0), self.longest_wait)


class _Failed(Exception):
    """An attempt that may go better next time, after ``wait`` seconds if the server said so. ``gone``: or at another server."""

    def __init__(self, text: str, *, wait: float | None = None, gone: bool = False) -> None:
        super().__init__(text)
        self.wait = wait
        self.gone = gone


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is a refusal: following one would turn the request into another and give the key away."""

    def redirect_request(self, *_: object) -> None:
        return None


def _name(session: Hashable) -> str:
    """The session as a short header."""
    return hashlib.blake2b(repr(session).encode(), digest_size=8).hexdigest()


def _seconds(retry_after: str | None) -> float | None:
    """What the header ``Retry-After`` asks for: seconds, or a date."""
    if retry_after is None:
        return None
    try:
        return float(retry_after)
    except ValueError:
        pass
    try:
        return email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return None


def _shown(text: bytes) -> str:
    """The server's message where there is one, else the beginning of what it sent, on one line."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        inner = value.get("error", value.get("detail", value))
        value = inner.get("message", inner) if isinstance(inner, dict) else inner
    words = " ".join((str(value) if value is not None else text.decode("utf-8", "replace")).split())
    return words if len(words) <= 300 else f"{words[:300]}..."
