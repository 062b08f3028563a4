"""Texts are plain and bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs import NotText
from sge_envs.texts import as_text, shorten


@given(st.text(max_size=400), st.integers(128, 300))
def test_a_long_text_keeps_its_two_ends_within_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    if len(text) <= limit:
        assert short == text
    else:
        start, _, end = short.partition("\n[... ")
        assert text.startswith(start)
        assert text.endswith(end.partition(" ...]\n")[2])
        assert "characters left out" in short


def test_texts_of_other_types_become_plain_and_others_raise() -> None:
    assert type(as_text(np.str_("look"))) is str
    for value in (None, b"look", 3):
        with pytest.raises(NotText, match="of type str"):
            as_text(value)
