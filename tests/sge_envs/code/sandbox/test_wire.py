"""The lines of the channel: exact, and hard to abuse."""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.code.sandbox.inside import wire

KEYS = st.integers() | st.text() | st.booleans() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
        | st.dictionaries(KEYS, inner)
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("iflbtszd"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_a_value_survives_the_journey_to_the_last_type(value: object) -> None:
    line = wire.write_line([wire.encode(value)])
    assert line.count(b"\n") == 1
    (data,) = wire.read_line(line)
    assert shape(wire.decode(data)) == shape(value)


def shape(value: object) -> object:
    """Equal for values that are equal to the last type and sign, and for dicts to the order."""
    if isinstance(value, set | frozenset):
        return type(value), sorted(map(repr, value))
    if isinstance(value, dict):
        return [(shape(key), shape(one)) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(one) for one in value]
    return repr(value)


@given(JSON)
def test_whatever_comes_is_read_as_built_in_types_or_refused(data: object) -> None:
    try:
        value = wire.decode(data)
    except wire.Malformed:
        return
    wire.encode(value)  # raises for any other type


@given(st.binary() | st.text().map(str.encode))
def test_no_line_can_do_more_than_be_refused(line: bytes) -> None:
    with suppress(wire.Malformed):
        assert type(wire.read_line(line)) is list


@pytest.mark.parametrize(
    "text",
    ["[NaN]", "{}", "1", "", "[" * 100_000, "[1] [2]", '["a", ' + "9" * 10_000 + "]", '["\\ud800"', "[Infinity]"],
    ids=lambda text: text[:12],
)
def test_lines_that_are_refused(text: str) -> None:
    with pytest.raises(wire.Malformed):
        wire.read_line(text.encode())


@pytest.mark.parametrize(
    "data",
    [
        [],
        ["x"],
        [1],
        {"a": 1},
        ["i", "12"],
        ["i", 12],
        ["f", "1.0"],
        ["b", "zz"],
        ["d", [1]],
        ["d", [["l"], 1]],
        ["s", ["l"]],
    ],
    ids=json.dumps,
)
def test_data_that_is_refused(data: object) -> None:
    with pytest.raises(wire.Malformed):
        wire.decode(data)


def test_nesting_without_end_is_refused() -> None:
    data: list[object] = ["l"]
    for _ in range(10_000):
        data = ["l", data]
    with pytest.raises(wire.Malformed, match="too deep"):
        wire.decode(data)


def test_elements_that_collide_are_refused_before_they_cost_time() -> None:
    modulus = 2**61 - 1
    data = ["s", *(["i", hex(number * modulus)] for number in range(50_000))]
    start = time.process_time()
    with pytest.raises(wire.Malformed, match="one hash"):
        wire.decode(data)
    assert time.process_time() - start < 5.0
    assert len(wire.decode(["s", *range(50_000)])) == 50_000


def test_large_integers_are_exact_and_not_limited_by_digits() -> None:
    value = -(3**20_000)
    assert wire.decode(wire.encode(value)) == value


def test_subclasses_of_built_in_types_are_foreign() -> None:
    class Number(int):
        pass

    for value in (Number(1), [Number(1)], {Number(1): 1}, {1: Number(1)}, (math.inf, Number(1))):
        with pytest.raises(wire.Foreign, match="'Number'"):
            wire.encode(value)
