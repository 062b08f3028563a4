from collections.abc import Sequence
from dataclasses import replace

import pytest

from sge_agent.exploration.cycles import CyclePenalty, circling, patterned, repeats, stands_still
from sge_agent.types import Trajectory
from tests.sge_agent.exploration.made import context, episode, group


def doing(actions: str, states: Sequence[str | None] = ()) -> Trajectory:
    made = episode([0] * len(actions), states=states)
    return replace(made, turns=tuple(replace(t, action=f" {a}  b\n") for t, a in zip(made.turns, actions, strict=True)))


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("aab", "000"),
        ("aaa", "001"),
        ("aaaa", "0011"),
        ("abab", "0001"),
        ("ababa", "00011"),
        ("abcabc", "000001"),
        ("abcab", "00000"),
        ("abcdabcd", "00000000"),
        ("abba", "0000"),
    ],
)
def test_the_same_action_three_times_and_patterns_of_two_and_three_are_found_when_they_close(
    actions: str, expected: str
) -> None:
    assert circling(doing(actions)).tolist() == [float(x) for x in expected]


def test_the_same_known_state_three_times_in_a_row_is_found() -> None:
    assert circling(doing("abc", ["s", "s", "s", "t"])).tolist() == [0, 1, 0]
    assert circling(doing("abcd", ["s", "t", "s", "t", "s"])).tolist() == [0, 0, 0, 0]
    assert circling(doing("abc")).tolist() == [0, 0, 0]


def test_each_such_turn_has_its_price() -> None:
    groups = [group(doing("aaab"), doing("abcd"))]
    found = CyclePenalty(scale=0.25).bonus(groups, context())
    assert found is not None
    assert [own.tolist() for own in found[0]] == [[0, 0, -0.25, 0], [0, 0, 0, 0]]
    metrics: dict[str, float] = {}
    CyclePenalty().observe(groups, metrics, context())
    assert metrics == {"cycles/share": 1 / 8}
    with pytest.raises(ValueError, match="scale must be 0 or more"):
        CyclePenalty(-1)


def test_the_detectors_are_functions_of_their_sequence() -> None:
    assert repeats("xaaa")
    assert not repeats("aa")
    assert patterned([1, 2, 3, 1, 2, 3])
    assert not patterned([1, 2, 3, 1, 2])
    assert not stands_still([None, None, None])
