"""The local server lets nobody in without a token."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar

import pytest

from sge_envs.ui.server import COOKIE, LocalServer
from tests.sge_envs.ui.site import show_site


@pytest.fixture
def server() -> Iterator[LocalServer]:
    running = LocalServer()
    yield running
    running.close()


def ask(server: LocalServer, token: str | None, **headers: str) -> tuple[int, str]:
    shown = {"Cookie": f"{COOKIE}={token}"} if token is not None else {}
    request = urllib.request.Request(f"{server.origin}/thanks", headers={**shown, **headers})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_only_a_token_that_is_known_opens_its_site(server: LocalServer) -> None:
    token = server.admit(show_site)
    assert ask(server, token)[0] == 200
    assert "Thank you" in ask(server, token)[1]
    for wrong in (None, "", token[:-1], f"{token}x", "ä"):
        assert ask(server, wrong.encode().decode("latin-1") if wrong else wrong) == (403, "403 Forbidden")
    server.dismiss(token)
    assert ask(server, token)[0] == 403


def test_a_name_that_points_at_this_machine_is_refused(server: LocalServer) -> None:
    token = server.admit(show_site)
    assert ask(server, token, Host="evil.example")[0] == 403


def test_every_visitor_gets_a_token_of_their_own(server: LocalServer) -> None:
    assert len({server.admit(show_site) for _ in range(50)}) == 50


def test_an_invitation_lets_one_browser_in_once(server: LocalServer) -> None:
    address = server.invite(show_site)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )
    with opener.open(address, timeout=30) as page:
        assert page.status == 200
    with opener.open(f"{server.origin}/thanks", timeout=30) as page:
        assert "Thank you" in page.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=30)
