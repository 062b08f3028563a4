"""Forms are made from operations, and what is written into them becomes arguments."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.fields import Field, filled, make_field, read_value, sent
from sge_envs.ui.pages.words import label_of, value_text, without_tools
from sge_envs.world.kinds import Amount, Date, Email, Ids, Length, Moment, Range, Text, kind_of
from sge_envs.world.operation import Parameter


def parameter(annotation: object, default: object = ...) -> Parameter:
    return Parameter("one", kind_of(annotation), "About it.", default is ..., None if default is ... else default)


@pytest.mark.parametrize(
    ("annotation", "widget", "kind"),
    [
        (str, "text", "text"),
        (Text, "long", "text"),
        (Date, "text", "date"),
        (Moment, "text", "datetime-local"),
        (Email, "text", "text"),
        (Amount, "number", "number"),
        (Annotated[int, Range(1, 5)], "number", "number"),
        (Literal["a", "b"], "choose", "text"),
        (bool | None, "choose", "text"),
        (list[Literal["mon", "tue"]], "boxes", "text"),
        (list[str], "lines", "text"),
        (Ids, "text", "text"),
    ],
)
def test_the_field_fits_the_parameter(annotation: object, widget: str, kind: str) -> None:
    field = make_field(parameter(annotation), "One", None)
    assert (field.widget, field.type, field.required) == (widget, kind, annotation != bool | None)


def test_a_truth_with_a_default_is_a_box_and_a_list_of_known_things_a_choice() -> None:
    assert make_field(parameter(bool, True), "One", None).texts == ("true",)
    assert make_field(parameter(bool, True), "One", None).widget == "check"
    assert make_field(parameter(Ids), "One", [("3", "Ada")]).widget == "several"
    assert make_field(parameter(int), "One", [("3", "Ada")]).widget == "choose"


def test_what_is_sent_becomes_the_argument() -> None:
    for annotation, texts, value in (
        (Ids, ["3, 5 7"], [3, 5, 7]),
        (list[str], ["a@b.example\r\n c@d.example \n"], ["a@b.example", "c@d.example"]),
        (Amount, ["12.5"], 12.5),
        (int | None, [""], None),
        (bool | None, ["false"], False),
        (list[Literal["mon", "tue"]], ["mon", "tue"], ["mon", "tue"]),
        (Moment, ["2025-03-14T09:30"], "2025-03-14T09:30"),
    ):
        field = make_field(parameter(annotation), "One", None)
        came = sent(field, MultiDict([("one", text) for text in texts]))
        assert read_value(came, parameter(annotation)) == (value, "")


def test_what_cannot_be_is_said_in_words() -> None:
    for annotation, text, words in (
        (int, "three", "Expected a whole number, got 'three'."),
        (Date, "2025-02-30", "Expected a date such as '2025-03-14', got '2025-02-30'."),
        (Annotated[str, Length(1, 9)], "", "Please fill this in."),
    ):
        field = sent(make_field(parameter(annotation), "One", None), MultiDict([("one", text)]))
        assert read_value(field, parameter(annotation)) == (None, words)


def test_a_field_that_was_emptied_means_an_empty_text_and_no_missing_one() -> None:
    optional = parameter(Text | None, None)
    field = make_field(optional, "One", None)
    assert read_value(field, optional) == (None, "")
    assert read_value(field, optional, emptied=True) == ("", "")


ALL = [(one, each) for one in all_operations().values() for each in one.parameters]


@given(st.sampled_from(ALL), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_is_sent_gives_a_value_that_fits_or_a_sentence(
    pair: tuple[object, Parameter], texts: list[str]
) -> None:
    _, one = pair
    value, error = read_value(sent(make_field(one, "One", None), MultiDict([(one.name, text) for text in texts])), one)
    assert error or one.kind.check(value) == value


@pytest.mark.parametrize("one", [each for _, each in ALL], ids=lambda each: each.name)
def test_a_default_comes_back_as_it_was(one: Parameter) -> None:
    field = make_field(one, "One", None)
    if one.default is not None:
        assert read_value(filled(field, one.default), one) == (one.default, "")


def test_names_and_values_are_written_for_people() -> None:
    assert label_of("remind_at", {}) == "Remind at"
    assert label_of("task_ids", {}) == "Tasks"
    assert label_of("list_id", {"list_id": "Column"}) == "Column"
    assert value_text(12.5, money=True) == "12.50"
    assert value_text("2025-03-14T09:30") == "2025-03-14 09:30"
    assert value_text([]) == value_text(None) == "-"
    assert value_text(True) == "yes"
    assert value_text(["a", "b"]) == "a, b"


def test_names_of_tools_are_no_words_for_people() -> None:
    def verb(name: str) -> str | None:
        return "Set repeat" if name == "todo.set_repeat" else None

    assert without_tools("The line: see shop.show_order.", verb) == "The line."
    assert without_tools("Use todo.set_repeat first.", verb) == "Use 'Set repeat' first."
    assert without_tools("It is in notes.txt.", verb) == "It is in notes.txt."


def test_a_fixed_field_shows_what_it_is_called() -> None:
    field = Field("one", "One", "About it.", "fixed", choices=(("3", "Ada"),), texts=("3", "4"))
    assert field.shown == "Ada, 4"
