"""Recorded episodes played again, from runs and from what a person saved."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sge_agent.cli import main as sge
from sge_agent.errors import RunError
from sge_agent.replay import Choice, Recorded, read_recorded, replay, replay_files
from sge_envs.cli import main as sge_envs
from tests.sge_agent.fakes import Shelves
from tests.sge_agent.small_runs import Lucky, run


class Other(Lucky):
    """Has changed since the run: it thanks in other words, or for other things."""

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = super().step(action)
        return f"{observation} Indeed.", reward, terminated, truncated, info


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "run"
    run(path)
    return path


def again(path: Path, make: Callable[[], Any], **choice: Any) -> int:
    return replay_files([path], Choice(**choice), factory_of=lambda recorded, file: make)


def test_the_episodes_of_a_run_are_the_same_in_the_env_that_they_were_played_in(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert again(folder, Lucky) == 0
    shown = capsys.readouterr().out
    number = len(list(read_recorded(folder / "transcripts.jsonl")))
    assert shown.splitlines()[-1] == f"{number} the same, 0 diverged, 0 left out"
    assert "(before, update 0, " in shown
    assert again(folder / "transcripts.jsonl", Lucky, update=1) == 0
    assert "(train, update 2, " not in capsys.readouterr().out


def test_an_env_that_has_changed_is_told_with_both_texts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert again(folder, Other, episode=1) == 1
    first, before, now, total = capsys.readouterr().out.splitlines()
    assert first.endswith("DIVERGES at turn 1, observation:")
    assert now == "  + " + before.removeprefix("  - ") + " Indeed."
    assert total == "0 the same, 1 diverged, 0 left out"


def test_episodes_are_chosen_by_their_task(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert again(folder, Lucky, task="seed 0") == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("episode")]
    assert titles
    assert all("seed 0" in title for title in titles)
    with pytest.raises(RunError, match="leave out --episode"):
        again(folder, Lucky, task="no such task")


def answers(env: Shelves, *actions: str) -> tuple[dict[str, Any], ...]:
    """What the env says now."""
    observation, info = env.reset(seed=3)
    found = [{**info, "observation": observation}]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        found.append(
            {**info, "observation": observation, "reward": reward, "terminated": terminated, "truncated": truncated}
        )
    return tuple(found)


ACTIONS = ("go to shelf 1", "go to shelf 2", "go to shelf 3")


@pytest.mark.parametrize(
    ("turn", "name", "value"),
    [(0, "observation", "x"), (1, "state_key", "x"), (2, "reward", 0.5), (3, "terminated", False), (3, "outcome", "x")],
)
def test_the_first_difference_is_the_one_that_is_told(turn: int, name: str, value: Any) -> None:
    said = answers(Shelves(), *ACTIONS)
    assert replay(Recorded("one", "shelves", 3, {}, ACTIONS, said), Shelves()) is None
    changed = tuple({**answer, name: value} if number == turn else answer for number, answer in enumerate(said))
    found = replay(Recorded("one", "shelves", 3, {}, ACTIONS, changed), Shelves())
    assert found is not None
    assert (found.turn, found.name, found.recorded) == (turn, name, value)


def test_an_episode_that_ends_before_its_last_action_has_diverged() -> None:
    said = answers(Shelves(horizon=9), *ACTIONS[:2], "go to shelf 1", "go to shelf 2")
    kept = tuple({"observation": answer["observation"]} for answer in said)
    actions = (*ACTIONS[:2], "go to shelf 1", "go to shelf 2")
    found = replay(Recorded("one", "shelves", 3, {}, actions, kept), Shelves(horizon=3))
    assert found is not None
    assert (found.turn, found.name) == (3, "end")


def test_of_long_texts_the_lines_that_differ_are_shown() -> None:
    said = answers(Shelves())
    long = {**said[0], "observation": "\n".join(f"line {n}" for n in range(50))}
    found = replay(Recorded("one", "shelves", 3, {}, (), (long,)), Shelves())
    text = str(found)
    assert text.startswith("at the reset, observation:\n")
    assert len(text.splitlines()) < 15
    assert "lines more" in text


def test_an_env_that_raises_has_diverged_and_one_that_cannot_be_made_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Lucky):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            raise ZeroDivisionError("no engine")

    assert again(folder, Broken, episode=1) == 1
    assert "DIVERGES: the environment raised ZeroDivisionError: no engine" in capsys.readouterr().out

    def make() -> Any:
        raise ValueError("no such place")

    with pytest.raises(RunError, match=r"its environment cannot be made \(no such place\)"):
        again(folder, make, episode=1)


def test_what_cannot_be_played_again_is_left_out_with_its_reason(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in (folder / "transcripts.jsonl").read_text(encoding="utf-8").splitlines()[:3]]
    rows[0]["error"] = "the engine died"
    rows[1]["spec"]["from_snapshot"] = True
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert again(tmp_path / "some.jsonl", Lucky) == 0
    shown = capsys.readouterr().out
    assert "left out, it broke when it was played: the engine died" in shown
    assert "left out, it began at a snapshot" in shown
    assert "1 the same, 0 diverged, 2 left out" in shown


def test_episodes_that_the_run_cut_need_not_say_so_again(tmp_path: Path) -> None:
    run(tmp_path / "run", make_env=Shelves, max_turns=1, eval_episodes=0, eval_every=0)
    assert again(tmp_path / "run", Shelves) == 0
    (tmp_path / "alone.jsonl").write_bytes((tmp_path / "run/transcripts.jsonl").read_bytes())
    assert again(tmp_path / "alone.jsonl", Shelves) == 1


WORDS = ("SGE-ALFWorld-v0", "--seed", "3", "--option", "source=generated", "--option", "size=small")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A game that a person played and saved."""
    path = tmp_path / "game.jsonl"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"look\nfly\ninventory\n:save {path}\n"))
    assert sge_envs(["play", *WORDS]) == 0
    capsys.readouterr()
    return path


def test_what_a_person_saved_is_played_again(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sge(["replay", str(saved)]) == 0
    assert "the same, 3 turns" in capsys.readouterr().out
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace("You are not carrying anything.", "You are carrying a mug."), encoding="utf-8")
    assert sge(["replay", str(saved)]) == 1
    shown = capsys.readouterr().out
    assert (
        "DIVERGES at turn 3, observation:\n  - You are carrying a mug.\n  + You are not carrying anything.\n" in shown
    )


def test_a_recorders_file_is_played_again_in_the_env_that_is_named(
    saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in saved.read_text(encoding="utf-8").splitlines()]
    bare = [{k: v for k, v in row.items() if k not in ("env", "env_options", "options")} for row in rows]
    bare[0]["seed"] = None  # as when an environment is reset again and again: the task is known by its id
    saved.write_text("".join(json.dumps(row) + "\n" for row in bare), encoding="utf-8")
    assert sge(["replay", str(saved)]) == 1
    assert "give it with --env" in capsys.readouterr().err
    assert sge(["replay", str(saved), "--env", "SGE-Nope-v0"]) == 1
    assert "did you mean 'sge_envs:SGE-Nope-v0'?" in capsys.readouterr().err
    words = ["--env", "sge_envs:SGE-ALFWorld-v0", "--env-options", "source=generated,size=small"]
    assert sge(["replay", str(saved), *words]) == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no episodes"),
        ('{"kind": "res', "holds no whole line: it is cut off or damaged"),
        ("no json\n", "this is no transcript"),
        ('{"kind": "turn"}\n', "is no transcript of this library"),
        ('{"version": 1}\n', "is no transcript of this library"),
    ],
)
def test_files_that_are_no_transcripts_are_one_clear_line(
    content: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.jsonl").write_text(content, encoding="utf-8")
    assert sge(["replay", str(tmp_path / "x.jsonl")]) == 1
    assert complaint in capsys.readouterr().err
    (tmp_path / "x.jsonl").write_bytes(b"\x7fELF\xff\n")
    assert sge(["replay", str(tmp_path / "x.jsonl")]) == 1
    assert "x.jsonl is no transcript: it is no text" in capsys.readouterr().err
    assert sge(["replay", str(tmp_path)]) == 1
    assert "transcripts.jsonl cannot be read: No such file" in capsys.readouterr().err
