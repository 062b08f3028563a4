import pytest

from sge_agent.metrics import clock_text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (10867, "3:01:07")])
def test_clock_text_reads_like_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text
