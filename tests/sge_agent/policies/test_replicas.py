import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sge_agent.policies.replicas import Replicas
from sge_agent.policies.server import ServerError, ServerPolicy
from sge_agent.policy import Job, Sample, generate
from sge_agent.types import SamplingParams

SCRIPT = Path(__file__).parent / "misbehaving_server.py"


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_new_sessions_go_to_the_least_busy_and_known_ones_stay() -> None:
    replicas = Replicas(["a", "b"])
    assert [replicas.enter(session) for session in (1, 2, 3)] == ["a", "b", "a"]
    replicas.leave("a", gone=False)
    replicas.leave("a", gone=False)
    assert replicas.enter(2) == "b"
    assert replicas.enter(4) == "a"
    replicas.forget(2)
    replicas.forget(2)
    assert [replicas.enter(None), replicas.enter(2)] == ["a", "b"]


def test_of_idle_servers_the_one_with_fewer_sessions_gets_the_next() -> None:
    replicas = Replicas(["a", "b"])
    found = []
    for session in range(4):
        found.append(replicas.enter(session))
        replicas.leave(found[-1], gone=False)
    assert found == ["a", "b", "a", "b"]


def test_a_server_that_is_gone_is_left_out_and_its_sessions_stay_where_they_moved_to() -> None:
    clock = Clock()
    replicas = Replicas(["a", "b"], rest=2.0, longest_rest=5.0, clock=clock)
    assert replicas.enter("x") == "a"
    assert replicas.leave("a", gone=True)
    assert replicas.enter("x") == "b"
    clock.now += 2.0
    assert replicas.enter("x") == "b"
    assert replicas.enter("y") == "a"
    for rest in (4.0, 5.0, 5.0):  # twice as long each time, up to the longest
        replicas.leave("a", gone=True)
        clock.now += rest - 0.1
        assert replicas.enter(None) == "b"
        clock.now += 0.1
        assert replicas.enter(None) == "a"
    replicas.leave("a", gone=False)
    replicas.enter("y")
    replicas.leave("a", gone=True)
    clock.now += 2.0
    assert replicas.enter("z") == "a"


def test_when_all_are_gone_the_one_that_is_due_first_is_tried() -> None:
    clock = Clock()
    replicas = Replicas(["a", "b"], rest=2.0, clock=clock)
    assert [replicas.enter(1), replicas.enter(2)] == ["a", "b"]
    assert replicas.leave("b", gone=True)
    clock.now += 1.0
    assert not replicas.leave("a", gone=True)
    assert replicas.enter(1) == "b"
    assert len(replicas) == 2


# With servers ---------------------------------------------------------------------------------------------------------


class Server:
    """A server in a process of its own, which can be killed and started again on its port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def address(self, behaviour: str = "good", times: int = 0) -> str:
        return f"http://127.0.0.1:{self.port}/{behaviour}/{times}/key/v1"

    def asked(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/key") as response:
            found: list[dict[str, Any]] = json.load(response)
            return found


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Server]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server(), Server()
    yield made
    for server in made:
        server.kill()


def write(policy: ServerPolicy, *contexts: int, turn: int = 0) -> list[Sample]:
    return generate(policy, [Job(context, [65 + turn], SamplingParams(max_tokens=5)) for context in contexts])


def test_contexts_stay_with_their_server_and_tell_its_router_who_they_are(pair: tuple[Server, Server]) -> None:
    with ServerPolicy([server.address() for server in pair], "tiny", concurrency=1) as policy:
        for turn in range(3):
            write(policy, 0, 1, 2, 3, turn=turn)
    sessions = [[request["session"] for request in server.asked()] for server in pair]
    assert [len(own) for own in sessions] == [6, 6]
    assert [len(set(own)) for own in sessions] == [2, 2]
    assert not set(sessions[0]) & set(sessions[1])


def test_contexts_of_a_killed_server_move_and_nothing_is_lost(pair: tuple[Server, Server]) -> None:
    with ServerPolicy([server.address() for server in pair], "tiny", retries=1, patience=0.0, concurrency=2) as policy:
        write(policy, 0, 1, 2, 3)
        pair[0].kill()
        assert [sample.finish for sample in write(policy, 0, 1, 2, 3, turn=1)] == ["stop"] * 4
        assert len({request["session"] for request in pair[1].asked()}) == 4
        pair[0].start()


def test_a_busy_server_is_waited_for_and_one_that_is_away_is_not(pair: tuple[Server, Server]) -> None:
    for behaviour, moved in (("limit", 0), ("busy", 1)):
        before = len(pair[1].asked())
        with ServerPolicy([pair[0].address(behaviour, 99), pair[1].address()], "tiny", retries=1) as policy:
            policy._endpoint.longest_wait, policy._endpoint.patience = 0.01, 0.0
            try:
                write(policy, 0)
            except ServerError:
                assert behaviour == "limit"
        assert len(pair[1].asked()) - before == moved


def test_servers_that_are_all_gone_are_waited_for_and_then_named(pair: tuple[Server, Server]) -> None:
    for server in pair:
        server.kill()
    with ServerPolicy([server.address() for server in pair], "tiny", retries=1, patience=30.0) as policy:
        policy._endpoint.longest_wait = 0.1
        back = threading.Timer(1.0, pair[1].start)
        back.start()
        assert write(policy, 0)[0].finish == "stop"
        back.join()
    pair[1].kill()
    started = time.monotonic()
    with (
        ServerPolicy([server.address() for server in pair], "tiny", retries=1, patience=0.5) as policy,
        pytest.raises(ServerError, match=r"no usable reply in \d+ attempts, the last time: the connection failed"),
    ):
        write(policy, 0)
    assert time.monotonic() - started >= 0.5
    for server in pair:
        server.start()
