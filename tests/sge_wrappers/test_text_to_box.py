"""Texts become arrays of their space, the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_wrappers import HashedNgrams, TextBytes, TextToBox, TokenIds
from tests.sge_wrappers.envs import line

any_text = st.text(alphabet=st.characters(), max_size=100)  # surrogates included
ENCODERS = [
    HashedNgrams(32, 3),
    TextBytes(40),
    TextBytes(40, keep="end"),
    TokenIds(lambda t: [ord(c) for c in t], 2**21, 7),
]


@given(any_text, st.sampled_from(ENCODERS))
def test_every_text_is_in_the_space_and_always_the_same(text: str, encode: Any) -> None:
    array = encode(text)
    assert array in encode.space
    assert np.array_equal(array, encode(text))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=10))
def test_bytes_can_be_read_again(text: str) -> None:
    assert TextBytes(40).decode(TextBytes(40)(text)) == text


def test_the_end_that_is_asked_for_is_kept() -> None:
    assert bytes(TextBytes(3)("abcdef")) == b"abc"
    assert bytes(TextBytes(3, keep="end")("abcdef")) == b"def"
    assert TokenIds(str.encode, 256, 4, pad=9)("a").tolist() == [97, 9, 9, 9]


def test_ngrams_tell_word_orders_apart_and_have_length_one() -> None:
    words, pairs = HashedNgrams(512, 1), HashedNgrams(512, 2)
    assert np.array_equal(words("Put the mug on the desk."), words("put the desk on the mug."))
    assert not np.array_equal(pairs("put the mug on the desk"), pairs("put the desk on the mug"))
    assert np.linalg.norm(pairs("put the mug on the desk")) == pytest.approx(1)
    assert not HashedNgrams()("").any()


def test_ngrams_are_equal_in_another_process() -> None:
    code = "from sge_wrappers import HashedNgrams; print(HashedNgrams(64)('Eine Tür, 3 doors').tolist())"
    variables = {**os.environ, "PYTHONHASHSEED": "5", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=variables)
    assert done.stdout.strip() == str(HashedNgrams(64)("Eine Tür, 3 doors").tolist())


def test_ids_beyond_the_vocabulary_are_refused() -> None:
    with pytest.raises(UnknownOption, match="expected 0 to 99"):
        TokenIds(str.encode, 100, 8)("z")


def test_actions_and_infos_stay_as_they_are() -> None:
    env, plain = TextToBox(line(), TextBytes(100)), line()
    _, info = env.reset(seed=0)
    assert info == plain.reset(seed=0)[1]
    assert env.step("right")[1:] == plain.step("right")[1:]
