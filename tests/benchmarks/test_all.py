"""The command that plays all benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as everything
from benchmarks.rows import Benchmark, Row, Skip, at_least
from sge_agent.cli import main as sge


def rows(quick: bool) -> Iterator[Row]:
    yield Row("speed", 5.0 if quick else 50.0, "/s", at_least(10))


def breaking(quick: bool) -> Iterator[Row]:
    yield from rows(False)
    raise RuntimeError("no more")


def skipping(quick: bool) -> Iterator[Row]:
    raise Skip("needs a browser")
    yield Row("never", None)


@dataclass(frozen=True)
class Known(everything.Entry):
    """A benchmark that stands in no file."""

    run: Callable[[bool], Iterator[Row]] = rows

    def load(self) -> Benchmark:
        if self.name == "absent":
            raise ModuleNotFoundError("No module named 'x'")
        return Benchmark(self.measures, self.run, self.learning)


KNOWN: Mapping[str, everything.Entry] = {
    one.name: one
    for one in (
        Known("good", "what is good", False),
        Known("breaking", "what breaks", False, breaking),
        Known("skipping", "what needs more", False, skipping),
        Known("absent", "what cannot be imported", False),
        Known("slow", "what learns", True),
    )
}


def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """The status and the JSON, each benchmark in this process."""
    monkeypatch.setattr(everything, "find", lambda: KNOWN)
    monkeypatch.setattr(everything, "play_apart", everything.play)
    out = tmp_path / "rows.json"
    status = everything.main([*words, "--json", str(out)])
    return status, json.loads(out.read_text(encoding="utf-8"))


def test_all_but_the_learning_ones_are_played_and_none_hides_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = played(monkeypatch, tmp_path)
    assert status == 1
    by_name = {one["name"]: one for one in found["benchmarks"]}
    assert list(by_name) == ["good", "breaking", "skipping", "absent"]
    assert by_name["good"]["rows"][0]["value"] == 50.0
    assert by_name["breaking"]["error"] == "RuntimeError: no more"
    assert len(by_name["breaking"]["rows"]) == 1
    assert by_name["skipping"]["skipped"] == "needs a browser"
    assert by_name["absent"]["skipped"] == "No module named 'x'"
    assert found["hardware"]["cores"] >= 1
    assert "skipping is skipped: needs a browser" in capsys.readouterr().out


def test_one_is_played_when_it_is_named_and_a_missed_bar_is_the_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert played(monkeypatch, tmp_path, "--only", "slow")[0] == 0
    status, found = played(monkeypatch, tmp_path, "--only", "good", "--quick")
    assert status == 1
    assert found["quick"]
    assert found["benchmarks"][0]["rows"][0]["holds"] is False


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(("--only", "god"), "did you mean 'good'?"), (("--json", "/no such folder/x.json"), "there is no folder")],
)
def test_wrong_words_are_told(
    words: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(everything, "find", lambda: KNOWN)
    with pytest.raises(SystemExit):
        everything.main(words)
    assert complaint in capsys.readouterr().err


def test_every_benchmark_of_this_folder_joins_and_sge_bench_lists_them(capfd: pytest.CaptureFixture[str]) -> None:
    assert sge(["bench", "--list"]) == 0
    shown = capfd.readouterr().out
    performance, learning = shown.split("learning, only when named")
    for name in ("alfworld", "code", "faults", "miniwob", "rollout", "sandbox", "tools", "turns", "vector"):
        assert f"  {name} " in performance
    for name in ("claims", "compare", "one_liners"):
        assert f"  {name} " in learning


def test_a_benchmark_runs_in_a_process_of_its_own() -> None:
    result = everything.play_apart(KNOWN["good"], quick=True)
    assert result["error"] == "ended with exit status 2"
    assert everything.failed(result)


def test_outside_of_a_clone_sge_bench_says_where_the_benchmarks_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sge_agent.cli.__file__", str(tmp_path / "sge_agent" / "cli.py"))
    assert sge(["bench", "--list"]) == 1
    assert "the benchmarks are no part of the installed package" in capsys.readouterr().err
