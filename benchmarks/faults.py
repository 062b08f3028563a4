"""What becomes of `sge train` when things break: it completes, or it stops with a cause and goes on exactly.

    python -m benchmarks.faults [--quick]

Every run is a command of its own, on environments that break on demand (``benchmarks.faulty_env``): 5 % of their steps raise, hang
or kill their process; a signal reaches the run, or one of its two processes; a file may not grow; the server that samples is
killed, and comes back after 30 seconds without its weights, or only after the run has given up. What was stopped goes on by the
same command with `--resume`, and is compared with a run that nothing happened to: metrics, episodes and weights.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.forked import Command, Forks
from benchmarks.injection import Every, Once, variables
from benchmarks.rows import Benchmark, Row, at_least, at_most, main_of
from sge_agent.jsonlines import read_json_lines

UPDATES, MEMBERS = 4, 4
LIMIT, OUTAGE, PATIENCE = 5.0, 30.0, 3.0
"""Seconds that a step may take; that a server is gone; and after which a run gives one up that stays away."""

WORDS = (
    *("train", "--resume", "--env", "benchmarks.faulty_env:Faulty-v0", "--model", "model", "--prompts", "compact"),
    *("--strategy-when", "never", "--action-tokens", "6", "--explore", "grpo", "--tasks", "6", "--held-out-tasks", "0"),
    *("--tasks-per-update", "3", "--group-size", f"{MEMBERS}", "--updates", f"{UPDATES}", "--eval-episodes", "0"),
    *("--checkpoint-every", "1", "--learning-rate", "1e-3", "--transcripts-per-update", "1000", "--run-dir", "run"),
)
CLOCKS = ("seconds", "elapsed", "tokens_per_second", "learner/seconds", "waiting")
STOP_AT = 72
"""The step in which what happens once does: in the second update (each has 48 steps, half of them in each of two processes)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the processes of a command ended, and their last words."""

    statuses: tuple[int, ...]
    words: str

    @property
    def well(self) -> bool:
        return not any(self.statuses)

    def __str__(self) -> str:
        told = " and ".join(f"signal {-status}" if status < 0 else f"status {status}" for status in self.statuses)
        return f"{told}: {self.words}" if self.words else told


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which runs with the same model are played, each in a folder below."""

    path: Path
    forks: Forks

    def train(
        self,
        run: str,
        *more: str,
        fault: Every | Once | None = None,
        processes: int = 1,
        file_bytes: int = 0,
    ) -> Ended:
        """`sge train` with these words besides the usual ones."""
        folder = self.path / run
        folder.mkdir(exist_ok=True)
        if not (folder / "model").exists():
            (folder / "model").symlink_to(self.path / "model")
        said = [folder / f"said-{rank}" for rank in range(processes)]
        for path in said:
            path.write_text("")
        told = {**variables(fault), "NO_PROXY": "127.0.0.1"}
        statuses = self.forks.run(Command(str(folder), (*WORDS, *more), told, processes, file_bytes))
        lines = [
            line
            for path in said
            for line in path.read_text().splitlines()
            if line.startswith("sge: ") or "--resume" in line
        ]
        return Ended(tuple(statuses), lines[-1].removeprefix("sge: ") if lines else "")

    def left_by(self, run: str) -> dict[str, Any]:
        """Metrics without clocks, episodes and weights of a run."""
        folder = self.path / run / "run"
        weights = {
            str(path.relative_to(folder / "checkpoint")): path.read_bytes()
            for path in sorted((folder / "checkpoint").rglob("*.safetensors"))
        }
        return {"metrics": self.metrics(run), "episodes": (folder / "transcripts.jsonl").read_text(), **weights}

    def metrics(self, run: str) -> list[dict[str, Any]]:
        rows = read_json_lines(self.path / run / "run" / "metrics.jsonl")
        return [{name: value for name, value in row.items() if not name.startswith(CLOCKS)} for row in rows]


def run(quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, Forks() as forks:
        place = Place(Path(folder), forks)
        small_model(place.path / "model")
        mark = str(place.path / "mark")
        yield from broken_environments(place)
        yield from stopped_runs(place, mark, "run")
        yield full_disk(place)
        if not quick:
            yield from stopped_runs(place, mark, "run that plays ahead of its learner", "--max-staleness", "1")
            yield from killed_ranks(place, mark)
        yield from gone_servers(place, mark, seconds=PATIENCE if quick else OUTAGE)


def stopped_runs(place: Place, mark: str, what: str, *words: str) -> Iterator[Row]:
    """The whole run gets a signal in the middle of an update."""
    undisturbed = what.replace(" ", "-")
    expect(place.train(undisturbed, *words))
    for name, number in (("SIGTERM to", signal.SIGTERM), ("kill -9 of", signal.SIGKILL)):
        story = f"{undisturbed}-{number:d}"
        stopped = place.train(story, *words, fault=Once(f"{mark}-{story}", number, STOP_AT))
        yield resumed(place, f"{name} the {what}", stopped, place.train(story, *words), story, undisturbed)


def broken_environments(place: Place) -> Iterator[Row]:
    """5 % of all steps raise, hang or kill their worker process."""
    fault = Every(str(place.path / "steps"))
    ended = place.train("broken", "--env-workers", "3", "--env-timeout", f"{LIMIT:g}", fault=fault)
    rows = place.metrics("broken")
    found = episodes_by_update(place.path / "broken" / "run" / "transcripts.jsonl")
    errors = [error for update in found.values() for _, error, _ in update if error]
    kinds = {
        "raised": sum("a hiccup" in error for error in errors),
        "hung": sum("did not answer within" in error for error in errors),
        "died": sum("killed by signal 9" in error for error in errors),
    }
    steps = (place.path / "steps").stat().st_size
    told = f"{steps // fault.every} of {steps} steps; {ended}"
    yield Row("5 % of steps raise, hang or die: updates done", len(rows), "", at_least(UPDATES), told)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) + ", with those that shared their process"
    yield Row("5 % of steps: episodes that broke", len(errors), "", detail=told)
    counted = sum(row["retried_episodes"] + row["lost_episodes"] for row in rows)
    lost = sum(row["lost_episodes"] for row in rows)
    told = f"{counted:.0f} in the metrics: {counted - lost:.0f} tried again, {lost:.0f} lost for good"
    yield Row("5 % of steps: broken episodes that the metrics miss", len(errors) - counted, "", at_most(0), told)
    trained = [(row["learner/rows"], rows_of_whole_groups(found[row["update"]])) for row in rows]
    incomplete = sum(row["learner/incomplete_groups"] for row in rows)
    beyond = sum(abs(rows_trained - wanted) for rows_trained, wanted in trained)
    told = f"{sum(wanted for _, wanted in trained)} rows of whole groups trained, {incomplete:.0f} groups left out"
    yield Row("5 % of steps: rows trained from groups that miss a member", beyond, "", at_most(0), told)


Episode = tuple[str, str, float]
"""Its task, its error, its return."""


def episodes_by_update(path: Path) -> dict[int, list[Episode]]:
    from sge_agent.transcripts import read_transcripts

    found: dict[int, list[Episode]] = {}
    for one in read_transcripts(path):
        if one.phase == "train":
            trajectory = one.trajectory
            found.setdefault(one.update, []).append((trajectory.task.key, trajectory.error, trajectory.return_))
    return found


def rows_of_whole_groups(episodes: Sequence[Episode]) -> int:
    """How many episodes an update has to train on: those of whole groups whose returns differ."""
    groups: dict[str, list[float]] = {}
    for task, error, total in episodes:
        groups.setdefault(task, []).extend([] if error else [total])
    return sum(len(totals) for totals in groups.values() if len(totals) == MEMBERS and len(set(totals)) > 1)


def resumed(place: Place, name: str, stopped: Ended, after: Ended, story: str, undisturbed: str) -> Row:
    """Does what was stopped, and went on, leave what the undisturbed run does?"""
    expected, found = place.left_by(undisturbed), place.left_by(story)
    differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    detail = f"stopped with {stopped}; went on to {after}"
    if differing:
        detail += f"; different: {', '.join(differing)}"
    missed = len(differing) + stopped.well + (not after.well)
    return Row(f"{name}, then --resume: differences from an undisturbed run", missed, "", at_most(0), detail)


def full_disk(place: Place) -> Row:
    """The second of the updates cannot write its checkpoint: no file may grow beyond half of what the weights take."""
    place.train("disk", "--updates", "1")
    (weights,) = {
        path.stat().st_size for path in (place.path / "disk" / "run" / "checkpoint").rglob("model.safetensors")
    }
    stopped = place.train("disk", file_bytes=weights // 2)
    return resumed(place, "no room for a checkpoint", stopped, place.train("disk"), "disk", "run")


def killed_ranks(place: Place, mark: str) -> Iterator[Row]:
    """Two processes train one model; one of them is killed."""
    expect(place.train("two", processes=2))
    for rank in ("0", "1"):
        story = f"two without {rank}"
        fault = Once(f"{mark} {story}", signal.SIGKILL, STOP_AT // 2, rank=rank)
        stopped = place.train(story, fault=fault, processes=2)
        after = place.train(story, processes=2)
        yield resumed(place, f"kill -9 of process {rank} of two", stopped, after, story, "two")


def gone_servers(place: Place, mark: str, *, seconds: float) -> Iterator[Row]:
    """The server that samples is killed in an update, and comes back; or comes back too late."""
    from tests.sge_agent.policies.vllm_servers import Servers

    with Servers() as servers:
        words = ("--old-logprobs", "recomputed", "--sampler-carrier", "gloo", "--sampler-host", "127.0.0.1")
        server = servers.start()
        expect(place.train("served", *words, "--sampler-model", "tiny", "--sampler", server.address))

        def story(name: str, patience: float, back: float | None) -> Ended:
            own = servers.start()
            gone = f"{mark} {name}"
            watcher = threading.Thread(target=_take_away, args=(servers, own, Path(gone), back))
            watcher.start()
            try:
                patient = ("--sampler-model", "tiny", "--sampler", own.address, "--sampler-patience", f"{patience:g}")
                return place.train(name, *words, *patient, fault=Once(gone, 0, STOP_AT))
            finally:
                Path(gone).touch()
                watcher.join()

        ended = story("outage", 4 * seconds + 60, seconds)
        rows = place.metrics("outage")
        lost = sum(row["lost_episodes"] + row["errors"] for row in rows)
        told = f"{ended}, {sum(row.get('lost_batches', 0) for row in rows):.0f} batch played again, {lost:.0f} episodes lost"
        same = place.left_by("outage")["episodes"] == place.left_by("served")["episodes"]
        told += ", the episodes are those of an undisturbed run" if same else ", other episodes than undisturbed"
        name = f"kill -9 of the server that samples, back after {seconds:g} s without its weights"
        yield Row(f"{name}: updates done", len(rows), "", at_least(UPDATES), told)
        stopped = story("given up", PATIENCE, None)
        after = place.train("given up", *words, "--sampler-model", "tiny", "--sampler", servers.start().address)
        yield resumed(place, "kill -9 of the server that samples, for good", stopped, after, "given up", "served")


def _take_away(servers: Any, server: Any, gone: Path, back: float | None) -> None:
    """Kill -9 a server once the file ``gone`` is there, and start it again so many seconds later."""
    while not gone.exists():
        time.sleep(0.05)
    if back is None:
        servers.kill(server)
    else:
        servers.outage(server, back).join()


def expect(ended: Ended) -> None:
    """Raises ``RuntimeError`` where a run that nothing happened to did not end well."""
    if not ended.well:
        raise RuntimeError(f"an undisturbed run ended with {ended}")


def small_model(path: Path) -> None:
    """The tiny random model that the servers of the tests begin with, too."""
    from transformers.utils import logging

    from tests.sge_agent import tiny

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tiny.model().save_pretrained(path)
    tiny.tokenizer().save_pretrained(path)


BENCHMARK = Benchmark("sge train while environments, processes, the disk and its server fail", run)
main = main_of(BENCHMARK)

if __name__ == "__main__":
    sys.exit(main())
