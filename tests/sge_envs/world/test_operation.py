from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from sge_envs.world.docstrings import read_docstring
from sge_envs.world.errors import BadOperation, OperationError
from sge_envs.world.kinds import Range
from sge_envs.world.operation import operation_of


def greet(
    state: list[str], name: str, times: Annotated[int, Range(1, 3)] = 1, tone: Literal["warm", "cold"] = "warm"
) -> Any:
    """Greet somebody.

    Nobody is greeted
    more than three times.

    Args:
        name: Who is greeted,
            by name.
        times: How often.
        tone: In which tone.

    Returns:
        greetings, all of
        them.
    """
    state.append(name)
    return {"greetings": [f"{tone} {name}"] * times}


def test_an_operation_is_derived_from_signature_and_docstring() -> None:
    operation = operation_of(greet, app="hall", writes=True)
    assert operation.name == "hall.greet"
    assert operation.summary == "Greet somebody."
    assert operation.description == "Nobody is greeted more than three times."
    assert operation.returns == "greetings, all of them."
    assert operation.writes
    assert operation.signature == "hall.greet(name: str, times: int = 1, tone: 'warm' | 'cold' = 'warm')"
    assert operation.schema == {
        "type": "object",
        "properties": {
            "name": {"description": "Who is greeted, by name.", "type": "string", "maxLength": 300},
            "times": {"description": "How often.", "type": "integer", "minimum": 1, "maximum": 3, "default": 1},
            "tone": {"description": "In which tone.", "type": "string", "enum": ["warm", "cold"], "default": "warm"},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


def test_bound_arguments_leave_out_what_was_not_given() -> None:
    assert operation_of(greet, app="hall", writes=False).bind({"name": "Ada", "times": 2}) == {
        "name": "Ada",
        "times": 2,
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ({}, "missing_argument", "hall.greet: the argument 'name' is missing (a text)."),
        (
            {"name": "A", "time": 2},
            "unknown_argument",
            "there is no argument 'time'. Did you mean 'times'? It takes: name, times, tone.",
        ),
        (
            {"name": "A", "times": 9},
            "invalid_argument",
            "hall.greet: times: expected a whole number from 1 to 3, got 9.",
        ),
        ({"name": "A", 3: 9}, "unknown_argument", "there is no argument 3."),
    ],
)
def test_a_wrong_call_is_refused_with_the_fault_and_the_nearest_name(arguments: Any, code: str, says: str) -> None:
    with pytest.raises(OperationError) as caught:
        operation_of(greet, app="hall", writes=False).bind(arguments)
    assert caught.value.code == code
    assert says in caught.value.message


def _undocumented(state: None) -> None: ...


def _argument_left_out(state: None, name: str) -> None:
    """Do it."""


def _without_annotation(state, name):  # type: ignore[no-untyped-def]
    """Do it.

    Args:
        name: Who.
    """


def _with_rest(state: None, *names: str) -> None:
    """Do it.

    Args:
        names: Who.
    """


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (_undocumented, "has no docstring"),
        (_argument_left_out, "give each argument one entry under 'Args:'"),
        (_without_annotation, "has no type annotation"),
        (_with_rest, "must be an ordinary parameter"),
    ],
)
def test_a_function_that_cannot_be_an_operation_is_refused_at_once(function: Any, says: str) -> None:
    with pytest.raises(BadOperation, match=says):
        operation_of(function, app="hall", writes=False)


def test_a_docstring_without_sections_is_only_a_summary() -> None:
    docs = read_docstring("Look\n    around.")
    assert (docs.summary, docs.description, docs.arguments, docs.returns) == ("Look around.", "", {}, "")
    assert read_docstring(None).summary == ""
