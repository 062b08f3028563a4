from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sge_agent.errors import RunError
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.memory_file import MemoryFile

WRITER = """
import sys
from pathlib import Path
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.memory_file import MemoryFile

path, run, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
memory = ReflectionMemory(size=10_000, file=MemoryFile(path, run=run))
print(len(memory), flush=True)
number = 0
while number != count:
    memory.add("task", Entry((f"{run} {number}",), success=number % 3 == 0, feedback="x" * 2000, update=number))
    number += 1
    if number % 5 == 0:
        memory.sync()
        print(number, flush=True)
input()
memory.sync()
print(len(memory), flush=True)
"""


def memory(path: Path, run: str, *, size: int = 32) -> ReflectionMemory:
    return ReflectionMemory(size=size, file=MemoryFile(path, run=run))


def add(to: ReflectionMemory, *names: str, success: bool = False) -> None:
    for name in names:
        to.add("task", Entry((name,), success))
    to.sync()


def names(of: ReflectionMemory) -> list[str]:
    return [entry.strategies[0] for entry in (*of.failures("task"), *of.successes("task"))]


def rows(path: Path) -> list[tuple[str, str]]:
    """Every entry of the file: its run and its strategy, in order."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = db.execute("SELECT run, json_extract(entry, '$.strategies[0]') FROM entries ORDER BY id").fetchall()
    return [(run, name) for run, name in found]


def test_runs_hear_of_each_other_whenever_they_sync(tmp_path: Path) -> None:
    a, b = (memory(tmp_path / "m.db", run) for run in "ab")
    add(a, "a1")
    add(b, "b1")
    assert names(a) == ["a1"]
    assert names(b) == ["a1", "b1"]  # what was there when it began
    add(a, "a2")
    add(b)
    assert names(a) == ["a1", "a2", "b1"]
    assert names(b) == ["a1", "b1", "a2"]


def test_a_later_run_begins_with_the_last_entries_of_earlier_ones(tmp_path: Path) -> None:
    first = memory(tmp_path / "m.db", "first", size=2)
    add(first, "x", "y", "z")
    add(first, "won", success=True)
    later = memory(tmp_path / "m.db", "later", size=2)
    assert names(later) == ["y", "z", "won"]
    assert later.failures("task") == first.failures("task")
    assert [name for _, name in rows(tmp_path / "m.db")] == ["y", "z", "won"]


def test_a_run_that_starts_afresh_forgets_what_it_wrote_and_no_more(tmp_path: Path) -> None:
    add(memory(tmp_path / "m.db", "other"), "kept")
    add(memory(tmp_path / "m.db", "run"), "lost")
    again = memory(tmp_path / "m.db", "run")
    assert names(again) == ["kept"]
    assert rows(tmp_path / "m.db") == [("other", "kept")]


def test_the_checkpoint_owns_the_memory_and_rolls_the_file_back_to_it(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    run, other = memory(path, "run"), memory(path, "other")
    add(run, "r1", "r2")
    add(other, "o1")
    add(run)
    saved, held = run.state_dict(), names(run)
    before = rows(path)
    add(run, "r3")
    add(other, "o2")
    run.add("task", Entry(("never told",), success=False))

    resumed = memory(path, "run")
    resumed.load_state_dict(saved)
    assert names(resumed) == held == ["r1", "r2", "o1"]
    assert rows(path) == [*before, ("other", "o2")]
    assert resumed.state_dict() == saved
    add(resumed, "r3")
    assert names(resumed) == ["r1", "r2", "o1", "r3", "o2"]
    assert rows(path) == [*before, ("other", "o2"), ("run", "r3")]


def test_alone_a_run_that_was_rolled_back_has_the_very_state_of_one_that_was_not(tmp_path: Path) -> None:
    states = []
    for interrupted in (False, True):
        path = tmp_path / f"{interrupted}.db"
        add(memory(path, "before"), "old")
        run = memory(path, "run")
        add(run, "r1")
        saved = run.state_dict()
        if interrupted:
            add(run, "r2", "r3")
            run = memory(path, "run")
            run.load_state_dict(saved)
        add(run, "r2")
        states.append((run.state_dict(), rows(path)))
    assert states[0] == states[1]


def test_a_file_that_was_replaced_is_read_from_its_beginning_on(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    add(memory(path, "other"), *(str(n) for n in range(9)))
    run = memory(path, "run")
    add(run, "r1")
    saved = run.state_dict()
    path.unlink()
    resumed = memory(path, "run")
    resumed.load_state_dict(saved)
    add(memory(path, "other"), "new")
    resumed.sync()
    assert names(resumed)[-1] == "new"


def test_without_a_file_the_state_is_what_it_was() -> None:
    plain = ReflectionMemory()
    add(plain, "x")
    assert plain.state_dict().keys() == {"size", "buffers"}


def writer(path: Path, run: str, count: int) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), run, str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    both = [writer(path, run, 200) for run in "ab"]
    for process in both:
        line(process)  # how many it found: none, or already all of the other's
        while line(process) != 200:
            pass
    for process in both:
        out, _ = process.communicate("\n")
        assert int(out) == 400
        assert process.returncode == 0
    assert sorted(rows(path)) == sorted((run, f"{run} {number}") for run in "ab" for number in range(200))
    assert [name for run, name in rows(path) if run == "a"] == [f"a {number}" for number in range(200)]


def test_a_process_that_is_killed_leaves_whole_entries_and_can_be_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    keeper = memory(path, "run", size=10_000)
    add(keeper, "r1")
    saved = keeper.state_dict()
    killed = writer(path, "killed", -1)
    while line(killed) < 50:
        pass
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    written = [name for run, name in rows(path) if run == "killed"]
    assert len(written) >= 50
    assert written == [f"killed {number}" for number in range(len(written))]
    again = memory(path, "run", size=10_000)
    again.load_state_dict(saved)
    add(again, "r2")
    assert names(again)[:2] == ["r1", "r2"]
    assert len(again) == len(written) + 2


def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to look like one" * 50)
    with pytest.raises(RunError, match="cannot be used: file is not a database"):
        names(memory(tmp_path / "text", "run"))
    with pytest.raises(RunError, match="unable to open"):
        names(memory(tmp_path / "no" / "folder", "run"))
    names(memory(tmp_path / "new", "run"))
    with closing(sqlite3.connect(tmp_path / "new")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(RunError, match="has version 99"):
        names(memory(tmp_path / "new", "run"))


def test_a_writer_that_has_to_wait_too_long_says_so(tmp_path: Path) -> None:
    names(memory(tmp_path / "m.db", "run"))
    with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunError, match="database is locked"):
            ReflectionMemory(file=MemoryFile(tmp_path / "m.db", run="late", patience=0.05)).sync()


def test_the_seeds_of_another_runs_episodes_are_not_taken_over(tmp_path: Path) -> None:
    first, second = memory(tmp_path / "m.sqlite", "one"), memory(tmp_path / "m.sqlite", "two")
    len(second)  # it has looked: what follows comes through sync
    first.add("task", Entry(("mine",), False, episode=2**64 - 1))
    first.sync()
    second.sync()
    late = memory(tmp_path / "m.sqlite", "three")
    assert [entry.episode for entry in first.failures("task")] == [2**64 - 1]
    assert [entry.episode for other in (second, late) for entry in other.failures("task")] == [None, None]
