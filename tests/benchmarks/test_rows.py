from collections.abc import Iterator

import pytest

from benchmarks.rows import Benchmark, Row, Skip, at_least, at_most, hardware_line, main_of, number_text, show


def test_a_row_holds_when_its_bar_is_reached() -> None:
    assert Row("speed", 10, "/s", at_least(10)).holds is True
    assert Row("speed", 9.9, "/s", at_least(10)).holds is False
    assert Row("time", 3, "ms", at_most(3)).holds is True
    assert Row("time", 3.1, "ms", at_most(3)).holds is False
    assert Row("time", 3.1, "ms").holds is None
    assert Row("time", None, "ms", at_most(3)).holds is None


def test_a_row_is_a_line_of_a_table_and_of_json() -> None:
    row = Row("time", 2.5, "ms", at_most(3), "best 2 ms")
    assert str(row) == "| time | 2.5 ms, best 2 ms | at most 3 | PASS |"
    assert str(Row("time", None, detail="no browser")) == "| time | no browser |  |  |"
    assert row.to_json() == {
        "name": "time",
        "value": 2.5,
        "unit": "ms",
        "bar": {"kind": "at most", "limit": 3},
        "holds": True,
        "detail": "best 2 ms",
    }


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (12345.6, "12,346"), (0.01234, "0.0123"), (26.3, "26.3"), (7.0, "7")]
)
def test_numbers_read_like_numbers(number: float, text: str) -> None:
    assert number_text(number) == text


def test_the_table_says_what_it_was_measured_on_and_fails_where_a_bar_is_missed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert show([Row("a", 1, bar=at_least(2)), Row("b", 1, bar=at_least(1))]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split(", load")[0] == hardware_line().split(", load")[0]
    assert shown[-2:] == ["| a | 1 | at least 2 | FAIL |", "| b | 1 | at least 1 | PASS |"]
    assert show([Row("b", 1, bar=at_least(1))]) == 0


def test_a_module_has_a_command_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    def run(quick: bool) -> Iterator[Row]:
        yield Row("quick", float(quick))

    def skipped(quick: bool) -> Iterator[Row]:
        raise Skip("needs a browser")
        yield Row("never", None)

    assert main_of(Benchmark("nothing", run))(["--quick"]) == 0
    assert "| quick | 1 |" in capsys.readouterr().out
    assert main_of(Benchmark("nothing", skipped))([]) == 1
    assert "skipped: needs a browser" in capsys.readouterr().err
