"""One task being played, through whatever interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Call
from sge_envs.tools.tasks import ToolTasks, prepared


@pytest.fixture
def episode() -> Iterator[Episode]:
    made = Episode(ending="It was not ended.")
    made.begin(prepared(ToolTasks().find_task("train/messages.new_group/0")))
    yield made
    made.box.close()


def test_following_the_next_call_solves_it(episode: Episode) -> None:
    while not episode.finished:
        assert episode.call(episode.next_call()).ok
    assert episode.solved()
    assert episode.verdict().success
    assert episode.call(Call("todo.today", {})).error == "not_allowed"


def test_a_call_that_spells_out_its_defaults_is_a_step_of_the_solution_too(episode: Episode) -> None:
    first = episode.next_call()
    episode.call(Call(first.name, {**first.arguments, "page": 1, "page_size": 20, "sort_by": "name"}))
    assert episode.followed == 1
    episode.call(Call(first.name, {**first.arguments, "page": 2}))
    assert episode.followed == 1


def test_from_wherever_the_player_is_what_is_missing_comes_next(episode: Episode) -> None:
    writes = [one for one in episode.made.calls if one.name.startswith("messages.")]
    episode.call(writes[0])  # without having looked anything up
    assert episode.next_call() == writes[1]


def test_what_is_not_ended_says_so_in_the_words_of_its_interface(episode: Episode) -> None:
    assert episode.verdict().feedback.endswith("It was not ended.")
    assert episode.verdict().outcome.endswith("unfinished")


def test_an_app_is_named_in_full(episode: Episode) -> None:
    episode.begin(prepared(ToolTasks().find_task("train/smart_home.lights_out/0")))
    assert "different in: smart_home." in episode.verdict().feedback
