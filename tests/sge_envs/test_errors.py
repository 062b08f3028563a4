"""The error words: one message each, so that they travel between processes, and what users expect to catch."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import pytest
from gymnasium.vector import AsyncVectorEnv

from sge_envs import MissingExtra, SGEError, TaskNotFound, UnknownSplit, errors
from sge_envs.errors import did_you_mean
from tests.sge_envs.toy import make_line

WORDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SGEError)]


@pytest.mark.parametrize("kind", WORDS)
def test_every_error_is_made_of_one_message_and_can_be_pickled(kind: type[SGEError]) -> None:
    error = kind("what to do")
    assert str(error) == "what to do"
    assert type(pickle.loads(pickle.dumps(error))) is kind
    assert str(kind(error)) == "what to do"  # how gymnasium raises it again in the parent process


def test_the_drawing_at_the_top_names_every_error_once() -> None:
    drawn = errors.__doc__ or ""
    for kind in WORDS:
        assert drawn.count(f"{kind.__name__} ") == 1 or kind is SGEError, kind.__name__


@pytest.mark.filterwarnings("ignore::UserWarning")  # gymnasium logs the worker's traceback as warnings
def test_an_error_of_a_worker_reaches_the_parent_with_its_class_and_words() -> None:
    envs = AsyncVectorEnv([make_line])
    with pytest.raises(UnknownSplit, match="Did you mean 'test'"):
        envs.reset(options={"split": "tets"})
    envs.close(terminate=True)


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (MissingExtra, ImportError),
        (MissingExtra, gymnasium.error.DependencyNotInstalled),
        (TaskNotFound, LookupError),
        (UnknownSplit, ValueError),
        (UnknownSplit, LookupError),
        (errors.ResetNeeded, gymnasium.error.ResetNeeded),
        (errors.NotText, TypeError),
    ],
)
def test_errors_are_also_what_users_expect_to_catch(kind: Any, also: type[Exception]) -> None:
    assert issubclass(kind, also)


def test_a_missing_extra_names_the_one_command() -> None:
    error = MissingExtra.of("textworld", package="textworld", purpose="Playing TextWorld games")
    assert "pip install 'strategy-guided-exploration[textworld]'" in str(error)


def test_a_near_word_is_offered_and_few_choices_are_listed() -> None:
    assert "Did you mean 'valid_seen'?" in did_you_mean("valid_sene", ["train", "valid_seen"])
    assert "Did you mean" not in did_you_mean("zzz", ["train"])
    assert "'train'" in did_you_mean("zzz", ["train"])
    assert did_you_mean("x", []) == ""
    assert len(did_you_mean("q", [f"name {i}" for i in range(10_000)])) < 300
