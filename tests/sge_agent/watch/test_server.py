"""The page of a run that goes on: who may ask, what is told, and how the page follows."""

from __future__ import annotations

import http.client
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from sge_agent.errors import RunError
from sge_agent.jsonlines import write_json_atomically
from sge_agent.types import Group, TaskRef
from sge_agent.watch import WatchServer
from tests.sge_agent.pages import opened
from tests.sge_agent.runs import episode, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def groups(number: int) -> list[Group]:
    return [Group(TaskRef("toy", i % 2), (episode(task=i % 2, strategy=f"try {i}", seed=i),)) for i in range(number)]


def grow(path: Path, other: Path) -> None:
    """Make the files of a run those of another, which begins in the same way."""
    for name in ("config.json", "metrics.jsonl", "transcripts.jsonl", "status.json", "eval.json"):
        if (other / name).is_file():
            path.mkdir(exist_ok=True)
            (path / name).write_bytes((other / name).read_bytes())


def ask(
    server: WatchServer, place: str, *, token: str | None = None, host: str = ""
) -> tuple[int, str, dict[str, str]]:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    try:
        headers = {"Host": host} if host else {}
        connection.request("GET", f"/{server.token if token is None else token}/{place}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def news(server: WatchServer, have: dict[str, Any]) -> dict[str, Any]:
    status, text, _ = ask(server, f"news?have={quote(json.dumps(have))}")
    assert status == 200
    value: dict[str, Any] = json.loads(text)
    return value


def test_only_who_knows_the_token_is_answered(tmp_path: Path) -> None:
    with WatchServer(write_run(tmp_path / "run")) as server, WatchServer(tmp_path / "run") as other:
        assert server.token != other.token
        assert len(server.token) >= 32
        for token in ("", "x", other.token, server.token[:-1]):
            for place in ("", "news", "page?page=0"):
                status, text, _ = ask(server, place, token=token)
                assert status == 403
                assert "toy" not in text
        assert ask(server, "")[0] == 200


def test_a_foreign_name_for_this_machine_is_refused(tmp_path: Path) -> None:
    with WatchServer(write_run(tmp_path / "run")) as server:
        assert ask(server, "", host="evil.example")[0] == 403
        assert ask(server, "", host=f"localhost:{urlsplit(server.url).port}")[0] == 200


def test_the_server_listens_to_this_machine_alone_and_keeps_nothing_in_caches(tmp_path: Path) -> None:
    with WatchServer(write_run(tmp_path / "run")) as server:
        assert server.url.startswith("http://127.0.0.1:")
        _, _, headers = ask(server, "")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with WatchServer(tmp_path) as server, pytest.raises(RunError, match="choose another with --port"):
        WatchServer(tmp_path, port=urlsplit(server.url).port or 0)


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("other", 404),
        ("../../etc/passwd", 404),
        ("news?have=[]", 400),
        ("news?have={", 400),
        ("news?have=%7B%22rows%22:%22x%22%7D", 400),
        ("news?have=%7B%22rows%22:-5%7D", 200),
        ("page?page=x", 400),
        ("page?page=-1", 400),
        ("page?page=99", 404),
        ("page?page=0&generation=wrong", 404),
        (f"news?have={'1' * 3000}", 400),
    ],
)
def test_wrong_questions_are_answered_as_such(tmp_path: Path, place: str, status: int) -> None:
    with WatchServer(write_run(tmp_path / "run", groups=groups(2))) as server:
        assert ask(server, place)[0] == status


def test_what_is_new_is_told_and_everything_when_the_run_was_wound_back(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", success=(0.0,), groups=groups(1))
    with WatchServer(run) as server:
        first = news(server, {})
        counts = {name: len(items) for name, items in first["episodes"]["tables"].items()}
        have = {"rows": 1, "episodes": 1, "generation": first["generation"], **counts}
        assert news(server, have)["episodes"]["columns"]["phase"] == []
        grow(run, write_run(tmp_path / "later", groups=groups(3)))
        more = news(server, have)
        assert (more["episodes"]["start"], len(more["episodes"]["columns"]["phase"])) == (1, 2)
        assert more["metrics"]["start"] == 1
        (run / "transcripts.jsonl").write_text("")
        again = news(server, {**have, "episodes": 3})
        assert (again["episodes"]["start"], again["metrics"]["start"]) == (0, 0)
        assert again["generation"] != first["generation"]


def test_the_states_are_told_once_each(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with WatchServer(run) as server:
        steps = iter(
            [lambda: write_run(run, status="running"), lambda: None, lambda: _end(run, "failed", "no\x1b[2J memory")]
        )
        states = server.states(sleep=lambda _: next(steps)())
        told = list(itertools.islice(states, 3))
    waiting = "waiting for the run to begin; there is no folder "
    assert [told[0][: len(waiting)], *told[1:]] == [waiting, "running", "failed: no [2J memory"]


def test_the_page_follows_a_run_from_before_it_begins_to_its_end_without_losing_its_place(
    tmp_path: Path, browser: Browser
) -> None:
    run = tmp_path / "run"
    with WatchServer(run) as server, opened(browser, f"{server.url}#episodes") as page:
        banner = page.locator(".live")
        banner.filter(has_text="Waiting for the run to begin").wait_for()
        grow(run, write_run(tmp_path / "a", success=(0.0,), groups=groups(60), status="running", updates=9, final=None))
        banner.filter(has_text="Running: update 1 of 9").wait_for()
        page.locator(".side [role=status]").filter(has_text="60 episodes").wait_for()
        page.locator(".rows .row").nth(2).click()
        page.locator(".said.strategy").filter(has_text="try 2").wait_for()
        page.evaluate("document.querySelector('.scroller').scrollTop = 333")
        grow(run, write_run(tmp_path / "b", groups=groups(70), status="running", updates=9, final=None))
        banner.filter(has_text="Running: update 4 of 9").wait_for()
        page.locator(".side [role=status]").filter(has_text="70 episodes").wait_for()
        assert page.evaluate("document.querySelector('.scroller').scrollTop") == 333
        assert "try 2" in page.locator(".said.strategy").inner_text()
        assert page.url.endswith("#episodes/run/2")
        page.keyboard.press("End")  # an episode that came later
        page.locator(".said.strategy").filter(has_text="try 69").wait_for()
        page.get_by_label("Search all text").fill("too <dark>")
        page.locator(".side [role=status]").filter(has_text="70 episodes").wait_for()
        page.evaluate("location.hash = 'results'")
        page.locator(".plot svg").first.wait_for()
        _end(run, "failed", "no memory")
        banner.filter(has_text="The run is failed: no memory").wait_for()


def test_a_server_that_went_away_is_said(tmp_path: Path, browser: Browser) -> None:
    server = WatchServer(write_run(tmp_path / "run", groups=groups(1)))
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.locator(".live").filter(has_text="The run is finished").wait_for()
    server.close()
    page.locator(".live").filter(has_text="does not answer").wait_for()
    context.close()


def _end(run: Path, status: str, error: str) -> None:
    write_json_atomically(run / "status.json", {"status": status, "error": error})
