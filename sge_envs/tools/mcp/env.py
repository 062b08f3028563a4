"""An environment made of any MCP server's tools and a file of tasks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import DataCorrupt, SGEError, TaskNotFound, UnknownOption
from sge_envs.spaces import MAX_LENGTH
from sge_envs.tasks import Task, TaskSet
from sge_envs.tools.caller import Caller
from sge_envs.tools.formats import write_call
from sge_envs.tools.judge import same_answer
from sge_envs.tools.mcp.server import missing
from sge_envs.tools.scenario import Call
from sge_envs.world.operation import near
from sge_envs.world.world import Result

if TYPE_CHECKING:
    from mcp.client.client import Client
    from mcp.types import ListToolsResult

FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Check:
    """A call after the episode, and a text that must stand in what it gives."""

    name: str
    tool: str
    arguments: Mapping[str, Any]
    contains: str


@dataclass(frozen=True, slots=True)
class McpTask:
    """One line of the file: what is asked, and how it is checked. ``answer`` None: no answer is asked for."""

    answer: str | None
    checks: tuple[Check, ...]
    solution: tuple[Call, ...]


class McpTasks(TaskSet):
    """Tasks from a JSON lines file, one object a line:

    ``{"id": ..., "goal": ..., "split": "train", "answer": ..., "checks": [{"name": ..., "tool": ..., "arguments": {...},
    "contains": ...}], "solution": [{"name": ..., "arguments": {...}}]}``; ``split``, ``answer``, ``checks`` and ``solution`` may be
    left out, but a task needs an answer or a check.

    Raises:
        DataCorrupt: the file cannot be read, with the line and what is wrong there.
    """

    def __init__(self, path: Path) -> None:
        self._tasks: dict[str, list[Task]] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataCorrupt(f"The tasks in {path} cannot be read ({error}): name a file of JSON lines.") from error
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    task = _task_of(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise DataCorrupt(
                        f"Line {number} of {path} is no task ({error!r}): it needs id, goal, and an answer or checks."
                    ) from error
                self._tasks.setdefault(task.split, []).append(task)
        if not self._tasks:
            raise DataCorrupt(f"There is no task in {path}: write one JSON object a line.")

    def list_splits(self) -> tuple[str, ...]:
        return tuple(sorted(self._tasks))

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return len(self._tasks[split])

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        return self._tasks[split][index]

    def find_task(self, task_id: str) -> Task:
        for tasks in self._tasks.values():
            for one in tasks:
                if one.id == task_id:
                    return one
        raise TaskNotFound(f"There is no task {task_id!r} in this file.")


def _task_of(row: Mapping[str, Any]) -> Task:
    checks = tuple(
        Check(str(one["name"]), str(one["tool"]), dict(one.get("arguments", {})), str(one["contains"]))
        for one in row.get("checks", ())
    )
    answer = row.get("answer")
    if answer is None and not checks:
        raise ValueError("neither answer nor checks")
    solution = tuple(Call(str(one["name"]), dict(one["arguments"])) for one in row.get("solution", ()))
    data = McpTask(None if answer is None else str(answer), checks, solution)
    return Task(id=str(row["id"]), split=str(row.get("split", "train")), goal=str(row["goal"]), data=data)


class McpEnv(TextEnv):
    """Plays tasks with the tools of an MCP server; ``finish`` with an answer ends the episode.

    * ``server``: the command that starts it, with its arguments: a fresh process for every episode. Or the address of one
      that runs, with ``token`` as its bearer token: then resetting its state is the server's affair.
    * ``tasks``: the file of tasks, see :class:`McpTasks`.
    * ``seconds``: longest time that one call may take.

    Success, reward 1: the answer is right and all checks hold. Snapshots replay the calls.

    Raises:
        DataCorrupt: the tasks cannot be read.
        UnknownOption: ``server`` is empty.
    """

    def __init__(
        self,
        *,
        server: Sequence[str] | str,
        tasks: str | Path,
        token: str | None = None,
        split: str = "train",
        seconds: float = 30.0,
        max_turns: int | None = 30,
        max_calls: int = 10,
        max_result_chars: int = 6_000,
        render_mode: str | None = None,
        max_chars: int = MAX_LENGTH,
    ) -> None:
        if not server:
            raise UnknownOption("Expected server as a command with its arguments, or an address; got nothing.")
        super().__init__(
            McpTasks(Path(tasks)), split=split, max_turns=max_turns, render_mode=render_mode, max_chars=max_chars
        )
        self._server = server
        self._token = token
        self._seconds = seconds
        self._connection: Connection | None = None
        self._tools: dict[str, Mapping[str, Any]] = {}
        self._caller = Caller(
            self._carry_out,
            operations={},
            format="json",
            over=lambda: self._finished,
            max_calls=max_calls,
            max_result_chars=max_result_chars,
        )
        self._finished = False
        self._answer: Any = None
        self._followed = 0

    @property
    def tool_schemas(self) -> list[dict[str, Any]]:
        """The server's tools and ``finish`` as OpenAI-style schemas."""
        return [{"type": "function", "function": {"name": name, **tool}} for name, tool in self._tools.items()]

    def _start(self, task: Task) -> str:
        self._hang_up()
        self._connection = Connection(self._server, token=self._token, seconds=self._seconds)
        self._tools = {
            **self._connection.tools(),
            FINISH: {
                "description": "Say that the task is done. This ends the episode.",
                "parameters": {"type": "object", "properties": {"answer": {"type": ["string", "null"]}}},
            },
        }
        self._finished, self._answer, self._followed = False, None, 0
        listed = (
            f"- {name}({', '.join(tool['parameters'].get('properties', {}))}): {tool['description']}"
            for name, tool in self._tools.items()
        )
        example = write_call(Call(FINISH, {"answer": "..."}), "json")
        return "\n".join([task.goal, "", "Tools:", *listed, "", f"Call tools so: {example}"])

    def _act(self, action: str) -> Reply:
        shown, error = self._caller.run(action)
        if not self._finished:
            return Reply(shown, error=error)
        return Reply(shown, reward=float(not self._failed()), done=True, error=error)

    def _carry_out(self, call: Call) -> Result:
        assert self._connection is not None
        if call.name not in self._tools:
            guess = near(call.name[:80], self._tools)
            hint = f" Did you mean {guess!r}?" if guess else ""
            return Result(error="unknown_operation", message=f"There is no tool {call.name[:60]!r}.{hint}")
        solution = _data(self.task).solution
        if self._followed < len(solution) and solution[self._followed] == call:
            self._followed += 1
        if call.name == FINISH:
            self._finished, self._answer = True, call.arguments.get("answer")
            return Result("The task is over.")
        text, wrong = self._connection.call(call.name, call.arguments)
        return Result(error="invalid_argument", message=text.removeprefix("Error: ")) if wrong else Result(text)

    def _failed(self) -> list[str]:
        assert self._connection is not None
        data = _data(self.task)
        failed = [] if same_answer(data.answer, self._answer) else ["answer"]
        for check in data.checks:
            text, wrong = self._connection.call(check.tool, check.arguments)
            if wrong or check.contains not in text:
                failed.append(check.name)
        return failed

    def _verdict(self) -> Verdict:
        data = _data(self.task)
        failed = self._failed()
        total = len(data.checks) + (data.answer is not None)
        if not self._finished:
            return Verdict(False, 0.0, " ".join(["unfinished", *failed]), f"{FINISH} was not called.")
        said = f"Not as asked: {', '.join(failed)}." if failed else "The task is done."
        return Verdict(not failed, 1 - len(failed) / total, " ".join(failed) or "solved", said)

    def oracle(self) -> str:
        """The next call of the solution in the file of tasks.

        Raises:
            UnknownOption: the task's line has none.
        """
        data = _data(self.task)
        if not data.solution and data.answer is None:
            raise UnknownOption(f"The task {self.task.id!r} has no solution in its file: add one under 'solution'.")
        if self._followed < len(data.solution):
            return write_call(data.solution[self._followed], "json")
        return write_call(Call(FINISH, {} if data.answer is None else {"answer": data.answer}), "json")

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """End the server's process, or the connection."""
        self._hang_up()
        super().close()


def _data(task: Task) -> McpTask:
    assert isinstance(task.data, McpTask)
    return task.data


class Connection:
    """A client that any thread may use: the SDK's own loop runs in a thread of its own.

    Raises:
        SGEError: the server cannot be reached.
    """

    def __init__(self, server: Sequence[str] | str, *, token: str | None, seconds: float) -> None:
        try:
            import mcp  # noqa: F401
            from anyio.from_thread import start_blocking_portal
        except ImportError as error:
            raise missing() from error
        self._stack = contextlib.ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())
        try:
            client = self._portal.wrap_async_context_manager(_client(server, token, seconds))
            self._client = self._stack.enter_context(client)
        except Exception as error:
            self._stack.close()
            raise SGEError(
                f"The MCP server {server!r} cannot be reached ({_cause(error)}): start it by hand to see why."
            ) from error

    def tools(self) -> dict[str, dict[str, Any]]:
        """The server's tools: name -> description and JSON schema of the parameters."""
        found: dict[str, dict[str, Any]] = {}
        cursor = None
        while True:
            listed = self._portal.call(self._list_tools, cursor)
            found |= {
                one.name: {"description": one.description or "", "parameters": one.input_schema} for one in listed.tools
            }
            cursor = listed.next_cursor
            if not cursor:
                return found

    async def _list_tools(self, cursor: str | None) -> ListToolsResult:
        return await self._client.list_tools(cursor=cursor)

    def call(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, bool]:
        """What a tool gave, as text, and whether it was an error; a server that fails is one."""
        try:
            result = self._portal.call(self._client.call_tool, name, dict(arguments))
        except Exception as error:  # time-outs, protocol errors, a server that is gone: all are the player's weather
            return f"The tool could not be called: {_cause(error)}.", True
        texts = [one.text for one in result.content if one.type == "text"]
        return "\n".join(texts), bool(result.is_error)

    def close(self) -> None:
        """End the connection, and the process if there is one."""
        self._stack.close()


@contextlib.asynccontextmanager
async def _client(server: Sequence[str] | str, token: str | None, seconds: float) -> AsyncIterator[Client]:
    import httpx2
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client

    if not isinstance(server, str):
        process = StdioServerParameters(command=server[0], args=list(server[1:]))
        async with Client(process, read_timeout_seconds=seconds) as client:
            yield client
        return
    headers = {"Authorization": f"Bearer {token}"} if token else None
    async with (
        httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(seconds)) as http,
        Client(streamable_http_client(server, http_client=http), read_timeout_seconds=seconds) as client,
    ):
        yield client


def _cause(error: BaseException) -> str:
    """The innermost cause, in one line."""
    for inner in _within(error):
        error = inner
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _within(error: BaseException) -> Iterator[BaseException]:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
        yield error
