"""Reading a file that grows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.report.tail import Tail


def test_each_line_is_read_once_and_an_unfinished_one_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    tail = Tail(path)
    assert list(tail.read()) == []
    path.write_text('{"n": 1}\n{"n": 2')
    assert list(tail.read()) == [{"n": 1}]
    with open(path, "a") as file:
        file.write('3}\n{"n": 4}\n')
    assert list(tail.read()) == [{"n": 23}, {"n": 4}]
    assert list(tail.read()) == []
    assert [tail.line(i) for i in range(3)] == [{"n": 1}, {"n": 23}, {"n": 4}]
    assert (tail.check(), tail.generation) == (False, 0)


@pytest.mark.parametrize("after", ["", '{"n": 1}\n', '{"n": 9}\n{"n": 8}\n{"n": 7}\n'])
def test_a_file_that_was_cut_or_replaced_is_read_from_its_start(tmp_path: Path, after: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n{"n": 2}\n')
    tail = Tail(path)
    assert len(list(tail.read())) == 2
    path.write_text(after)
    assert (tail.check(), tail.generation) == (True, 1)
    assert len(list(tail.read())) == after.count("\n")


def test_a_file_that_went_away_is_noticed_and_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n')
    tail = Tail(path)
    assert list(tail.read())
    path.unlink()
    assert tail.check()
    assert list(tail.read()) == []


def test_a_damaged_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\nno json\n')
    tail = Tail(path)
    with pytest.raises(ValueError, match="line 2: expected one JSON object per line"):
        list(tail.read())
    path.write_text("[1]\n")
    with pytest.raises(ValueError, match="line 1: expected a JSON object, got list"):
        list(Tail(path).read())


@given(st.lists(st.integers(1, 40), max_size=12))
def test_lines_come_whole_and_in_order_wherever_the_writes_are_cut(tmp_path_factory: object, cuts: list[int]) -> None:
    path = tmp_path_factory.mktemp("t") / "a.jsonl"  # type: ignore[attr-defined]
    content = "".join(f'{{"n": {i}}}\n' for i in range(20)).encode()
    tail, seen, start = Tail(path), [], 0
    for size in [*cuts, len(content)]:
        with open(path, "ab") as file:
            file.write(content[start : start + size])
        start += size
        seen += [row["n"] for row in tail.read()]
    assert seen == list(range(20))
