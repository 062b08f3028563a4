import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from sge_agent import checkpoint
from sge_agent.cli import main
from sge_agent.errors import RunError
from sge_agent.evaluate import Evaluation
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.jsonlines import JsonLinesWriter, read_json_lines
from sge_agent.metrics import rollout_metrics
from sge_agent.report import write_report
from sge_agent.transcripts import read_transcripts
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.fakes import Breaks, Shelves
from tests.sge_agent.runs import episode
from tests.sge_agent.small_runs import Lucky, metrics, run

Sge = Callable[..., tuple[int, str, str]]

FILES = ("config.json", "status.json", "metrics.jsonl", "eval.json", "transcripts.jsonl", "checkpoint")


def test_a_run_leaves_everything_that_a_person_wants_to_see(tmp_path: Path) -> None:
    result = run(tmp_path / "run")
    assert result.updates == 2
    assert all((tmp_path / "run" / name).exists() for name in FILES)
    assert json.loads((tmp_path / "run" / "status.json").read_text()) == {"status": "finished", "error": ""}
    rows = metrics(tmp_path / "run")
    assert [row["update"] for row in rows] == [1, 2]
    assert [row["episodes_total"] for row in rows] == [6, 12]
    assert all(row["eval/train"] is not None for row in rows)
    evaluations = json.loads((tmp_path / "run" / "eval.json").read_text())
    assert {phase: set(sets) for phase, sets in evaluations.items()} == {
        "before": {"train", "held_out"},
        "after": {"train", "held_out"},
    }
    phases = [t.phase for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl")]
    assert set(phases) == {"before", "train", "after"}
    assert write_report([tmp_path / "run"], tmp_path / "report.html").stat().st_size > 10_000


def test_the_weights_move_and_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(tmp_path / name)
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    run(tmp_path / "c", seed=1)
    assert metrics(tmp_path / "a") != metrics(tmp_path / "c")


@pytest.mark.parametrize("explore", ["sge", "grpo"])
def test_the_arms_differ_in_temperature_and_hints_alone(tmp_path: Path, explore: Any) -> None:
    run(tmp_path / "run", explore=explore, updates=3)
    episodes = [t.trajectory for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl") if t.phase == "train"]
    heat = {s.role: s.temperatures[0] for e in episodes for s in e.segments}
    hints = {bool(e.spec.hint) for e in episodes}
    assert heat == ({"strategy": 1.2, "action": 0.7} if explore == "sge" else {"strategy": 1.0, "action": 1.0})
    assert hints == ({False, True} if explore == "sge" else {False})


def test_held_out_tasks_are_never_trained_on(tmp_path: Path) -> None:
    run(tmp_path / "run", updates=3)
    found: dict[str, set[str]] = {"train": set(), "before": set()}
    for transcript in read_transcripts(tmp_path / "run" / "transcripts.jsonl"):
        found.setdefault(transcript.phase, set()).add(transcript.trajectory.task.key)
    evaluations = json.loads((tmp_path / "run" / "eval.json").read_text())
    held_out = {task["task"] for task in evaluations["after"]["held_out"]["tasks"]}
    assert len(held_out) == 2
    assert not held_out & found["train"]


def test_a_run_is_not_overwritten_unasked(tmp_path: Path) -> None:
    run(tmp_path / "run", updates=1, eval_episodes=0)
    with pytest.raises(RunError, match="holds a run already"):
        run(tmp_path / "run")
    run(tmp_path / "run", existing="overwrite", updates=1, eval_episodes=0)
    assert len(metrics(tmp_path / "run")) == 1


def test_a_folder_with_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all my work")
    with pytest.raises(RunError, match="no run"):
        run(tmp_path, existing="overwrite")
    assert (tmp_path / "thesis.txt").read_text() == "all my work"


def test_resuming_with_other_settings_names_them(tmp_path: Path) -> None:
    run(tmp_path / "run", updates=1, eval_episodes=0)
    with pytest.raises(RunError, match="group_size was 3, is 4"):
        run(tmp_path / "run", existing="resume", group_size=4, eval_episodes=0)


def test_settings_that_came_later_are_at_their_defaults_in_an_older_run(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", updates=1, eval_episodes=0).folder
    known = json.loads(folder.config.read_text())
    del known["max_staleness"], known["shard"]
    folder.config.write_text(json.dumps(known))
    run(tmp_path / "run", existing="resume", updates=2, eval_episodes=0)
    assert len(metrics(tmp_path / "run")) == 2
    folder.config.write_text(json.dumps(known))
    with pytest.raises(RunError, match="max_staleness was 0, is 1"):
        run(tmp_path / "run", existing="resume", updates=2, eval_episodes=0, max_staleness=1)


def test_an_interrupted_run_that_is_resumed_equals_one_that_was_not(tmp_path: Path) -> None:
    class Stop:
        """Interrupts as soon as the second row has been logged: after it, before its checkpoint."""

        def log(self, row: Any) -> None:
            if row["update"] == 2:
                raise KeyboardInterrupt

        def note(self, text: str) -> None: ...

        def close(self) -> None: ...

    whole = run(tmp_path / "whole", updates=3)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", updates=3, loggers=[Stop()])
    assert json.loads((tmp_path / "cut" / "status.json").read_text())["status"] == "interrupted"
    assert len(metrics(tmp_path / "cut")) == 2
    resumed = run(tmp_path / "cut", updates=3, existing="resume")
    assert metrics(tmp_path / "cut") == metrics(tmp_path / "whole")
    assert _numbers(resumed.after) == _numbers(whole.after)
    texts = [(tmp_path / name / "transcripts.jsonl").read_text() for name in ("whole", "cut")]
    assert texts[0] == texts[1]


def _numbers(results: Any) -> list[Any]:
    return [result.to_json() for result in results.values() if isinstance(result, Evaluation)]


def test_a_run_whose_episodes_break_stops_with_the_first_cause_and_says_so(tmp_path: Path) -> None:
    made = [0]

    def make() -> Shelves:
        made[0] += 1
        return Lucky() if made[0] == 1 else Breaks(at=1)

    with pytest.raises(RunError, match="the engine died"):
        run(tmp_path / "run", make_env=make, eval_episodes=0)
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert status["status"] == "failed"
    assert "the engine died" in status["error"]


def test_now_and_then_a_broken_episode_is_tried_afresh_and_the_run_goes_on(tmp_path: Path) -> None:
    calls = [0]

    class Fragile(Lucky):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            calls[0] += 1
            if calls[0] % 9 == 0:
                raise RuntimeError("a hiccup")
            return super().step(action)

    run(tmp_path / "run", make_env=Fragile, eval_episodes=0, eval_every=0, updates=3)
    rows = metrics(tmp_path / "run")
    assert sum(row["errors"] for row in rows) >= 2
    assert [row["episodes"] for row in rows] == [6.0, 6.0, 6.0]
    assert sum(row["learner/incomplete_groups"] for row in rows) == 0
    broken = [t.trajectory for t in read_transcripts(tmp_path / "run" / "transcripts.jsonl") if t.trajectory.error]
    assert broken
    assert all("a hiccup" in trajectory.error for trajectory in broken)


class Bad(Exploration):
    """Makes the loss of the updates from ``since`` on a number that is none."""

    def __init__(self, since: int, until: int = 99) -> None:
        self.since, self.until = since, until

    def token_loss(self, batch: Any, logits: Any, ctx: ExplorationContext) -> Any:
        bad = self.since <= ctx.update < self.until
        return logits.sum(-1) * (float("nan") if bad else 0.0)


def test_updates_without_a_finite_loss_are_counted_and_too_many_in_a_row_stop_the_run(tmp_path: Path) -> None:
    run(tmp_path / "few", exploration=Bad(1, 5), updates=6, eval_episodes=0, eval_every=0)
    skipped = [row["learner/skipped_steps"] for row in metrics(tmp_path / "few")]
    assert [count > 0 for count in skipped] == [False, True, True, True, True, False]
    with pytest.raises(RunError, match="not finite in all steps of 5 updates in a row"):
        run(tmp_path / "many", exploration=Bad(1), updates=9, eval_episodes=0, eval_every=0)
    assert len(metrics(tmp_path / "many")) == 5  # the update that stopped it was not finished
    assert json.loads((tmp_path / "many" / "status.json").read_text())["status"] == "failed"


def test_weights_that_have_diverged_stop_the_run_with_one_sentence(tmp_path: Path) -> None:
    policy = tiny.policy()
    with torch.no_grad():
        policy.model.get_input_embeddings().weight.fill_(float("nan"))
    with pytest.raises(RunError, match="weights have diverged"):
        run(tmp_path / "run", policy=policy, eval_episodes=0)


def test_the_best_checkpoint_is_that_of_the_best_evaluations_since_the_one_before(tmp_path: Path) -> None:
    run(tmp_path / "run", updates=5, checkpoint_every=2, checkpoints_kept=9)
    success = [row["eval/train"] for row in metrics(tmp_path / "run")]
    saved = checkpoint.saved(tmp_path / "run" / "checkpoint")
    scores = [json.loads((path / "state.json").read_text())["score"] for path in saved]
    assert scores == pytest.approx([(success[0] + success[1]) / 2, (success[2] + success[3]) / 2, success[4]])
    run(tmp_path / "plain", updates=2, eval_every=0, eval_episodes=0)
    rows = metrics(tmp_path / "plain")
    (last,) = checkpoint.saved(tmp_path / "plain" / "checkpoint")[-1:]
    assert json.loads((last / "state.json").read_text())["score"] == rows[-1]["success"]


def test_an_env_that_cannot_be_made_leaves_no_folder(tmp_path: Path) -> None:
    def make() -> Shelves:
        raise ImportError("no browser:\ninstall one")

    with pytest.raises(RunError, match="'shelves' cannot be made: no browser: install one"):
        run(tmp_path / "run", make_env=make)
    assert not (tmp_path / "run").exists()


def test_success_counts_plain_episodes_only_and_broken_ones_not_at_all() -> None:
    plain, hinted = episode(success=True), episode(hint="Failed: x;")
    broken = replace(episode(), turns=(), error="died")
    row = rollout_metrics([Group(plain.task, (plain, plain, hinted, broken))])
    assert (row["success"], row["success/hinted"], row["errors"], row["episodes"]) == (1.0, 0.0, 1.0, 3.0)
    assert row["distinct_outcomes"] == 2.0
    nothing = rollout_metrics([Group(plain.task, (broken,))])
    assert (nothing["success"], nothing["distinct_outcomes"]) == (None, None)


SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start background jobs, and their tests, deaf to it
from sge_agent.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny saved model and a module that registers a toy environment with gymnasium."""
    folder = tmp_path_factory.mktemp("workshop")
    tiny.model().save_pretrained(folder / "model")
    tiny.tokenizer().save_pretrained(folder / "model")
    (folder / "toys.py").write_text(
        "import gymnasium\n"
        "class Toy(gymnasium.Env):\n"
        "    observation_space = action_space = gymnasium.spaces.Text(1000)\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        super().reset(seed=seed)\n"
        "        return 'Say a word.', {}\n"
        "    def step(self, action):\n"
        "        return 'Thanks.', float(len(action) % 2), True, False, {}\n"
        "gymnasium.register('Toy-v0', Toy)\n"
    )
    return folder


ARGUMENTS = [
    *("train", "--env", "toys:Toy-v0", "--model", "model", "--prompts", "compact", "--run-dir", "run"),
    *("--strategy-tokens", "4", "--action-tokens", "4", "--tasks", "2", "--held-out-tasks", "1"),
    *("--tasks-per-update", "2", "--group-size", "2", "--eval-episodes", "1"),
]


def start(workshop: Path, words: list[str]) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    places = [str(Path(__file__).parents[2]), str(workshop), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *words],
        cwd=workshop,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def sge(workshop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sge:
    """The command in this process, inside the workshop: exit status, output, complaints."""
    monkeypatch.chdir(workshop)
    monkeypatch.syspath_prepend(str(workshop))

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_run_from_outside_leaves_a_valid_folder_with_a_report(
    workshop: Path, number: signal.Signals
) -> None:
    folder = workshop / f"stopped-{number}"
    process = start(workshop, [*ARGUMENTS, "--updates", "100000", "--run-dir", folder.name])
    deadline = time.monotonic() + 200
    while not (folder / "metrics.jsonl").exists() or (folder / "metrics.jsonl").read_text().count("\n") < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 130, err
    assert err == ""
    assert json.loads((folder / "status.json").read_text())["status"] == "interrupted"
    rows = list(read_json_lines(folder / "metrics.jsonl"))
    assert [row["update"] for row in rows] == list(range(1, len(rows) + 1))
    assert list(read_transcripts(folder / "transcripts.jsonl"))
    assert "interrupted" in (folder / "report.html").read_text()
    assert f"report: {folder.name}/report.html" in out


def test_train_eval_and_report_work_from_the_command_line(workshop: Path, sge: Sge) -> None:
    code, out, err = sge(*ARGUMENTS, "--updates", "2", "--overwrite")
    assert (code, err) == (0, "")
    assert "update 2/2" in out
    assert "after training: train tasks: pass@1" in out
    code, out, err = sge("eval", "run", "--eval-episodes", "2", "--out", "result.json")
    assert (code, err) == (0, "")
    assert set(json.loads((workshop / "result.json").read_text())) == {"train", "held_out"}
    assert sge("report", "run", "run", "--out", "both.html")[0] == 0


def test_two_environments_are_named_one_after_the_other(workshop: Path, sge: Sge) -> None:
    both = ("--env", "toys:Toy-v0", "--env-weights", "1,3", "--tasks-per-update", "2", "--run-dir", "both")
    code, out, err = sge(*ARGUMENTS, "--updates", "1", *both)
    assert (code, err) == (0, "")
    assert "; toys:Toy-v0 0" in out
    assert "; toys:Toy-v0-2 " in out
    code, out, _ = sge("eval", "both", "--further-envs", '[{"env": "toys:Toy-v0", "name": "other"}]')
    assert code == 0
    assert "; other " in out


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (
            [*ARGUMENTS, "--run-dir", "new", "--further-envs", "[{"],
            2,
            "--further-envs: expects a list of tables as JSON",
        ),
        ([*ARGUMENTS, "--run-dir", "new", "--model", "./nowhere"], 1, "there is no model folder ./nowhere"),
        ([*ARGUMENTS, "--run-dir", "new", "--model", "embedded:househol"], 1, "there is no embedded model 'househol'"),
        ([*ARGUMENTS, "--run-dir", "new", "--env", "toys:Toi-v0"], 1, "the environment 'toys:Toi-v0' cannot be made"),
        ([*ARGUMENTS, "--run-dir", "new", "--env", "nomodule:Toy-v0"], 1, "No module named 'nomodule'"),
        (
            [*ARGUMENTS, "--run-dir", "new", "--explore", "sgee"],
            2,
            "such as sge+entropy_advantage, got 'sgee'; did you mean 'sge'?",
        ),
        (
            [*ARGUMENTS, "--run-dir", "new", "--explore", "sge+entropy_advantge"],
            2,
            "did you mean 'entropy_advantage'?",
        ),
        ([*ARGUMENTS, "--run-dir", "new", "--explore", "sge+kl+kl"], 2, "names kl twice"),
        ([*ARGUMENTS, "--run-dir", "new", "--kl-coefficient", "1"], 2, "use --explore sge+kl"),
        ([*ARGUMENTS, "--run-dir", "new", "--kl-coeficient", "1"], 2, "did you mean '--kl-coefficient'?"),
        (
            [*ARGUMENTS, "--run-dir", "new", "--explore", "rlad", "--strategy-dropout-p", "2"],
            2,
            "--explore strategy_dropout: p must be a probability between 0 and 1, got 2.0",
        ),
        (
            [*ARGUMENTS, "--run-dir", "new", "--group-sise", "3"],
            2,
            "there is no option '--group-sise'; did you mean '--group-size'?",
        ),
        ([*ARGUMENTS, "--run-dir", "new", "--updates", "0"], 2, "--updates must be 1 or more, got 0"),
        (["train"], 1, "no environment is named"),
        (["trian"], 2, "there is no command 'trian'; did you mean 'train'?"),
        (["report", "nowhere"], 1, "there is no folder nowhere"),
        (["eval", "nowhere"], 2, "nowhere is no run folder"),
    ],
)
def test_bad_input_is_one_clear_line(sge: Sge, words: list[str], code: int, complaint: str) -> None:
    got, _, err = sge(*words)
    assert complaint in err
    assert err.count("\n") == 1
    assert err.startswith("sge")
    assert got == code


def test_a_full_disk_is_one_clear_line(sge: Sge, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: JsonLinesWriter, row: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    monkeypatch.setattr(JsonLinesWriter, "append", full)
    code, _, err = sge(*ARGUMENTS, "--run-dir", "full", "--updates", "2")
    assert (code, err.count("\n")) == (1, 1)
    assert "no space left on the disk" in err
    assert "--resume" in err
    status = json.loads((workshop / "full" / "status.json").read_text())
    assert (status["status"], "No space left" in status["error"]) == ("failed", True)


def test_help_shows_every_setting_with_its_default(sge: Sge) -> None:
    _, out, _ = sge("train", "--help")
    text = " ".join(out.split())
    assert "--strategy-temperature TEMPERATURE Temperature of strategy tokens (sge). Default: 1.2." in text
    assert sge("--version")[1].startswith("sge ")
