from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.world.errors import BadOperation
from sge_envs.world.kinds import (
    Amount,
    Date,
    Email,
    Ids,
    Length,
    Moment,
    Month,
    Name,
    Phone,
    Range,
    TimeOfDay,
    Wrong,
    brief,
    kind_of,
)


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string", "maxLength": 300}),
        (int, {"type": "integer"}),
        (bool, {"type": "boolean"}),
        (float, {"type": "number"}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (list[int], {"type": "array", "items": {"type": "integer"}, "maxItems": 50}),
        (int | None, {"type": ["integer", "null"]}),
        (Literal["a"] | None, {"type": ["string", "null"], "enum": ["a", None]}),
        (Annotated[int, Range(1, 5)], {"type": "integer", "minimum": 1, "maximum": 5}),
        (Annotated[str, Length(1, 9)], {"type": "string", "minLength": 1, "maxLength": 9}),
        (Ids, {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 50}),
        (Date, {"type": "string", "format": "date", "examples": ["2025-03-14"]}),
        (Amount, {"type": "number", "minimum": 0.01, "maximum": 1_000_000.0, "multipleOf": 0.01}),
    ],
)
def test_an_annotation_becomes_its_json_schema(annotation: Any, schema: dict[str, Any]) -> None:
    assert kind_of(annotation).schema == schema


@pytest.mark.parametrize(
    ("annotation", "given", "used"),
    [
        (str, "a\nb\tc", "a\nb\tc"),
        (int, 3, 3),
        (float, 3, 3.0),
        (bool, False, False),
        (int | None, None, None),
        (list[int], [], []),
        (Date, "2024-02-29", "2024-02-29"),
        (Moment, "2025-03-14 09:30:00", "2025-03-14T09:30"),
        (Moment, "2025-03-14T09:30", "2025-03-14T09:30"),
        (Month, "2025-12", "2025-12"),
        (TimeOfDay, "23:59", "23:59"),
        (Email, "Ada.Byrd@Example.com", "ada.byrd@example.com"),
        (Phone, "+1 555 0123", "+1 555 0123"),
        (Amount, 12.3, 12.3),
        (Amount, 7, 7.0),
    ],
)
def test_a_right_value_is_used_in_its_canonical_form(annotation: Any, given: Any, used: Any) -> None:
    checked = kind_of(annotation).check(given)
    assert checked == used
    assert type(checked) is type(used)


@pytest.mark.parametrize(
    ("annotation", "given", "says"),
    [
        (int, True, "expected a whole number, got True"),
        (int, 3.0, "expected a whole number, got 3.0"),
        (int, "3", "expected a whole number, got '3'"),
        (int, 10**30, "expected a whole number from"),
        (float, True, "expected a number, got True"),
        (float, float("nan"), "expected a number, got nan"),
        (float, 10**400, "a huge number"),
        (bool, 1, "expected true or false, got 1"),
        (str, None, "expected a text, got None"),
        (str, "x" * 301, "at most 300 characters, got 301"),
        (str, "\x00", "without control characters"),
        (str, "\ud800", "without control characters"),
        (Name, "   ", "a text that is not empty"),
        (Literal["a", "b"], "c", "expected one of 'a', 'b', got 'c'"),
        (Literal["a", "b"], ["a"], "expected one of 'a', 'b', got a list of 1"),
        (list[int], "1,2", "expected a list, got '1,2'"),
        (list[int], [1, "2"], "expected a whole number, got '2'"),
        (list[int], list(range(51)), "a list of 0 to 50 entries, got 51"),
        (Ids, [], "a list of 1 to 50 entries, got 0"),
        (Annotated[int, Range(1, 5)], 6, "expected a whole number from 1 to 5, got 6"),
        (Date, "2025-02-30", "expected a date such as '2025-03-14', got '2025-02-30'"),
        (Date, "2025-W01-1", "expected a date"),
        (Date, 20250314, "expected a date"),
        (Date, "9999-12-31", "expected a date"),
        (Moment, "0001-01-01T00:00", "expected a date and time"),
        (Moment, "2025-03-14", "expected a date and time such as '2025-03-14T09:30'"),
        (Moment, "2025-03-14T24:30", "expected a date and time"),
        (Month, "2025-13", "expected a month"),
        (TimeOfDay, "24:00", "expected a time of day"),
        (Email, "nobody", "expected an e-mail address"),
        (Phone, "call me", "expected a phone number"),
        (Amount, 0, "from 0.01 to 1e+06, got 0"),
        (Amount, 1.234, "at most two decimals"),
        (Amount, -5, "from 0.01"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected_and_what_came(annotation: Any, given: Any, says: str) -> None:
    with pytest.raises(Wrong, match="expected") as caught:
        kind_of(annotation).check(given)
    assert says in str(caught.value)


@pytest.mark.parametrize("annotation", [dict, list[dict[str, int]], int | str, bytes, Literal[1, 2], Any, "int"])
def test_an_annotation_without_a_meaning_is_refused_when_the_operation_is_made(annotation: Any) -> None:
    with pytest.raises(BadOperation, match="take str, int, float, bool"):
        kind_of(annotation)


@given(st.integers(min_value=1, max_value=10**8))
def test_every_amount_in_cents_passes(cents: int) -> None:
    assert round(kind_of(Amount).check(cents / 100) * 100) == cents


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_what_is_quoted_in_a_message_stays_short(value: Any) -> None:
    assert len(brief(value)) < 80
    assert brief(value).isascii()
