"""A run in the terminal: plain lines in a pipe, a screen on a terminal, and nothing that a model could do to either."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.cli import main
from sge_agent.jsonlines import write_json_atomically
from sge_agent.report.run import RunReader
from sge_agent.types import Group, TaskRef
from sge_agent.watch import watch_in_terminal
from sge_agent.watch.dashboard import dashboard, fit, plain, sparkline
from tests.sge_agent.runs import episode, write_run

EVIL = "\x1b[2J\x1b]0;hacked\x07\x9b31m\r\n\u202e look 家家"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def groups(strategy: str = "look up") -> list[Group]:
    return [Group(TaskRef("toy", i), (episode(task=i, strategy=strategy, success=i == 1),)) for i in range(3)]


def read(path: Path) -> RunReader:
    reader = RunReader(path)
    reader.refresh()
    list(reader.episodes())
    return reader


def steps(*then: Callable[[], object]) -> Callable[[float], None]:
    """A sleep in which the world goes on."""
    left = iter(then)
    return lambda seconds: (next(left)(), None)[1]


def end(run: Path, status: str, error: str = "") -> None:
    write_json_atomically(run / "status.json", {"status": status, "error": error})


def test_a_pipe_gets_a_line_for_every_update_and_every_change_of_state(tmp_path: Path) -> None:
    run, out = tmp_path / "run", io.StringIO()
    late = write_run(tmp_path / "late", updates=4)
    begin = lambda: write_run(run, success=(0.0, 0.25), status="running", updates=4)  # noqa: E731
    more = lambda: (run / "metrics.jsonl").write_bytes((late / "metrics.jsonl").read_bytes())  # noqa: E731
    assert watch_in_terminal(run, stream=out, sleep=steps(begin, lambda: None, more, lambda: end(run, "finished")))
    lines = out.getvalue().splitlines()
    assert [line.partition(" |")[0] for line in lines] == [
        f"run: waiting for the run to begin; there is no folder {run} yet (Ctrl-C stops waiting)",
        "run: running",
        *(f"update {n}/4" for n in (1, 2, 3, 4)),
        "run: finished",
    ]
    assert "0:04 to go" in lines[3]
    assert "\x1b" not in out.getvalue()


def test_a_run_that_failed_says_why_and_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run", status="running")
    end(run, "failed", f"no memory {EVIL}")
    assert main(["watch", str(run), "--terminal"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("run: failed: no memory")
    assert last.isprintable()


def test_a_run_that_was_wound_back_is_followed_again(tmp_path: Path) -> None:
    run, out = write_run(tmp_path / "run", status="running", updates=4), io.StringIO()
    first = (run / "metrics.jsonl").read_text().splitlines(keepends=True)[0]
    back = lambda: (run / "metrics.jsonl").write_text(first)  # noqa: E731
    watch_in_terminal(run, stream=out, sleep=steps(back, lambda: end(run, "interrupted")))
    told = [line.partition(" |")[0] for line in out.getvalue().splitlines()]
    assert told[-3:] == ["the run was wound back to an earlier update", "update 1/4", "run: interrupted"]


def test_a_terminal_gets_a_screen_that_is_given_back_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((70, 30)))
    monkeypatch.delenv("NO_COLOR", raising=False)
    run, out = write_run(tmp_path / "run", groups=groups(), status="running"), Terminal()
    assert watch_in_terminal(run, stream=out, sleep=steps(lambda: None, lambda: end(run, "finished")))
    text = out.getvalue()
    assert text.startswith("\x1b[?1049h\x1b[?25l")
    shown, _, left = text.partition("\x1b[?25h\x1b[?1049l")
    assert "\x1b[32m✓\x1b[0m update 2" in shown
    assert "finished" in left
    assert "\x1b[?" not in left


def test_ctrl_c_gives_the_screen_back_too(tmp_path: Path) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    out = Terminal()
    with pytest.raises(KeyboardInterrupt):
        watch_in_terminal(write_run(tmp_path / "run", status="running"), stream=out, sleep=interrupt)
    assert "\x1b[?25h\x1b[?1049l" in out.getvalue()


@pytest.mark.parametrize("width", [8, 20, 40, 80, 200])
@pytest.mark.parametrize("height", [3, 12, 40])
def test_the_screen_fits_any_terminal(tmp_path: Path, width: int, height: int) -> None:
    reader = read(write_run(tmp_path / "run", groups=groups(strategy=EVIL), status="running", updates=9, env=EVIL))
    lines = dashboard(reader, width=width, height=height)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


def test_the_screen_tells_how_far_how_well_and_what_was_tried(tmp_path: Path) -> None:
    reader = read(write_run(tmp_path / "run", groups=groups(), status="running", updates=8))
    text = "\n".join(dashboard(reader, width=100, height=40, quiet=125))
    assert "running, nothing new for 2:05" in text
    assert "update 4/8  0:08 elapsed, 0:08 to go" in text
    assert re.search(r"success +1.00  ▁▂▄█", text)
    assert "playing 50%, learning 25%, other 25%" in text
    assert "1 of 3 tasks solved" in text
    assert "✓ update 2  won  look up" in text


@given(st.text(), st.integers(1, 30))
def test_plain_text_holds_no_command_and_fits(text: str, width: int) -> None:
    found = plain(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found)
    assert len(fit(found, width)) <= max(width, 1) * 4
    assert fit("ab家c", 4) == "ab…"
    assert fit("ab家", 4) == "ab家"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.integers(1, 80))
def test_a_sparkline_has_no_more_columns_than_there_are(values: list[float], width: int) -> None:
    assert 1 <= len(sparkline(values, width, 1.0)) <= width


def test_a_file_is_no_folder_to_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["watch", str(tmp_path / "file")]) == 1
    assert "is a file: give the folder of a run" in capsys.readouterr().err
    assert main(["watch", str(tmp_path), "--port", "99999"]) == 2
    assert "--port must be from 0 to 65535, got 99999" in capsys.readouterr().err
