import io
from pathlib import Path

import pytest

from sge_agent.jsonlines import read_json_lines
from sge_agent.metrics import ConsoleLogger, JsonLinesLogger, TensorBoardLogger, clock_text, progress_line

ROW = {
    "update": 3,
    "success": 0.25,
    "distinct_outcomes": 2.5,
    "tokens_per_second": 1234.4,
    "elapsed": 65.0,
    "seconds": 5.0,
}


def test_every_row_is_on_disk_as_soon_as_it_is_logged(tmp_path: Path) -> None:
    logger = JsonLinesLogger(tmp_path / "metrics.jsonl")
    logger.log(ROW)
    assert list(read_json_lines(tmp_path / "metrics.jsonl")) == [ROW]
    logger.close()


def test_the_progress_line_says_how_far_how_well_how_varied_and_how_fast() -> None:
    line = progress_line(ROW, total_updates=96, remaining=3600)
    assert line == "update  3/96 | success 0.25 | outcomes/task 2.5 | 1,234 tokens/s | 1:05 elapsed, 1:00:00 to go"


def test_a_number_that_was_not_measured_is_left_out_of_the_progress_line() -> None:
    assert "success" not in progress_line({"update": 1, "success": None}, total_updates=2, remaining=0)


def test_without_a_terminal_the_console_writes_one_plain_line_per_update() -> None:
    stream = io.StringIO()
    times = iter([10.0, 10.0, 15.0])
    logger = ConsoleLogger(total_updates=4, stream=stream, clock=lambda: next(times))
    logger.log({**ROW, "update": 1})
    logger.log({**ROW, "update": 2})
    logger.close()
    first, second = stream.getvalue().splitlines()
    assert first.endswith("0:15 to go")  # the first update took its 5 s, 3 are left
    assert second.endswith("0:10 to go")
    assert "\x1b" not in stream.getvalue()


def test_tensorboard_gets_the_numbers_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    logger = TensorBoardLogger(tmp_path)
    logger.log({**ROW, "note": "words", "missing": None})
    logger.close()
    assert any(path.stat().st_size > 0 for path in tmp_path.iterdir())


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (10867, "3:01:07")])
def test_clock_text_reads_like_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text
