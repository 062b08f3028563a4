"""A run that is killed at any moments and started again with the same words equals one that nobody disturbed."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sge_agent.jsonlines import read_json_lines
from tests.sge_agent import tiny

ENV = """
import gymnasium
class Toy(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Text(1000)
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.turn = 0
        return f"Say {seed}.", {"state_key": "0"}
    def step(self, action):
        self.turn += 1
        won = bool(action) and ord(action[0]) % 2 == 0
        info = {"state_key": str(self.turn), "success": won, "outcome": action[:1], "feedback": "Odd."}
        return "Thanks.", float(won), won or self.turn == 2, False, info
gymnasium.register("Toy-v0", Toy)
"""

PROCESSES = """
# Forks one process for each line of its input, which says where it runs and how it dies: "event N", at the Nth time that it
# touches a file of the run, "after S", killed from outside after S seconds, or "never". Prints how each ended.
import os, signal, sys, time
from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM
from sge_agent import cli, report, train

WORDS = sys.argv[1:]
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect"}

def dies_at(number):
    left = [number]
    def hook(event, args):
        if event in EVENTS and isinstance(args[0], str | os.PathLike) and "run" in os.fspath(args[0]).split(os.sep):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

for line in sys.stdin:
    folder, how, number = line.split()
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)
        os.chdir(folder)
        if how == "event":
            dies_at(int(number))
        os._exit(cli.main(WORDS))
    if how == "after":
        time.sleep(float(number))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""

WORDS = [
    *("train", "--resume", "--env", "toys:Toy-v0", "--model", "model", "--prompts", "compact", "--run-dir", "run"),
    *("--explore", "sge+rnd+success_replay+kl+refill", "--memory-file", "run.db", "--failure-reflection", "0.5"),
    *("--strategy-tokens", "4", "--action-tokens", "4", "--tasks", "3", "--held-out-tasks", "1", "--seed", "3"),
    *("--tasks-per-update", "2", "--group-size", "3", "--eval-episodes", "1", "--learning-rate", "1e-3"),
    *("--eval-every", "2", "--eval-every-episodes", "1", "--updates", "3", "--checkpoint-every", "1"),
]
CLOCKS = ("seconds", "elapsed", "tokens_per_second", "learner/seconds")


STORIES = {
    "undisturbed": [],
    # until the first checkpoint stands every process begins anew, the later ones rewind first
    "killed_at_its_files": [f"event {n}" for n in (1, 7, 8, 9, 13, 17, 27, 28, 31, 4, 8, 12, 19, 24)],
    "killed_from_outside": [f"after {seconds}" for seconds in (0.15, 0.3, 0.45, 0.3)],
}
"""How the processes of one run die, one after the other, before the last one comes to its end."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run for each story."""
    place = tmp_path_factory.mktemp("place")
    (place / "toys.py").write_text(ENV)
    tiny.model().save_pretrained(place / "model")
    tiny.tokenizer().save_pretrained(place / "model")
    for story in STORIES:
        (place / story).mkdir()
        (place / story / "model").symlink_to(place / "model")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROCESSES, *WORDS],
        cwd=place,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(place)]),
            "OMP_NUM_THREADS": "1",
        },
        input="".join(f"{story} {how}\n" for story, deaths in STORIES.items() for how in (*deaths, "never 0")),
        capture_output=True,
        text=True,
    )
    codes = iter(map(int, done.stdout.split()))
    for story, deaths in STORIES.items():
        assert {next(codes) for _ in deaths} <= ({-9} if "files" in story else {-9, 0}), done.stderr
        assert next(codes) == 0, done.stderr
    return place


def content(folder: Path) -> dict[str, Any]:
    """All that a run leaves behind, without its clocks."""
    run = folder / "run"
    state = {}
    for path in sorted((run / "checkpoint").rglob("*")):
        if path.name == "state.json":
            value = json.loads(path.read_text())
            value["progress"].pop("elapsed")
            state[str(path.relative_to(run))] = value
        elif path.is_file():
            state[str(path.relative_to(run))] = path.read_bytes()
    with closing(sqlite3.connect(folder / "run.db")) as db:
        memory = db.execute("SELECT number, task, entry FROM entries ORDER BY id").fetchall()
    return {
        **state,
        "files": sorted(path.name for path in run.iterdir()),
        "metrics": [
            {k: v for k, v in row.items() if not k.startswith(CLOCKS)} for row in read_json_lines(run / "metrics.jsonl")
        ],
        "transcripts": (run / "transcripts.jsonl").read_text(),
        "evaluations": json.loads((run / "eval.json").read_text()),
        "status": json.loads((run / "status.json").read_text()),
        "memory": memory,
    }


def test_the_undisturbed_run_has_something_of_everything(place: Path) -> None:
    whole = content(place / "undisturbed")
    assert len(whole["metrics"]) == 3
    assert any(row["learner/steps"] > 0 for row in whole["metrics"])
    assert any(row["hinted"] > 0 for row in whole["metrics"])
    assert any(row["success_replay/kept"] > 0 for row in whole["metrics"])
    assert whole["memory"]
    assert any(name.endswith("exploration.safetensors") for name in whole)


@pytest.mark.parametrize("story", list(STORIES)[1:])
def test_a_run_that_is_killed_and_started_again_equals_one_that_was_not(story: str, place: Path) -> None:
    expected, found = content(place / "undisturbed"), content(place / story)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == value, name
