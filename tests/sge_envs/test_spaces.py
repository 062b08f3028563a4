"""FreeText takes any text, and vector environments carry it truly."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, Text, Tuple
from gymnasium.spaces.utils import flatdim, flatten, flatten_space, unflatten
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory
from hypothesis import given
from hypothesis import strategies as st

from sge_envs import FreeText
from tests.sge_envs.toy import make_line

any_text = st.text(alphabet=st.characters(), max_size=40)  # surrogates included
NESTED = Dict({"page": FreeText(64), "pair": Tuple((FreeText(64), Discrete(9))), "size": Box(0, 9, (2,), np.float32)})


class Nested(gymnasium.Env[Any, str]):
    """Texts inside Dict and Tuple, beside numbers."""

    def __init__(self) -> None:
        self.observation_space = NESTED
        self.action_space = FreeText(64)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self._show("start é 🙂"), {}

    def step(self, action: str) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self._show(action), 0.0, action == "end", False, {}

    def _show(self, text: str) -> dict[str, Any]:
        return {"page": text, "pair": (text[::-1], len(text) % 9), "size": np.full(2, len(text) % 9, np.float32)}


@given(any_text)
def test_any_text_is_contained_and_survives_flattening(text: str) -> None:
    space = FreeText(64)
    assert text in space
    assert unflatten(space, flatten(space, text)) == text
    assert flatten(space, text) in flatten_space(space)
    assert flatten(space, text).shape == (flatdim(space),)


def test_only_short_enough_texts_are_contained() -> None:
    space = FreeText(3)
    assert "" in space
    assert "🙂🙂🙂" in space
    assert "abcd" not in space
    assert 3 not in space
    assert b"abc" not in space


def test_samples_are_contained_repeatable_and_short() -> None:
    for space in (FreeText(), FreeText(5), FreeText(1)):
        space.seed(3)
        first = [space.sample() for _ in range(50)]
        space.seed(3)
        assert first == [space.sample() for _ in range(50)]
        assert all(text in space and len(text) <= 64 for text in first)
        assert len(set(first)) > 5
    assert len(FreeText(20).sample(mask=(7, None))) == 7
    assert len(space.character_list) == len(space.character_set)


def test_equality_copies_and_pickles_go_by_length() -> None:
    space = FreeText(9)
    assert space == FreeText(9) == copy.deepcopy(space) == pickle.loads(pickle.dumps(space))
    assert space != FreeText(8)
    assert space != Text(9)
    assert Text(9) != space


@given(st.lists(any_text, min_size=3, max_size=3))
def test_shared_memory_gives_back_each_text(texts: list[str]) -> None:
    space = FreeText(40)
    memory = create_shared_memory(space, n=3)
    live = read_from_shared_memory(space, memory, n=3)
    assert copy.deepcopy(live) == ("", "", "")
    for index, text in enumerate(texts):
        write_to_shared_memory(space, index, "x" * 40, memory)
        write_to_shared_memory(space, index, text, memory)
    assert live == tuple(texts)
    assert type(copy.deepcopy(live)) is tuple
    assert (live[1], live[1:], len(live), repr(live)) == (texts[1], tuple(texts[1:]), 3, repr(tuple(texts)))


def test_a_text_too_long_for_shared_memory_is_refused_and_spoils_no_neighbour() -> None:
    space = FreeText(4)
    memory = create_shared_memory(space, n=2)
    write_to_shared_memory(space, 0, "🙂🙂🙂🙂", memory)
    write_to_shared_memory(space, 1, "next", memory)
    with pytest.raises(ValueError, match="at most 4 characters, got 5"):
        write_to_shared_memory(space, 0, "12345", memory)
    assert read_from_shared_memory(space, memory, n=2) == ("🙂🙂🙂🙂", "next")


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_async_vectors_with_defaults_return_the_texts_of_sync_ones(context: str, mode: AutoresetMode) -> None:
    pair = (
        AsyncVectorEnv([make_line, make_line], context=context, autoreset_mode=mode),
        SyncVectorEnv([make_line, make_line], autoreset_mode=mode),
    )
    played = []
    for envs in pair:
        seen = [envs.reset(seed=3)[0]]
        for _ in range(12):
            observation, _, terminations, _, infos = envs.step(("right", "roll"))
            final = infos["final_obs"].tolist() if "final_obs" in infos else None
            seen.append((observation, terminations.tolist(), final, infos["task_id"].tolist()))
            if mode is AutoresetMode.DISABLED and terminations.any():
                seen.append(envs.reset(options={"reset_mask": terminations})[0])
        played.append(seen)
        envs.close()
    assert played[0] == played[1]
    assert len({repr(step) for step in played[0]}) > 6  # it moves: a constant would equal itself, too


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_texts_inside_dict_and_tuple_spaces_come_through_async_vectors(context: str) -> None:
    envs = AsyncVectorEnv([Nested, Nested], context=context)
    first, _ = envs.reset(seed=0)
    second, *_ = envs.step(("", "naïve \ud800"))
    envs.close()
    assert first["page"] == ("start é 🙂", "start é 🙂")
    assert second["page"] == ("", "naïve \ud800")
    assert second["pair"][0] == ("", "\ud800 evïan")
    assert second["pair"][1].tolist() == [0, 7]
    assert first["page"][0] == "start é 🙂"  # what was returned stays what it was


def test_gymnasiums_checker_accepts_nested_texts() -> None:
    with pytest.warns(UserWarning, match="spec"):  # it has none, and the checker says so
        check_env(Nested(), skip_render_check=False)
