import logging

import pytest

from sge_agent.loggers.base import Guarded, numbers_of
from tests.sge_agent.loggers.rows import ROW, Failing, Recording


def test_a_logger_that_fails_is_told_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    guarded = Guarded(Failing())
    with caplog.at_level(logging.WARNING):
        guarded.log(ROW)
        guarded.note("Half way.")
        guarded.log(ROW)
        guarded.close()
    assert guarded.failures == 4
    assert len(caplog.records) == 1
    assert "Failing failed and the run goes on without it (ConnectionError: the service is away)" in caplog.text


def test_a_logger_that_works_is_told_everything() -> None:
    inner = Recording()
    guarded = Guarded(inner)
    guarded.log(ROW)
    guarded.note("Half way.")
    guarded.close()
    assert (inner.rows, inner.notes, inner.closed, guarded.failures) == ([ROW], ["Half way."], True, 0)


def test_ctrl_c_in_a_logger_stops_the_run() -> None:
    class Stopped(Recording):
        def note(self, text: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Guarded(Stopped()).note("")


def test_only_what_was_measured_is_a_number() -> None:
    row = {"update": 1, "a": 1, "b": 0.5, "missing": None, "words": "x", "flag": True}
    assert numbers_of(row) == {"a": 1, "b": 0.5}
