"""What the turns benchmark makes of its measurements."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from benchmarks.turns import Turn, plot, rows, shape_of
from sge_agent.types import EpisodeSpec, Segment, TaskRef, Trajectory
from sge_agent.types import Turn as Played

GROWING = [Turn(0.1 + 0.01 * n, 0.01 * n, 100 + 50 * n) for n in range(16)]


def test_what_is_left_of_a_turn_without_attention_is_compared() -> None:
    whole, attention, rest = rows(GROWING)
    assert whole.value == pytest.approx(0.245 / 0.115)
    assert attention.value == pytest.approx(0.145 / 0.015)
    assert rest.value == pytest.approx(1.0)
    assert rest.holds
    *_, steeper = rows([Turn(turn.whole * (1 + n / 20), turn.attention, turn.length) for n, turn in enumerate(GROWING)])
    assert steeper.holds is False


def test_the_shape_of_a_turn_is_what_is_read_at_once_and_written_one_by_one() -> None:
    def span(start: int, end: int) -> Segment:
        nothing = (0.0,) * (end - start)
        return Segment("action", 0, start, end, nothing, nothing, "")

    def played(*spans: Segment) -> Trajectory:
        turns: Any = tuple(Played("", (one,), "", "", 0.0, False, False) for one in spans)
        return Trajectory(EpisodeSpec(TaskRef("toy", 0)), turns, ())

    trajectory = played(span(40, 50), span(62, 70))
    assert shape_of(trajectory, 0) == (40, 10, 50)
    assert shape_of(trajectory, 1) == (13, 8, 70)  # the last token that was written is read with the 12 after it


def test_the_plot_has_every_turn_within_its_frame() -> None:
    root = ElementTree.fromstring(plot(GROWING))
    curves = [node.attrib["points"].split() for node in root if node.tag.endswith("polyline")]
    assert [len(points) for points in curves] == [16, 16, 16]
    heights = [float(point.split(",")[1]) for points in curves for point in points]
    assert min(heights) >= 20
    assert max(heights) <= 420 - 44
