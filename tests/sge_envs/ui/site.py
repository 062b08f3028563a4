"""A small site to try the browser on, and an environment over any one page of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sge_envs import SGEError
from sge_envs.core import Verdict
from sge_envs.errors import TaskNotFound
from sge_envs.tasks import Task, TaskSet
from sge_envs.ui.chromium import find_browser
from sge_envs.ui.env import BrowserEnv, Turn
from sge_envs.ui.session import Session
from sge_envs.ui.view import View


def lacking() -> str:
    """Why there is no browser here; empty if there is one."""
    try:
        find_browser()
    except SGEError as error:
        return str(error)
    return ""


needs_browser = pytest.mark.skipif(bool(lacking()), reason=lacking() or "-")

FORM = """
<h1>Sign up</h1>
<form action="/thanks">
  <label>Name <input name="name" required></label>
  <label><input type="checkbox" name="news"> News</label>
  <label><input type="radio" name="size" value="s"> Small</label>
  <label><input type="radio" name="size" value="l"> Large</label>
  <label>Color <select name="color"><option>Red</option><option>Blue</option></select></label>
  <label>Day <input type="date" name="day"></label>
  <label>Password <input type="password" name="secret"></label>
  <label>Paper <input type="file" name="paper"></label>
  <textarea aria-label="Notes"></textarea>
  <input aria-label="Fixed" value="no change" readonly>
  <button>Send</button>
  <button disabled>Never</button>
</form>"""

PAGES: Mapping[str, str] = {
    "/": "<title>Home</title><h1>Home</h1><a href='/form'>Form</a> <a href='/list'>List</a>",
    "/form": f"<title>Form</title>{FORM}",
    "/thanks": "<title>Thanks</title><p>Thank you.</p><a href='/'>Home</a>",
    "/list": "<title>List</title><ul>" + "".join(f"<li><a href='/{n}'>Item {n}</a> no. {n}</li>" for n in range(200)),
    "/hidden": """<button id="a" style="display:none">Hidden</button><button id="b">Covered</button>
<div style="position:fixed;inset:0 0 50% 0;background:white" role="dialog" aria-label="Cover">Wait</div>
<button onclick="document.getElementById('a').style.display='';this.remove()" style="margin-top:500px">Show</button>""",
    "/table": "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
    "/tabs": "<a href='/form' target='_blank'>New tab</a><button onclick=\"window.open('/list')\">Opened</button>",
    "/out": "<a href='http://example.org/x'>Away</a><a href='javascript:document.title=1'>Script</a>"
    "<button onclick=\"location='file:///etc/passwd'\">File</button>",
    "/boxes": "<button onclick=\"alert('Careful')\">Alert</button>"
    "<button onclick=\"this.textContent=confirm('Sure?')?'yes':'no'\">Confirm</button>",
    "/slow": """<button onclick="setTimeout(()=>document.body.append('Late'),700)">Start</button>
<button onclick="fetch('/text').then(r=>r.text()).then(t=>setTimeout(()=>document.body.append(t),50))">Load</button>
<p id=clock></p><script>setInterval(()=>clock.textContent=Math.floor(performance.now()/100),100)</script>""",
    "/text": "Fetched",
    "/frame": "<iframe src='/form' title='Inner' width=900 height=600></iframe>",
    "/drag": """<div id=box draggable=true>Box</div><p id=bin style="height:99px" ondragover="event.preventDefault()"
 ondrop="this.textContent='Dropped'">Bin</p>""",
    "/keys": '<input aria-label=In oninput="out.textContent=this.value" ondblclick="out.textContent=\'double\'">'
    "<p id=out>-</p><p onmouseenter=\"this.textContent='Pointed'\">Point here</p>",
    "/scroll": "<div style='height:100px;overflow:auto' role=region aria-label=Pane><p style='height:3000px'>Top</p>"
    "</div><button style='margin-top:3000px'>Deep</button>",
    "/shapes": "<svg width=200 height=200><circle cx=50 cy=60 r=10 fill=red></circle><rect x=100 y=100 width=20 "
    "height=40 fill=blue></rect></svg>",
    "/touch": "<button ontouchstart=\"this.textContent='Tapped'\">Tap</button>",
    "/storage": "<p id=o></p><script>o.textContent=(localStorage.n||'none')+document.cookie;localStorage.n='kept';"
    "document.cookie='c=1'</script>",
    "/time": "<p id=o></p><script>o.textContent=[new Date().toISOString(),Math.random(),performance.now()]</script>",
    "/hang": '<button onclick="for(;;);">Hang</button>',
}


def show_site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    page = PAGES.get(environ["PATH_INFO"])
    start_response("200 OK" if page else "404 Not Found", [("Content-Type", "text/html; charset=utf-8")])
    return [f"<!doctype html><html><body>{page or 'Not found'}".encode()]


class OnePage(TaskSet):
    """One task: the page with this path."""

    def __init__(self, path: str) -> None:
        self.path = path

    def list_splits(self) -> tuple[str, ...]:
        return ("train",)

    def num_tasks(self, split: str) -> int:
        return 1

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return Task(self.path, split, "Look around.")

    def find_task(self, task_id: str) -> Task:
        if task_id != self.path:
            raise TaskNotFound(f"There is no task {task_id!r}.")
        return self.get_task("train", 0)


class SiteEnv(BrowserEnv):
    """Any page of the site. The task ends with ``done``; an answer of "yes" is right."""

    def __init__(self, path: str = "/", **options: Any) -> None:
        super().__init__(OnePage(path), **options)
        self.answer = ""

    def oracle(self) -> str:
        return 'answer("yes")'

    async def _open(self, session: Session, task: Task) -> View:
        await session.renew(show_site, task.id)
        return await session.settle(0, 1000)

    def _judge(self, turn: Turn) -> tuple[float, bool]:
        self.answer = "".join(turn.answers)
        return float(self.answer == "yes"), turn.finished

    def _find_file(self, name: str) -> bytes | None:
        return b"some text" if name == "paper.txt" else None

    def _verdict(self) -> Verdict:
        right = self.answer == "yes"
        return Verdict(right, float(right), self.answer or "none", "-")


@pytest.fixture
def visit() -> Iterator[Callable[..., SiteEnv]]:
    """Makes environments over a page of the site, already reset, and closes them."""
    made: list[SiteEnv] = []

    def build(path: str = "/", **options: Any) -> SiteEnv:
        made.append(SiteEnv(path, **options))
        made[-1].reset(seed=0)
        return made[-1]

    yield build
    for env in made:
        env.close()


def name_of(pid: int) -> str:
    """The command line of a process; empty if it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    """All processes below ``pid``."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text(encoding="utf-8").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def browsers() -> list[int]:
    """Main processes of the browsers that this process has started; Debian starts them from a shell."""
    names = {pid: name_of(pid) for pid in descendants(os.getpid())}
    mains = {pid: name for pid, name in names.items() if "--remote-debugging-pipe" in name and "--type=" not in name}
    return [pid for pid, name in mains.items() if not name.startswith("/bin/sh")]


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it holds within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return holds()
