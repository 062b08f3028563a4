import pytest

from sge_agent.exploration.overlong import Overlong
from tests.sge_agent.exploration.made import context, episode, group


def test_the_price_of_a_turn_falls_on_a_straight_line_to_the_whole_price_at_the_limit() -> None:
    method = Overlong(limit=10, buffer=4, factor=0.5)
    groups = [group(*(episode([0, 1], tokens=n) for n in (2, 6, 7, 9, 10, 20)))]
    paid = method.bonus(groups, context())
    assert paid is not None
    assert [own.tolist() for own in paid[0]] == [[p, p] for p in (0, 0, -0.125, -0.375, -0.5, -0.5)]


def test_impossible_settings_are_refused() -> None:
    for wrong in ({"buffer": 0}, {"limit": 100, "buffer": 200}, {"factor": -1.0}):
        with pytest.raises(ValueError, match="buffer must be from 1 to limit"):
            Overlong(**wrong)  # type: ignore[arg-type]
