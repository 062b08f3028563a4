"""Nothing is left behind: no process, file, mount or descriptor, however a sandbox, its keeper or its owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sge_envs.code.sandbox import Call, Limits, Sandbox, SandboxBroken
from sge_envs.code.sandbox.tiers import Choice, open_tier
from tests.sge_envs.code.sandbox.attacks import ATTACKS, LIMITS

ROOT = Path(__file__).parents[4]
MOUNTS = Path("/proc/self/mounts")

OWNER = """
import sys
from sge_envs.code.sandbox import Limits
from sge_envs.code.sandbox.tiers import open_tier
def host(request):
    print(*request["args"], flush=True)
session = open_tier(sys.argv[1]).session(limits=Limits(wall_seconds=1e6), host=host)
session.run_cell("import os, signal\\nfor n in set(range(1, 32)) - {9, 19}: signal.signal(n, signal.SIG_IGN)")
session.run_cell("open('file', 'w').close()\\napis.tell(os.getcwd())\\nwhile True: pass")
"""


def descendants(pid: int) -> set[int]:
    """Processes below ``pid``, zombies included."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = set[int](), [pid]
    while waiting:
        more = children.get(waiting.pop(), [])
        found.update(more)
        waiting += more
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than an entry that its parent has not read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def files_of(pids: set[int]) -> list[Path]:
    """Directories that keepers with these pids made."""
    return [path for pid in pids for path in Path(tempfile.gettempdir()).glob(f"sge-*-{pid}-*")]


def wait_until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within a minute; how soon is up to the machine."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_hostile_programs_leave_nothing_behind(sandbox: Sandbox) -> None:
    hostile = [attack for attack in ATTACKS if attack.group in ("processes", "daemons", "links") and not attack.ends]
    before = descendants(os.getpid()), len(os.listdir("/proc/self/fd")), MOUNTS.read_text()
    for attack in hostile:
        sandbox.run(attack.program("folder = '/nowhere'\n"), requests=[Call("attack")], limits=LIMITS)
    assert (descendants(os.getpid()), len(os.listdir("/proc/self/fd")), MOUNTS.read_text()) == before
    assert files_of(before[0]) == []


def test_everything_ends_with_an_owner_that_is_killed(sandbox: Sandbox) -> None:
    words = [sys.executable, "-c", OWNER, sandbox.tier]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        started = descendants(owner.pid)
        owner.kill()
    assert len(started) >= 2
    assert wait_until(lambda: not any(map(is_running, started)))
    assert folder == Path(tempfile.gettempdir()) or not folder.exists()


def test_closing_ends_all_that_is_left(sandbox: Sandbox) -> None:
    before = descendants(os.getpid()), len(os.listdir("/proc/self/fd"))
    other = open_tier(sandbox.tier)
    session = other.session(limits=Limits(wall_seconds=30.0))
    session.run_cell("open('file', 'w').close()")
    started = descendants(os.getpid()) - before[0]
    session.close()
    other.close()
    assert started
    assert not any(map(is_running, started))
    assert files_of(started) == []
    assert (descendants(os.getpid()), len(os.listdir("/proc/self/fd"))) == before


def test_a_keeper_that_is_killed_takes_its_sandboxes_along(sandbox: Sandbox) -> None:
    before = descendants(os.getpid())
    other = open_tier(sandbox.tier)
    with other.session(limits=Limits(wall_seconds=30.0)) as session:
        session.run_cell("x = 1")
        started = descendants(os.getpid()) - before
        (keeper,) = (pid for pid in started if parent_of(pid) == os.getpid())
        os.kill(keeper, signal.SIGKILL)
        assert wait_until(lambda: not any(map(is_running, started)))
        with pytest.raises(SandboxBroken):
            session.run_cell("x")
    with pytest.raises(SandboxBroken):
        other.run("x = 1", requests=[])
    other.close()
    open_tier(sandbox.tier).close()  # the next keeper removes what the killed one could not
    assert files_of(started) == []


def test_a_keeper_that_somebody_ended_is_replaced(best: Sandbox) -> None:
    choice = Choice()
    first = choice.get(unsafe=False)
    first.close()
    second = choice.get(unsafe=False)
    assert second is not first
    assert second.run("def f(): return 1", requests=[Call("f")]).answers[0].value == 1
    choice.close()
