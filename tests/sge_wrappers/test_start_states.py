"""Episodes begin at the snapshots of the archive as often as asked, and the archive grows as it should."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sge_envs import UnknownOption
from sge_wrappers import StartFromSnapshots
from tests.sge_wrappers.envs import Echo, line


def snapshots(*places: int) -> list[bytes]:
    taken = []
    for place in places:
        env = line()
        env.reset(options={"task_id": "test/19"})
        for _ in range(place):
            env.step("right")
        taken.append(env.unwrapped.snapshot())  # type: ignore[attr-defined]
    return taken


def starts(env: Any, episodes: int) -> Counter[str | None]:
    return Counter(env.reset()[1]["start"] for _ in range(episodes))


def test_starts_are_as_frequent_as_asked_and_evenly_used() -> None:
    env = StartFromSnapshots(line(), snapshots(0, 1, 1), share=0.5)
    env.reset(seed=0)
    counts = starts(env, 600)
    assert counts[None] / 600 == pytest.approx(0.5, abs=0.08)
    assert min(counts[name] for name in ("0", "1", "2")) > 70


def test_a_start_shows_the_state_and_is_named() -> None:
    env = StartFromSnapshots(line(), snapshots(1), share=1.0)
    observation, info = env.reset(seed=0)
    assert (observation, info["start"], info["state_key"]) == ("You are at 1.", "0", "1")
    assert env.step("left")[4]["state_key"] == "0"


def test_what_options_ask_for_is_played() -> None:
    env = StartFromSnapshots(line(), snapshots(1), share=1.0)
    for options in ({"split": "train"}, {"task_id": "test/3"}):
        assert env.reset(options=options)[1]["start"] is None


def test_ordinary_episodes_after_a_start_go_on_as_various_as_before() -> None:
    env = StartFromSnapshots(line(), snapshots(1), share=0.5)
    env.reset(seed=0)
    tasks = [info["task_id"] for info in (env.reset()[1] for _ in range(40)) if info["start"] is None]
    assert len(set(tasks)) == len(tasks) > 5


def test_equal_seeds_start_equally() -> None:
    one, two = (StartFromSnapshots(line(), snapshots(0, 1), share=0.5) for _ in range(2))
    assert [one.reset(seed=s)[1]["start"] for s in range(20)] == [two.reset(seed=s)[1]["start"] for s in range(20)]


def test_states_that_are_met_are_collected_until_there_is_no_room() -> None:
    env = StartFromSnapshots(line(), share=1.0, collect=2)
    env.reset(seed=0, options={"task_id": "test/19"})
    for action in ("left", "right", "left", "left", "left"):
        env.step(action)
    names = [row["name"] for row in env.archive_state()]
    assert names == ["test/19 -2", "test/19 -3"]
    assert env.reset()[1]["start"] in names


def test_archives_can_be_saved_and_shared() -> None:
    one = StartFromSnapshots(line(), snapshots(1), share=1.0, collect=3)
    one.reset(seed=0)
    one.step("left")
    two = StartFromSnapshots(line(), snapshots(0), share=1.0, collect=3)
    two.load_archive_state(one.archive_state())
    assert two.archive_state() == one.archive_state()
    assert two.reset(seed=1)[:1] == one.reset(seed=1)[:1]


def test_an_archive_that_stays_empty_is_refused() -> None:
    for wrong in ({}, {"snapshots": [b"x"], "share": 2.0}, {"collect": -1}):
        with pytest.raises(UnknownOption, match="share from 0 to 1"):
            StartFromSnapshots(line(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(UnknownOption, match="has no snapshot"):
        StartFromSnapshots(Echo(), collect=5)
