"""One browser for all environments of a process: threads, forks, deaths."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sge_envs import EnvClosed, SnapshotError
from sge_envs.ui.host import current_host, shutdown
from tests.sge_envs.ui.site import SiteEnv, browsers, descendants, name_of, needs_browser, visit, wait_until

pytestmark = needs_browser
Visit = Callable[..., SiteEnv]
ROOT = Path(__file__).parents[3]
__all__ = ["visit"]


def test_making_an_environment_starts_nothing(tmp_path: Path) -> None:
    code = "import threading; from tests.sge_envs.ui.site import SiteEnv; SiteEnv(); print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_environments_share_one_browser_and_nothing_else(visit: Visit) -> None:
    one, other = visit("/storage"), visit("/storage")
    assert len(browsers()) == 1
    one.step('goto("/storage")')
    assert "none" in str(other.reset(seed=0)[0])
    one.close()
    assert "action_error" not in other.step("wait()")[4]
    with pytest.raises(EnvClosed):
        one.step("wait()")


def test_an_episode_can_be_played_from_threads_and_loops(visit: Visit) -> None:
    envs = [visit("/form") for _ in range(3)]
    texts: dict[int, str] = {}

    async def play(at: int) -> None:
        envs[at].reset(seed=0)
        texts[at] = envs[at].step(f'fill("Name", "{at}")')[0]

    threads = [threading.Thread(target=lambda at=at: asyncio.run(play(at))) for at in range(3)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f'"Name" = "{at}"' in texts[at] for at in range(3)] == [True] * 3


@pytest.mark.parametrize("who", ["browser", "driver", "page"])
def test_when_something_dies_the_episode_ends_and_the_next_one_works(who: str, visit: Visit) -> None:
    marks = {"browser": "--remote-debugging-pipe", "driver": "run-driver", "page": "--type=renderer"}
    env = visit("/form")
    for pid in descendants(os.getpid()):
        if marks[who] in name_of(pid) and (who != "browser" or "--type=" not in name_of(pid)):
            os.kill(pid, signal.SIGKILL)
    text, reward, terminated, truncated, info = env.step('check("News")')
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert text == info["aborted"] == "The browser died. The episode ends here, through no fault of the player."
    assert info["success"] is False
    with pytest.raises(SnapshotError, match="cannot be played again"):
        env.snapshot()
    assert "aborted" not in env.reset(seed=0)[1]
    assert '"News" (focused, checked)' in env.step('check("News")')[0]


def test_a_page_that_hangs_ends_its_episode_only(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sge_envs.ui.session.TURN_SECONDS", 2.0)
    env = visit("/hang")
    info = env.step('click("Hang")')[4]
    assert info["aborted"].startswith("The page did not answer for 2 seconds.")
    monkeypatch.setattr("sge_envs.ui.session.TURN_SECONDS", 60.0)
    env.reset(seed=0)
    assert "action_error" not in env.step("hover(1)")[4]


def test_after_shutdown_the_episode_is_over_and_the_next_reset_starts_again(visit: Visit) -> None:
    env = visit("/form")
    shutdown()
    assert browsers() == []
    assert env.step("wait()")[3] is True
    env.reset(seed=0)
    assert len(browsers()) == 1


def test_an_environment_that_is_forgotten_gives_its_context_back() -> None:
    env = SiteEnv("/form")
    env.reset(seed=0)
    assert env._session is not None
    page = env._session.tab.page
    assert not page.is_closed()
    del env
    gc.collect()
    assert wait_until(page.is_closed)


def _play_in_child(results: multiprocessing.SimpleQueue[object], env: SiteEnv | None) -> None:
    own = SiteEnv("/form")
    own.reset(seed=0)
    results.put(own.step('check("News")')[0])
    if env is not None:
        results.put(env.step("wait()")[4]["aborted"])
        env.close()
    results.put(len(browsers()))
    own.close()
    shutdown()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_has_a_browser_of_its_own(method: str, visit: Visit) -> None:
    env = visit("/form")
    context = multiprocessing.get_context(method)
    results = context.SimpleQueue()
    child = context.Process(target=_play_in_child, args=(results, env if method == "fork" else None))
    child.start()
    assert '"News" (focused, checked)' in results.get()
    if method == "fork":
        assert "another process" in results.get()
    assert results.get() == 1
    child.join()
    assert child.exitcode == 0
    assert "action_error" not in env.step('check("News")')[4]


ORPHANS = """
import os, sys, time
from tests.sge_envs.ui.site import SiteEnv, descendants
env = SiteEnv("/form")
env.reset(seed=0)
if os.fork() == 0:
    time.sleep(60)  # a child that lives on must not keep the browser
    os._exit(0)
print(*descendants(os.getpid()), flush=True)
time.sleep(60)
"""


def test_nothing_outlives_an_owner_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ORPHANS)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        children = [pid for pid in pids if "SiteEnv" in name_of(pid)]
        others = [pid for pid in pids if pid not in children]
        assert any("run-driver" in name_of(pid) for pid in others)
        assert any("--type=renderer" in name_of(pid) for pid in others)
        owner.kill()
    try:
        assert wait_until(lambda: not any(name_of(pid) for pid in others))
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


def test_a_program_that_ends_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os; from tests.sge_envs.ui.site import SiteEnv, descendants\n"
        "SiteEnv('/form').reset(seed=0); print(*descendants(os.getpid()))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.stderr == ""
    assert wait_until(lambda: not any(name_of(int(word)) for word in done.stdout.split()))
    assert list(tmp_path.iterdir()) == []


def test_the_host_runs_on_one_thread(visit: Visit) -> None:
    visit("/")
    visit("/")
    assert [thread.name for thread in threading.enumerate()].count("sge-ui-browser") == 1
    assert current_host() is current_host()
