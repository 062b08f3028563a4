"""verifiers v1: its environments as a ``TextEnv``. Tested with verifiers 0.4.0.

    env = VerifiersEnv("my-taskset")          # an installed taskset, as vf-eval names it

verifiers asks a model over HTTP. Here the model is a small server of this process: a request to it becomes the
observation, the action becomes its answer, and the reward is what verifiers gives the episode.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sge_envs import Reply, Task, TaskSet
from sge_envs.errors import MissingExtra, SGEError, TaskNotFound
from sge_wrappers.bridges import verifiers as bridge
from sge_wrappers.bridges.foreign import ForeignEnv

try:
    import verifiers.v1 as vf
    from verifiers.v1.configs.agent import agent_config_fields
    from verifiers.v1.utils.loaders import load_environment, resolve_env_config
except ImportError as error:
    raise MissingExtra.of("verifiers", package="verifiers", purpose="the bridge to verifiers") from error

TESTED = bridge.TESTED
HARNESS = "sge_chat"
_NO_KEY = "SGE_NO_KEY"


class EpisodeFailed(SGEError):
    """verifiers reports an error of the episode."""


class VerifiersTasks(TaskSet):
    """The first ``limit`` tasks of a taskset, as the split ``train``; a task's id is its number, ``"train/17"``."""

    def __init__(self, load: Callable[[], Sequence[Any]]) -> None:
        self._load = load
        self._tasks: list[Any] | None = None

    def list_splits(self) -> tuple[str, ...]:
        return ("train",)

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return len(self._all())

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        task = self._all()[index]
        return Task(f"{split}/{index}", split, task.data.description or "", data=task)

    def find_task(self, task_id: str) -> Task:
        split, _, index = task_id.partition("/")
        if split == "train" and index.isdecimal() and task_id == f"{split}/{int(index)}":
            return self.get_task(split, int(index))
        raise TaskNotFound(f"There is no task {task_id!r}: ids look like 'train/17'.")

    def _all(self) -> list[Any]:
        if self._tasks is None:
            self._tasks = list(self._load())
        return self._tasks


class VerifiersEnv(ForeignEnv):
    """An environment of verifiers, for one model: whatever asks the model is answered by the player.

    * ``taskset``: the id that ``vf-eval`` takes: an importable module. ``settings`` are its further fields.
    * ``limit``: how many of its tasks there are here.

    An observation is what was said since the last action (system, user and tool messages). Agents run in this process
    without tools. Raises ``EpisodeFailed`` where verifiers reports an error.
    """

    def __init__(
        self,
        taskset: str,
        *,
        settings: Mapping[str, Any] | None = None,
        limit: int = 1000,
        split: str = "train",
        max_turns: int | None = 50,
        solved_at: float = 1.0,
        solver: Callable[[str], str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._config = {"id": taskset, **(settings or {})}
        self._host: _Host | None = None
        super().__init__(
            VerifiersTasks(lambda: list(self._running().env.taskset.take(limit))),
            split=split,
            max_turns=max_turns,
            solved_at=solved_at,
            solver=solver,
            render_mode=render_mode,
        )

    def close(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None
        super().close()

    def _open(self, data: Any) -> str:
        happened = self._running().begin(data)  # here a task's data is verifiers' own task
        if isinstance(happened, float):
            raise EpisodeFailed("verifiers ended the episode before it asked the model anything: check the taskset.")
        return happened

    def _move(self, action: str) -> Reply:
        happened = self._running().answer(action)
        if isinstance(happened, float):
            return Reply(f"The episode is over; its reward is {happened:g}.", reward=happened, done=True)
        return Reply(happened)

    def _running(self) -> _Host:
        if self._host is None:
            self._host = _Host(self._config)
        return self._host


@dataclass(slots=True)
class _Asked:
    """A request to the model. ``number`` is that of the episode that it belongs to."""

    number: int
    messages: list[Mapping[str, Any]]
    answer: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)


class _Host:
    """verifiers' own side: its event loop in a thread, and the server that is its model."""

    def __init__(self, taskset: Mapping[str, Any]) -> None:
        self.env = _load(taskset)
        self._number = 0
        self._events: queue.SimpleQueue[_Asked | tuple[int, Any]] = queue.SimpleQueue()
        self._asked: _Asked | None = None
        self._episode: asyncio.Task[None] | None = None
        self._server = _serve(self._ask)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="verifiers", daemon=True)
        self._thread.start()
        self._serving = self.env.serving()
        self._wait(self._serving.__aenter__())

    def begin(self, task: Any) -> str | float:
        """Start an episode; what the model is asked first, or the episode's reward where it ends at once."""
        self._cancel()
        self._number += 1
        number = self._number
        url = f"http://127.0.0.1:{self._server.server_port}/{number}"
        client = vf.EvalClientConfig(base_url=url, api_key_var=_NO_KEY)
        context = vf.ModelContext(model="player", client=client, sampling=vf.SamplingConfig())
        self._episode = self._wait(_spawn(self._play(number, task, context)))
        return self._happening()

    def answer(self, text: str) -> str | float:
        """Give the model's answer; what it is asked next, or the episode's reward."""
        assert self._asked is not None
        self._asked.answer.put(text)
        self._asked = None
        return self._happening()

    def close(self) -> None:
        self._cancel()
        self._wait(self._serving.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._server.shutdown()
        self._server.server_close()

    def _happening(self) -> str | float:
        while True:
            event = self._events.get()
            if isinstance(event, _Asked):
                if event.number == self._number:
                    self._asked = event
                    return _since_last_answer(event.messages)
                event.answer.put(None)  # of an episode that was broken off
            elif event[0] == self._number:
                return _reward(event[1])

    def _ask(self, number: int, messages: list[Mapping[str, Any]]) -> str | None:
        """Called by the server: wait for the player's answer, None where the episode was broken off."""
        asked = _Asked(number, messages)
        self._events.put(asked)
        return asked.answer.get()

    def _cancel(self) -> None:
        """Break off the episode that is under way."""
        if self._asked is not None:
            self._asked.answer.put(None)
            self._asked = None
        if self._episode is not None:
            self._wait(_stop(self._episode))
            self._episode = None
        while not self._events.empty():  # nobody will look at these any more
            event = self._events.get()
            if isinstance(event, _Asked):
                event.answer.put(None)

    async def _play(self, number: int, task: Any, context: Any) -> None:
        """One episode; whatever becomes of it is reported."""
        ended: Any = None
        try:
            ended = await self.env.run_episode(task, context)
        except Exception as broken:  # raised where the player waits
            ended = broken
        finally:
            self._events.put((number, ended))

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


async def _spawn(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(coroutine)


async def _stop(task: asyncio.Task[None]) -> None:
    """Cancel the task and wait until it has tidied up."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _load(taskset: Mapping[str, Any]) -> Any:
    """The environment of the taskset, with agents that chat in this process."""
    # verifiers finds a harness by the name of a module in its own package: this gives ours such a name
    sys.modules.setdefault(f"verifiers.v1.harnesses.{HARNESS}", bridge)
    settings: dict[str, Any] = {"taskset": dict(taskset), "interception": {"type": "server"}}
    agent = {"harness": {"id": HARNESS}, "runtime": {"type": "subprocess"}}
    roles = agent_config_fields(resolve_env_config(dict(settings)))
    return load_environment(resolve_env_config({**settings, **dict.fromkeys(roles, agent)}))


def _reward(episode: Any) -> float:
    if isinstance(episode, Exception):
        raise EpisodeFailed(f"verifiers broke: {type(episode).__name__}: {episode}") from episode
    if not episode.ok:
        errors = [*episode.errors, *(error for trace in episode.traces for error in trace.errors)]
        raise EpisodeFailed(
            f"verifiers reports: {errors[-1].type}: {errors[-1].message}" if errors else "no reason given"
        )
    return float(sum(trace.reward for trace in episode.traces if trace.agent is None or trace.agent.trainable))


def _since_last_answer(messages: Sequence[Mapping[str, Any]]) -> str:
    last = max((i for i, message in enumerate(messages) if message["role"] == "assistant"), default=-1)
    return "\n\n".join(_text(message.get("content")) for message in messages[last + 1 :])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or () if isinstance(part, Mapping))


def _serve(ask: Callable[[int, list[Mapping[str, Any]]], str | None]) -> ThreadingHTTPServer:
    """A server with OpenAI's chat interface on this machine alone; ``/NUMBER/chat/completions`` is one episode's."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = ask(int(self.path.strip("/").partition("/")[0]), body["messages"])
            if text is None:
                self.close_connection = True
                return
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            reply = {"id": "player", "object": "chat.completion", "created": 0, "model": "player", "choices": [choice]}
            usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
            data = json.dumps({**reply, "usage": usage}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(OSError):  # verifiers has hung up
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="player", daemon=True).start()
    return server
