"""Whole runs whose episodes servers write: they get the trained weights, are killed, come back, or stay away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.policies.loading import Lora
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policy import Policy
from sge_agent.transcripts import read_transcripts
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.policies.vllm_servers import Server, Servers
from tests.sge_agent.small_runs import Lucky, metrics, run
from tests.sge_agent.test_faults import KILL, NEVER, WORDS, Sees, left_behind, play_stories, said

EXACT = 1e-4  # log-probabilities of the same weights, one row at a time there and many here


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with Servers() as made:
            yield made


def settings(served: Sequence[Server], **changes: Any) -> dict[str, Any]:
    return {
        "sampler": tuple(server.address for server in served),
        "sampler_model": "tiny",
        "sampler_carrier": "gloo",
        "sampler_host": "127.0.0.1",
        "sampler_patience": 120.0,
        "old_logprobs": "recomputed",
        "correction": "token_truncated",
        "eval_episodes": 1,
        "updates": 3,
        **changes,
    }


def written(path: Path, phase: str) -> list[int]:
    """The version of the weights that wrote each episode; an episode is written by one."""
    found = [
        set(t.trajectory.policy_versions) for t in read_transcripts(path / "transcripts.jsonl") if t.phase == phase
    ]
    assert all(len(versions) == 1 for versions in found)
    return [version for versions in found for version in versions]


def versions(rows: Sequence[dict[str, Any]]) -> list[int]:
    """How often the weights had moved before each update, and after the last one."""
    return [sum(row["learner/steps"] > 0 for row in rows[:k]) for k in range(len(rows) + 1)]


@pytest.mark.parametrize("lag", [0, 1])
def test_servers_write_with_the_weights_that_were_trained(tmp_path: Path, servers: Servers, lag: int) -> None:
    """Theirs are others to begin with; that they differ from the learner's would show in the correction."""
    both = [servers.start() for _ in range(2)]
    run(tmp_path / "run", policy=tiny.policy(seed=3), max_staleness=lag, **settings(both, group_size=6))
    rows = metrics(tmp_path / "run")
    assert [row["episodes"] for row in rows] == [12.0] * 3
    assert all(row["eval/train"] is not None for row in rows)
    weights = versions(rows)  # before each update, and after the last one
    assert weights[-1] >= 2
    used = [weights[max(0, k - lag)] for k in range(3)]
    assert [row["staleness/max"] for row in rows] == [new - old for new, old in zip(weights, used)]
    for row, new, old in zip(rows, weights, used):
        assert row["learner/rows"] == 0 or (row["learner/correction/max_log_difference"] < EXACT) == (new == old)
    assert [row["lost_batches"] for row in rows] == [0] * 3
    assert set(written(tmp_path / "run", "before")) == {0}
    assert set(written(tmp_path / "run", "after")) == {weights[-1]}
    assert set(written(tmp_path / "run", "train")) == set(used)
    evaluations = json.loads((tmp_path / "run" / "eval.json").read_text())
    assert evaluations["after"]["train"]["episodes"] == 3
    for server in both:
        servers.kill(server)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_servers_write_with_the_adapters_that_were_trained(tmp_path: Path, servers: Servers) -> None:
    pytest.importorskip("peft")
    tiny.model().save_pretrained(tmp_path / "base")
    tiny.tokenizer().save_pretrained(tmp_path / "base")
    policy = TransformersPolicy.from_pretrained(tmp_path / "base", lora=Lora(rank=2, alpha=4))
    served = servers.start()
    env = Counting(lambda: servers.outage(served, 0.0), at=14)
    chosen = settings([served], lora_rank=2, sampler_weights="lora_reload", sampler_model="", learning_rate=1e-2)
    run(tmp_path / "run", policy=policy, make_env=env.make, **chosen)
    rows = metrics(tmp_path / "run")
    assert all(row["learner/correction/max_log_difference"] < EXACT for row in rows if row["learner/rows"])
    assert set(written(tmp_path / "run", "after")) == {versions(rows)[-1]} != {0}
    assert sum(row["lost_batches"] for row in rows) == 1  # the server was killed once, and its adapters with it
    (left,) = (tmp_path / "run" / "adapters").iterdir()
    assert left.name.startswith("sge-")
    servers.kill(served)


class Counting:
    """Makes environments that call ``what`` at their ``at``-th step, counted over all of them."""

    def __init__(self, what: Callable[[], object], *, at: int) -> None:
        self.what, self.at, self.steps = what, at, 0

    def make(self) -> Lucky:
        counting = self

        class Counted(Lucky):
            def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
                counting.steps += 1
                if counting.steps == counting.at:
                    counting.what()
                return super().step(action)

        return Counted()


@pytest.mark.parametrize("lag", [0, 1])
def test_a_server_that_is_killed_and_comes_back_costs_a_batch_and_no_wrong_token_is_trained(
    tmp_path: Path, servers: Servers, lag: int
) -> None:
    both, sees = [servers.start() for _ in range(2)], Sees()
    env = Counting(lambda: servers.outage(both[0], 0.5), at=9)  # in the second batch of training
    chosen = settings(both, max_staleness=lag, eval_episodes=0, eval_every=0)
    run(tmp_path / "run", policy=tiny.policy(seed=3), make_env=env.make, exploration=sees, **chosen)
    rows = metrics(tmp_path / "run")
    assert [row["update"] for row in rows] == [1, 2, 3]
    assert sum(row["lost_batches"] for row in rows) == 1
    assert env.steps == 4 * 6
    for groups in sees.seen:
        assert all(not group.missing and len(group.trajectories) == 3 for group in groups)
        assert all(not t.error for group in groups for t in group.trajectories)
    assert all(row["learner/incomplete_groups"] == row["lost_episodes"] == 0 for row in rows)
    for row in rows:
        if row["learner/rows"] and not row["staleness/max"]:  # else the learner is an update ahead in any case
            assert row["learner/correction/max_log_difference"] < EXACT
    for server in both:
        servers.kill(server)


class Interrupts(Exploration):
    """Does something when the weights have moved for the first time and are about to be sent."""

    def __init__(self, what: Callable[[], object], policy: Policy) -> None:
        self.what, self.policy, self.calls = what, policy, 0

    def observe(self, groups: Sequence[Group], metrics: Any, ctx: ExplorationContext) -> None:
        if self.policy.version and not self.calls:
            self.calls += 1
            self.what()


def test_weights_that_cannot_be_sent_for_a_while_are_sent_when_the_server_is_back(
    tmp_path: Path, servers: Servers
) -> None:
    both = [servers.start() for _ in range(2)]
    trained = tiny.policy(seed=3)
    away = Interrupts(lambda: servers.outage(both[1], 0.7), trained)
    chosen = settings(both, eval_episodes=0, eval_every=0, group_size=6)
    run(tmp_path / "run", policy=trained, exploration=away, **chosen)
    rows = metrics(tmp_path / "run")
    assert [row["lost_batches"] for row in rows] == [0] * 3
    assert all(row["learner/correction/max_log_difference"] < EXACT for row in rows if row["learner/rows"])
    assert away.calls == 1
    assert versions(rows)[2] > 0  # so that they had to be sent
    for server in both:
        servers.kill(server)


@pytest.mark.parametrize("lag", [0, 1])
def test_a_server_that_stays_away_stops_the_run_which_goes_on_when_it_is_back(
    tmp_path: Path, servers: Servers, lag: int
) -> None:
    served = servers.start()
    env = Counting(lambda: servers.kill(served), at=15)  # in the third batch of training
    chosen = settings([served], max_staleness=lag, eval_episodes=0, eval_every=0, updates=4)
    with pytest.raises(RunError, match=r"gave no usable reply .* the connection failed .* see whether the server runs"):
        run(
            tmp_path / "run",
            policy=tiny.policy(seed=3),
            make_env=env.make,
            **{**chosen, "sampler_patience": 0.5},
        )
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (status["status"], "gave no usable reply" in status["error"]) == ("failed", True)
    done = len(metrics(tmp_path / "run"))
    assert done == 2 - lag
    servers.start(served.port)
    run(tmp_path / "run", policy=tiny.policy(seed=5), make_env=env.make, existing="resume", **chosen)
    rows = metrics(tmp_path / "run")
    assert [row["update"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["episodes_total"] == 24
    weights = versions(rows)
    assert [row["staleness/max"] for row in rows] == [weights[k] - weights[max(0, k - lag)] for k in range(4)]
    if lag == 0:
        assert all(row["learner/correction/max_log_difference"] < EXACT for row in rows if row["learner/steps"])
    assert left_behind(tmp_path / "run")["status"]["status"] == "finished"
    servers.kill(served)


def test_two_processes_share_the_episodes_and_the_first_one_sends_the_weights(tmp_path: Path, servers: Servers) -> None:
    """Playing ahead, with the weights in parts while they are trained: all that several machines need, together."""
    served = servers.start()
    words = [
        *(*WORDS, "--sampler", served.address, "--sampler-model", "tiny", "--sampler-carrier", "gloo"),
        *("--sampler-host", "127.0.0.1", "--old-logprobs", "recomputed", "--max-staleness", "1", "--shard"),
    ]
    stories = {
        "alone": [[NEVER]],
        "two": [[NEVER, NEVER]],
        "two, the second is killed": [[NEVER, KILL], [NEVER, NEVER]],
    }
    codes = play_stories(tmp_path, stories, words)
    told = said(tmp_path, "two, the second is killed", 0)
    assert codes == {"alone": [[0]], "two": [[0, 0]], "two, the second is killed": [[1, -9], [0, 0]]}, told
    assert "another process of the run is gone" in told
    one, two, resumed = (metrics(tmp_path / story.replace(" ", "_") / "run") for story in stories)
    assert len(one) == 3
    assert any(row["learner/steps"] for row in one)
    assert max(row["staleness/max"] for row in one) == 1
    for first, second in zip(one, two, strict=True):
        numbers = {name: value for name, value in first.items() if value is not None}
        assert {name: second[name] for name in numbers} == pytest.approx(numbers, rel=1e-4, abs=1e-5)
    assert resumed == two
    servers.kill(served)
