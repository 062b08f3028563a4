"""What breaks while a run goes on: it completes, or stops with a clear cause and goes on exactly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.injection import KINDS
from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.policies.server import ServerPolicy
from sge_agent.rollout import play
from sge_agent.transcripts import read_transcripts
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.fakes import Shelves, specs
from tests.sge_agent.faulty import MakeFaulty
from tests.sge_agent.policies.misbehaving_server import Handler
from tests.sge_agent.small_runs import metrics, run
from tests.sge_agent.test_checkpoint import files_of_at_most

FAULTS = {"raise": "a hiccup", "hang": "did not answer within 0.5 seconds", "die": "killed by signal 9"}


class Sees(Exploration):
    """Keeps the whole episodes of every update."""

    def __init__(self) -> None:
        self.seen: list[list[Group]] = []

    def observe(self, groups: Sequence[Group], metrics: Any, ctx: ExplorationContext) -> None:
        self.seen.append(list(groups))


def test_a_run_whose_environments_raise_hang_and_die_completes_and_counts_every_loss(tmp_path: Path) -> None:
    sees, updates = Sees(), 12
    settings: dict[str, Any] = {
        "make_env": MakeFaulty(tmp_path / "steps"),
        "exploration": sees,
        "updates": updates,
        "transcripts_per_update": 1000,
        "eval_episodes": 0,
        "eval_every": 0,
    }
    run(tmp_path / "run", env_workers=2, env_timeout=0.5, checkpoint_every=updates, **settings)
    rows = metrics(tmp_path / "run")
    assert [row["update"] for row in rows] == list(range(1, updates + 1))
    broken = [t.trajectory for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl") if t.trajectory.error]
    assert {kind for kind in KINDS for trajectory in broken if FAULTS[kind] in trajectory.error} == set(KINDS)
    assert sum(row["errors"] for row in rows) == len(broken)
    assert sum(row["retried_episodes"] for row in rows) > 0
    for row, groups in zip(rows, sees.seen, strict=True):
        assert row["retried_episodes"] + row["lost_episodes"] == row["errors"] == row["learner/broken_episodes"]
        assert row["episodes"] + row["lost_episodes"] == 6
        assert row["lost_episodes"] == sum(group.missing for group in groups)
        assert row["learner/incomplete_groups"] == sum(group.missing > 0 for group in groups)
        complete = [group for group in groups if not group.missing]
        assert all(len(group.trajectories) == 3 for group in complete)
        unequal = [group for group in complete if len({t.return_ for t in group.trajectories}) > 1]
        assert row["learner/rows"] == sum(len(group.trajectories) for group in unequal)


def test_a_group_that_still_misses_a_member_is_counted_and_not_trained(tmp_path: Path) -> None:
    """So many steps break that second tries break, too."""
    sees = Sees()
    settings: dict[str, Any] = {"exploration": sees, "updates": 3, "eval_episodes": 0, "eval_every": 0}
    faulty = MakeFaulty(tmp_path / "steps", every=5, kinds=("raise",))
    run(tmp_path / "run", make_env=faulty, **settings)
    rows = metrics(tmp_path / "run")
    assert sum(row["lost_episodes"] for row in rows) > 0
    for row, groups in zip(rows, sees.seen, strict=True):
        unequal = [g for g in groups if not g.missing and len({t.return_ for t in g.trajectories}) > 1]
        assert row["learner/rows"] == sum(len(group.trajectories) for group in unequal)
        assert row["learner/incomplete_groups"] == sum(group.missing > 0 for group in groups)


def test_a_full_disk_stops_a_run_that_then_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    run(tmp_path / "whole", updates=3)
    run(tmp_path / "cut", updates=1)
    (weights,) = (tmp_path / "cut" / "checkpoint").rglob("model.safetensors")
    with (
        files_of_at_most(weights.stat().st_size // 2),
        pytest.raises(RunError, match=r"cannot be written .* make room"),
    ):
        run(tmp_path / "cut", updates=3, existing="resume")
    assert json.loads((tmp_path / "cut" / "status.json").read_text())["status"] == "failed"
    run(tmp_path / "cut", updates=3, existing="resume")
    assert left_behind(tmp_path / "cut") == left_behind(tmp_path / "whole")


def left_behind(path: Path) -> dict[str, Any]:
    """The metrics, episodes, evaluations, weights and state of a run, without its clocks."""
    found: dict[str, Any] = {}
    for file in sorted((path / "checkpoint").rglob("*")):
        if file.name == "state.json":
            state = json.loads(file.read_text())
            state["progress"].pop("elapsed")
            found[str(file.relative_to(path))] = state
        elif file.is_file():
            found[str(file.relative_to(path))] = file.read_bytes()
    return {
        **found,
        "metrics": metrics(path),
        "transcripts": (path / "transcripts.jsonl").read_text(),
        "evaluations": json.loads((path / "eval.json").read_text()),
        "status": json.loads((path / "status.json").read_text()),
    }


class Outage:
    """A server that goes away at the third step of an environment, and comes back after ``seconds``."""

    def __init__(self, *, seconds: float) -> None:
        self.seconds, self.steps = seconds, 0
        self.begin(0)

    def begin(self, port: int) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def step(self) -> None:
        self.steps += 1
        if self.steps == 3:
            self.end()
            self.timer = threading.Timer(self.seconds, self.begin, [self.server.server_port])
            self.timer.start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Outage(seconds=0.8)
    yield made
    made.timer.join()
    made.end()


def test_a_sampler_that_is_gone_for_a_while_costs_no_episode(outage: Outage) -> None:
    class Stepping(Shelves):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            outage.step()
            return super().step(action)

    address = f"http://127.0.0.1:{outage.server.server_port}/good/0/outage/v1"
    with ServerPolicy(address, "tiny", concurrency=2) as policy:
        played = play(specs(4), StrategyAgent(), policy, LocalPool({"shelves": Stepping}))
    assert outage.steps == 12
    assert [(t.error, len(t.turns)) for t in played] == [("", 3)] * 4


ENV = """
import os, signal
import gymnasium

class Toy(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Text(1000)
    steps = 0
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.turn = 0
        return f"Say {seed}.", {"state_key": "0"}
    def step(self, action):
        Toy.steps += 1
        number, at = map(int, os.environ["STOPS"].split())
        if Toy.steps == at:
            os.kill(os.getpid(), number)
        self.turn += 1
        won = bool(action) and ord(action[0]) % 2 == 0
        info = {"state_key": str(self.turn), "success": won, "outcome": action[:1], "feedback": "Odd."}
        return "Thanks.", float(won), won or self.turn == 2, False, info

gymnasium.register("Toy-v0", Toy)
"""

PROCESSES = """
# For each line of its input, which has the folder of a run, forks one process after the other words: each says which signal the
# process gets in which of its environments' steps, or when it is killed: "save@2", at the second file that it opens for its part of
# the weights, "back@2", before its second way back through the model. They are one run. Prints how they ended.
import os, signal, sys
import gymnasium, torch.distributed
from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM
from sge_agent import cli, report, train

def dies_at(what, number):
    left = [number]
    def count():
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def hook(event, args):
        if event == "open" and isinstance(args[0], str | os.PathLike) and "parts" in os.fspath(args[0]).split(os.sep):
            count()
    if what == "save":
        sys.addaudithook(hook)
    else:
        backward = torch.Tensor.backward
        torch.Tensor.backward = lambda loss: (count(), backward(loss))

for line in sys.stdin:
    folder, port, *stops = line.split()
    children = []
    for rank, stop in enumerate(stops):
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            out = os.open(f"said-{rank}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
            os.dup2(out, 1)
            os.dup2(out, 2)
            what, _, number = stop.partition("@")
            if not what.isdecimal():
                dies_at(what, int(number))
                stop = "0@0"
            os.environ.update(STOPS=stop.replace("@", " "), MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
            os.environ.update(RANK=str(rank), WORLD_SIZE=str(len(stops)))
            os._exit(cli.main(sys.argv[1:]))
        children.append(child)
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)
"""

WORDS = [
    *("train", "--resume", "--env", "toys:Toy-v0", "--model", "model", "--prompts", "compact", "--run-dir", "run"),
    *("--strategy-tokens", "4", "--action-tokens", "4", "--tasks", "3", "--held-out-tasks", "1", "--seed", "3"),
    *("--tasks-per-update", "2", "--group-size", "4", "--eval-episodes", "1", "--learning-rate", "1e-3"),
    *("--failure-reflection", "0.5", "--updates", "3", "--checkpoint-every", "1"),
]
NEVER = "0@0"
KILL, TERM = f"{signal.SIGKILL:d}@16", f"{signal.SIGTERM:d}@16"
STORIES = {
    "alone": [[NEVER]],
    "alone, SIGTERM": [[TERM], [NEVER]],
    "two": [[NEVER, NEVER]],
    "two, the first is killed": [[KILL, NEVER], [NEVER, NEVER]],
    "two, the second is killed": [[NEVER, KILL], [NEVER, NEVER]],
    "two, SIGTERM": [[TERM, TERM], [NEVER, NEVER]],
}
"""The processes of each run, and what each of them gets; then those that go on."""

Codes = dict[str, list[list[int]]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Codes]:
    """A folder with a run for each story, and the exit statuses of its processes."""
    place = tmp_path_factory.mktemp("place")
    return place, play_stories(place, STORIES, WORDS)


def play_stories(place: Path, stories: Mapping[str, Sequence[Sequence[str]]], words: Sequence[str]) -> Codes:
    """Run each story in a folder of its own; the exit statuses of its processes."""
    (place / "toys.py").write_text(ENV)
    tiny.model().save_pretrained(place / "model")
    tiny.tokenizer().save_pretrained(place / "model")
    lines = []
    for story, parts in stories.items():
        folder = place / story.replace(" ", "_")
        folder.mkdir()
        (folder / "model").symlink_to(place / "model")
        lines += [" ".join([folder.name, str(free_port()), *stops]) for stops in parts]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROCESSES, *words],
        cwd=place,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(place)]),
            "OMP_NUM_THREADS": "1",
        },
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    codes = iter([list(map(int, line.split())) for line in done.stdout.splitlines()])
    return {story: [next(codes) for _ in parts] for story, parts in stories.items()}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def said(place: Path, story: str, rank: int) -> str:
    return (place / story.replace(" ", "_") / f"said-{rank}").read_text()


def test_two_processes_have_the_numbers_of_one(place: tuple[Path, Codes]) -> None:
    folder, codes = place
    assert codes["alone"] == [[0]]
    assert codes["two"] == [[0, 0]], said(folder, "two", 0) + said(folder, "two", 1)
    one, two = (metrics(folder / story / "run") for story in ("alone", "two"))
    assert len(one) == len(two) == 3
    assert any(row["learner/steps"] for row in one)
    for first, second in zip(one, two, strict=True):
        assert [name for name in first if first[name] is None] == [name for name in second if second[name] is None]
        numbers = {name: value for name, value in first.items() if value is not None}
        assert {name: second[name] for name in numbers} == pytest.approx(numbers, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("story", [story for story in STORIES if "," in story])
def test_processes_that_were_stopped_say_why_and_go_on_exactly(story: str, place: tuple[Path, Codes]) -> None:
    folder, codes = place
    stopped, resumed = codes[story]
    words = said(folder, story, 0) + (said(folder, story, 1) if len(stopped) == 2 else "")
    if "SIGTERM" in story:
        assert stopped[0] == 130, words
        assert "stopped; go on with the same command and --resume" in said(folder, story, 0)
    else:
        gone = int("second" in story)
        assert (stopped[gone], stopped[1 - gone]) == (-signal.SIGKILL, 1), words
        assert "sge: error: another process of the run is gone" in said(folder, story, 1 - gone)
        assert "Traceback" not in words
    assert resumed == [0] * len(resumed), words
    undisturbed = story.partition(",")[0]
    expected, found = (left_behind(folder / name.replace(" ", "_") / "run") for name in (undisturbed, story))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == value, name
