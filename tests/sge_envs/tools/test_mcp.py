import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from sge_envs.errors import DataCorrupt, SGEError, UnknownOption
from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.mcp.env import Connection, McpEnv

TASK = "train/mail.birthday/0"
SERVE = [sys.executable, "-m", "sge_envs.cli", "mcp", "--task", TASK]


def solution() -> list[dict[str, Any]]:
    env = ToolAPIEnv()
    env.reset(options={"task_id": TASK})
    calls = []
    while "task.finish" not in (action := env.oracle()):
        env.step(action)
        call = json.loads(action)
        calls.append(call | {"name": call["name"].replace(".", "__")})
    return calls


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    check = {"name": "sent", "tool": "mail__search", "arguments": {"folder": "sent"}, "contains": "Happy birthday"}
    row = {"id": "birthday", "goal": "Send it.", "checks": [check], "answer": "sent", "solution": solution()}
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps(row) + "\n\n")
    return path


def test_a_task_is_played_through_the_official_client_over_stdio(tasks: Path) -> None:
    env = McpEnv(server=SERVE, tasks=tasks)
    text, info = env.reset(seed=0)
    assert text.startswith("Send it.\n\nTools:\n- docs__search(query, limit): ")
    assert len(env.tool_schemas) > 150
    text, *_, info = env.step('{"name": "mail__show", "arguments": {"message_id": "x"}}')
    assert text == "Error: mail.show: message_id: expected a whole number, got 'x'."
    assert info["action_error"]
    text, *_, info = env.step('{"name": "mail_send"}')
    assert "Did you mean 'mail__send'?" in info["action_error"]
    env.reset(seed=0)
    while not (step := env.step(env.oracle()))[2]:
        pass
    assert (step[1], step[4]["success"], step[4]["outcome"]) == (1.0, True, "solved")
    env.reset(seed=0)  # a fresh server: nothing was sent yet
    _, reward, _, _, info = env.step('{"name": "finish", "arguments": {"answer": "sent"}}')
    assert (reward, info["outcome"], info["feedback"]) == (0.0, "sent", "Not as asked: sent.")
    env.close()
    env.close()


def test_a_snapshot_plays_the_calls_again_on_a_fresh_server(tasks: Path) -> None:
    env = McpEnv(server=SERVE, tasks=tasks)
    env.reset(seed=0)
    env.step(env.oracle())
    text = env.step('{"name": "mail__create_label", "arguments": {"name": "Later"}}')[0]
    saved = env.snapshot()
    env.step(env.oracle())
    shown, _ = env.reset(options={"snapshot": saved})
    assert shown == text
    assert '"Later"' in env.step('{"name": "mail__list_labels"}')[0]
    env.close()


@pytest.fixture
def address() -> Iterator[str]:
    command = [*SERVE, "--http", "--token", "secret"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def test_over_http_the_token_is_needed(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")
    for token in (None, "wrong", "secret "):
        with pytest.raises(SGEError, match="cannot be reached"):
            Connection(address, token=token, seconds=20)
    connection = Connection(address, token="secret", seconds=20)
    assert "inbox" in connection.call("mail__list_folders", {})[0]
    assert connection.call("task__finish", {}) == ("The task is over.", False)
    assert connection.call("mail__list_folders", {}) == ("The task is over: nothing can be called any more.", True)
    connection.close()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "There is no task in"),
        ('{"id": 1}', "Line 1 of .* is no task"),
        ("[]\n", "is no task"),
        ("{", "is no task"),
    ],
)
def test_a_file_of_tasks_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(text)
    with pytest.raises(DataCorrupt, match=complaint):
        McpEnv(server=SERVE, tasks=path)
    with pytest.raises(DataCorrupt, match="cannot be read"):
        McpEnv(server=SERVE, tasks=tmp_path / "nothing.jsonl")


def test_a_server_that_is_not_there_is_an_error_at_reset(tasks: Path) -> None:
    with pytest.raises(UnknownOption, match="Expected server"):
        McpEnv(server=[], tasks=tasks)
    env = McpEnv(server=[sys.executable, "-c", "raise SystemExit"], tasks=tasks, seconds=5)
    with pytest.raises(SGEError, match="cannot be reached"):
        env.reset()
