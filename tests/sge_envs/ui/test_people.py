"""``sge-envs serve``: a person does a task in a browser of their own."""

from __future__ import annotations

import argparse
import threading
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

import pytest

from sge_envs import UnknownOption
from sge_envs.cli import main
from sge_envs.tools.tasks import prepared
from sge_envs.ui.people import choose_task, serve

pytest.importorskip("jinja2")
TASK = "train/files.largest/0"


class Printed:
    """What the command prints, as it comes."""

    def __init__(self) -> None:
        self.text = ""
        self._address = threading.Event()

    def write(self, text: str) -> int:
        self.text += text
        if "/enter/" in self.text and self.text.count("\n") > 4:
            self._address.set()
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def address(self) -> str:
        assert self._address.wait(60)
        return next(word for word in self.text.split() if "/enter/" in word)


def visitor() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()))


def test_a_task_is_done_in_a_browser_and_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    printed, status = Printed(), list[int]()
    monkeypatch.setattr("sys.stdout", printed)
    thread = threading.Thread(target=lambda: status.append(main(["serve", "SGE-TextUI-v0", "--task", TASK])))
    thread.start()
    address = printed.address()
    origin = address.partition("/enter/")[0]
    person = visitor()
    with person.open(address) as page:
        assert prepared(choose_task("train", None, TASK)).goal.partition("'")[0][:30] in page.read().decode()
    for way in (address, f"{origin}/", f"{origin}/todo"):
        with pytest.raises(urllib.error.HTTPError, match="403"):  # the address works once, and only with its cookie
            visitor().open(way)
    answer = str(prepared(choose_task("train", None, TASK)).answer)
    with person.open(f"{origin}/task/finish", data=f"form=1&answer={answer.replace(' ', '+')}".encode()) as page:
        last = page.read().decode()
    assert "<h1>Solved</h1>" in last
    assert "The task is over. 100 % of what was asked is done. The task is done." in last
    assert "<a " not in last  # there is nothing behind it any more
    thread.join(60)
    assert status == [0]
    assert "Solved (100%): The task is done." in printed.text


def test_the_task_is_the_one_that_the_environment_would_draw() -> None:
    assert choose_task("valid", 3, None).id == choose_task("valid", 3, None).id
    assert choose_task("valid", 3, None).split == "valid"


def test_what_cannot_be_served_is_said() -> None:
    common = {"split": "train", "seed": 0, "task": None}
    with pytest.raises(UnknownOption, match="no pages"):
        serve(argparse.Namespace(env="SGE-ALFWorld-v0", port=0, **common))
    with pytest.raises(UnknownOption, match="--port"):
        serve(argparse.Namespace(env="SGE-TextUI-v0", port=70_000, **common))
