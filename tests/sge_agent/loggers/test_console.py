import io

from sge_agent.loggers.console import ConsoleLogger, progress_line
from tests.sge_agent.loggers.rows import ROW


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
