"""Transcripts hold what happened, one whole line at a time, in files that nobody shares."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from sge_agent.jsonlines import read_json_lines
from sge_envs import UnknownOption
from sge_wrappers import TranscriptRecorder, show_transcript
from tests.sge_wrappers.envs import line


def test_every_reset_and_turn_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "deep/play.jsonl"
    env = TranscriptRecorder(line(max_turns=2), path)
    first, info = env.reset(seed=5)
    env.step("fly\ud800")
    last = env.step("roll")
    rows = list(read_json_lines(path))  # before close
    env.close(), env.close()
    assert [row["kind"] for row in rows] == ["reset", "turn", "turn"]
    assert rows[0] == {
        "kind": "reset",
        "episode": 1,
        "turn": 0,
        "seed": 5,
        "observation": first,
        "task_id": info["task_id"],
        "goal": info["goal"],
    }
    assert "action_error" in rows[1]
    assert rows[2]["observation"] == last[0]
    assert rows[2]["truncated"] is True
    assert rows[2]["success"] is False


def test_people_can_read_it(tmp_path: Path) -> None:
    env = TranscriptRecorder(line(max_turns=1), tmp_path / "a.jsonl")
    env.reset(seed=0)
    env.step("left")
    env.close()
    text = "\n".join(show_transcript(tmp_path / "a.jsonl"))
    assert "=== episode 1: Reach the flag at" in text
    assert "> left\nYou are at -1.\n[reward 0, success False, progress " in text


def test_a_path_is_continued_and_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    one = TranscriptRecorder(line(), path)
    one.reset(seed=0)
    with pytest.raises(UnknownOption, match="Another recorder"):
        TranscriptRecorder(line(), path).reset(seed=0)
    one.close()
    two = TranscriptRecorder(line(), path)
    two.reset(seed=0)
    two.close()
    assert [row["episode"] for row in read_json_lines(path)] == [1, 2]


def test_nothing_is_opened_before_the_first_reset(tmp_path: Path) -> None:
    TranscriptRecorder(line(), tmp_path / "folder").close()
    assert not (tmp_path / "folder").exists()


def recorded(folder: Path) -> TranscriptRecorder:
    return TranscriptRecorder(line(), folder)


@pytest.mark.parametrize("vector", [SyncVectorEnv, AsyncVectorEnv])
def test_in_a_folder_every_env_has_its_own_file(
    tmp_path: Path, vector: type[SyncVectorEnv[object, object] | AsyncVectorEnv[object, object]]
) -> None:
    envs = vector([lambda: recorded(tmp_path)] * 3)
    envs.reset(seed=0)
    envs.step(["left", "right", "roll"])
    envs.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    assert sorted(list(read_json_lines(path))[1]["action"] for path in files) == ["left", "right", "roll"]


def test_a_process_that_is_killed_leaves_whole_lines(tmp_path: Path) -> None:
    code = (
        "import os; from tests.sge_wrappers.test_transcript import recorded; from pathlib import Path; "
        f"env = recorded(Path({str(tmp_path)!r})); env.reset(seed=0); env.step('left'); os._exit(9)"
    )
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=variables, check=False).returncode == 9
    (path,) = tmp_path.iterdir()
    assert [row["kind"] for row in read_json_lines(path)] == ["reset", "turn"]
