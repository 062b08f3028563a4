"""Calls as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.ui.calls import USAGE, Call, NoCall, read_calls, write_call

VALUES = st.one_of(st.text(), st.booleans(), st.integers(-9_999_999, 9_999_999))


@given(
    st.lists(
        st.builds(Call, st.sampled_from(sorted(USAGE)), st.lists(VALUES, max_size=4).map(tuple)), min_size=1, max_size=4
    )
)
def test_what_is_written_is_read_back(calls: list[Call]) -> None:
    text = "\n".join(write_call(call.name, *call.values) for call in calls)
    assert read_calls(text) == tuple(calls)


@given(st.one_of(st.text(), st.text(alphabet="clikd(),;\"'\\ 0123.-\n")))
def test_no_text_raises_anything_but_a_sentence(text: str) -> None:
    assert 1 <= len(read_or_sentence(text)) <= 600


def read_or_sentence(text: str) -> object:
    try:
        return read_calls(text)
    except NoCall as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("click(3)", ["click"]),
        ('  fill( "Name" , "A, (b)" ) ;press("Enter")', ["fill", "press"]),
        ("click(1)\n\nclick(2)\n", ["click", "click"]),
        ("click(1) click(2)", ["click", "click"]),
        ("done()", ["done"]),
    ],
)
def test_calls_stand_on_lines_or_between_semicolons(text: str, names: list[str]) -> None:
    assert [call.name for call in read_calls(text)] == names


def test_values_are_numbers_texts_and_flags() -> None:
    (call,) = read_calls(r"""check('it\'s', 12, -3.5, true, False, "a\nb")""")
    assert call.values == ("it's", 12, -3.5, True, False, "a\nb")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The action is empty"),
        ("clik(3)", "Did you mean 'click'"),
        ("click 3", "After click comes a bracket: click(target)"),
        ("click(3", "got the end"),
        ("click(id=3)", "got 'id'"),
        ('click("open', "cannot be read"),
        ("click(3,)", "Expected a number or a text in quotes"),
        ("click(99999999999)", "cannot be read"),
        ("eval('1')", "There is no action 'eval'"),
        ("click(1);" * 11, "At most 10 actions"),
    ],
)
def test_a_text_that_is_no_call_is_answered_with_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(NoCall, match=re.escape(words)):
        read_calls(text)
