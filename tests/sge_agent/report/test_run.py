"""Reading a run folder: whole, bit by bit, and with parts missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sge_agent.report.run import RunReader
from sge_agent.transcripts import TranscriptWriter
from sge_agent.types import Group, Source, TaskRef
from tests.sge_agent.runs import decode, episode, write_run

SEED = 2**64 - 1


def groups() -> list[Group]:
    first, second = TaskRef("toy", 0), TaskRef("toy", 1)
    own = Source(1, SEED, False, "lost", ("look up",))
    unkept = Source(1, 77, False, "lost", ("jump",))
    foreign = Source(9, None, True, "won", ("climb",))
    hinted = episode(
        strategy="look down", hint="Failed: look up;", sources=(own, unkept, foreign), success=True, seed=5
    )
    return [Group(first, (episode(seed=SEED),)), Group(second, (episode(task=1, seed=4),)), Group(first, (hinted,))]


def read(path: Path) -> RunReader:
    reader = RunReader(path)
    reader.refresh()
    assert len(list(reader.episodes())) == len(reader.index)
    return reader


def test_a_hint_is_linked_to_the_attempts_that_it_was_made_from(tmp_path: Path) -> None:
    reader = read(write_run(tmp_path / "run", groups=groups()))
    strategies, outcomes = (reader.index.tables[name].items for name in ("strategies", "outcomes"))
    found = reader.index.sources[2]
    assert [number for number, *_ in found] == [0, -1, -1]
    assert [(update, outcomes[o], strategies[s], won) for _, update, o, s, won in found] == [
        (1, "lost", "look up", 0),
        (1, "lost", "jump", 0),
        (9, "won", "climb", 1),
    ]
    assert reader.notes == []


def test_what_the_page_lacks_together_is_what_a_new_page_gets(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run", success=(0.0,), groups=groups()[:1])
    reader = read(path)
    first = reader.since({})
    tables = {name: len(items) for name, items in first["episodes"]["tables"].items()}
    more = write_run(tmp_path / "more", groups=groups())
    for name in ("metrics.jsonl", "transcripts.jsonl"):
        (path / name).write_bytes((more / name).read_bytes())
    reader.refresh()
    list(reader.episodes())
    news = reader.since({"rows": 1, "episodes": 1, **tables})
    assert news["episodes"]["start"] == 1
    whole = read(path).since({})
    for name, column in whole["episodes"]["columns"].items():
        assert first["episodes"]["columns"][name] + news["episodes"]["columns"][name] == column
    for name, items in whole["episodes"]["tables"].items():
        assert first["episodes"]["tables"][name] + news["episodes"]["tables"][name] == items
    assert first["metrics"]["columns"]["success"] + news["metrics"]["columns"]["success"] == [0.0, 0.25, 0.5, 1.0]
    assert (reader.generation, news["rows"]) == (first["generation"], 4)


def test_a_run_that_was_wound_back_has_another_generation_and_starts_over(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run", groups=groups())
    reader = read(path)
    before = reader.generation
    lines = (path / "transcripts.jsonl").read_text().splitlines(keepends=True)
    (path / "transcripts.jsonl").write_text(lines[0])
    reader.refresh()
    list(reader.episodes())
    assert len(reader.index) == 1
    assert reader.generation != before


def test_an_unfinished_last_line_waits(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run", groups=groups())
    whole = (path / "transcripts.jsonl").read_bytes()
    (path / "transcripts.jsonl").write_bytes(whole[:-40])
    reader = read(path)
    assert (len(reader.index), reader.notes) == (2, [])
    (path / "transcripts.jsonl").write_bytes(whole)
    assert len(list(reader.episodes())) == 1


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("transcripts.jsonl", '{"version": 99}\n', "line 1: expected transcript version 1, got 99"),
        ("transcripts.jsonl", '{"version": 1}\n', "line 1: this is no episode"),
        ("transcripts.jsonl", "{]\n", "line 1: expected one JSON object"),
        ("transcripts.jsonl", None, "There is no transcripts.jsonl"),
        ("metrics.jsonl", "[]\n", "line 1: expected a JSON object, got list"),
        ("metrics.jsonl", None, "No update is finished yet"),
        ("eval.json", '{"before": {"train": {}}}', "eval.json cannot be read"),
        ("eval.json", "{", "eval.json is damaged"),
        ("status.json", "[]", "status.json is damaged: expected a JSON object, got list"),
    ],
)
def test_what_is_missing_or_damaged_is_told_and_the_rest_is_there(
    tmp_path: Path, name: str, content: str | None, note: str
) -> None:
    path = write_run(tmp_path / "run", groups=groups())
    (path / name).unlink()
    if content is not None:
        (path / name).write_text(content)
    reader = read(path)
    assert [one for one in reader.notes if note in one]
    assert len(reader.notes) == 1
    assert (len(reader.index) == 3) == (name != "transcripts.jsonl")
    assert (len(reader.rows) == 4) == (name != "metrics.jsonl")
    json.dumps(reader.since({}), allow_nan=False)


def test_hints_without_their_sources_are_told(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run", groups=groups())
    rows = [json.loads(line) for line in (path / "transcripts.jsonl").read_text().splitlines()]
    for row in rows:
        del row["spec"]["sources"]
    (path / "transcripts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "did not record which attempts" in read(path).notes[0]


def test_a_run_that_has_not_begun_has_nothing_and_misses_nothing(tmp_path: Path) -> None:
    reader = read(tmp_path / "not yet")
    assert (reader.begun, reader.notes) == (False, [])
    assert reader.since({})["status"] == "not begun"


def test_pass_at_k_is_a_curve_up_to_the_episodes_of_a_task(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run")
    curve = read(path).evaluations["after"]["train"]["curve"]
    assert [k for k, *_ in curve] == [1, 2, 4, 8]
    assert curve[0][1:] == [0.75, 0.65, 0.85]  # as the run itself measured it
    assert curve[-1][1:] == [0.0, 0.0, 0.0]


def test_the_writer_of_a_run_and_its_reader_agree_on_outcome_and_strategy(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run")
    trajectory = episode(strategy="look\nup  twice", success=True)
    with TranscriptWriter(path / "transcripts.jsonl", decode) as writer:
        writer.write([Group(trajectory.task, (trajectory,))], phase="train", update=2)
    tables = read(path).index.tables
    assert tables["outcomes"].items == ["won"]
    assert tables["strategies"].items == ["look up twice"]
    assert tables["tasks"].items == [{"key": "toy#0", "env": "toy", "goal": "shine in room 0"}]
