"""verifiers v1: text environments as a taskset and an environment for ``vf-eval`` and prime-rl. Tested with 0.4.0.

verifiers finds an environment as a module that exports its classes, so a file of your own names the game:

    Household, HouseholdEnv = environment(MakeById("sge_envs:SGE-ALFWorld-v0"), split="train")
    __all__ = ["ChatHarness", "Household", "HouseholdEnv"]

The model's texts are the actions (inside ``<action>`` where it writes the tag), the environment's are the user's turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.episodes import ASK, MakeEnv, TextEpisode, read_action, task_rows

try:
    import httpx
    import verifiers.v1 as vf
    from verifiers.v1.dialects.chat import message_to_wire
    from verifiers.v1.errors import MODEL_TRANSPORT_ERROR_EXIT_CODE
except ImportError as error:
    raise MissingExtra.of("verifiers", package="verifiers", purpose="the bridge to verifiers") from error

TESTED = "0.4.0"


class ChatHarness(vf.Harness[vf.HarnessConfig]):
    """A chat in this process, without tools: each turn is one request to the model. It starts no program.

    A module that exports it makes it the default of its environment.
    """

    APPENDS_SYSTEM_PROMPT = True
    SUPPORTS_RESUME = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: Any,
        trace: Any,
        runtime: Any,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: Any,
    ) -> Any:
        system, prompt = self.resolve_prompt(data)
        messages = [{"role": "system", "content": system}] if system else []
        spoken = (
            [{"role": "user", "content": prompt}] if isinstance(prompt, str) else map(message_to_wire, prompt or ())
        )
        body = {"model": ctx.model, "messages": [*messages, *spoken]}
        try:
            async with httpx.AsyncClient(timeout=None) as client:
                answer = await client.post(
                    f"{endpoint}/chat/completions", json=body, headers={"Authorization": f"Bearer {secret}"}
                )
        except httpx.TransportError as broken:
            return vf.ProgramResult(MODEL_TRANSPORT_ERROR_EXIT_CODE, "", str(broken))
        return vf.ProgramResult(int(answer.is_error), "", answer.text if answer.is_error else "")


class TextTaskData(vf.TaskData):
    """One task; ``row`` says which (``seed``, ``split``, ``task_id``)."""

    row: dict[str, Any]


class TextTask(vf.Task[TextTaskData, vf.State, vf.TaskConfig]):
    """A task of a text environment. What it is worth is recorded by :class:`TextGame`."""


class TextTasks(vf.Taskset[TextTask, vf.TasksetConfig]):
    """The tasks of a text environment; :func:`environment` makes a subclass for a game."""

    make_env: ClassVar[MakeEnv]
    count: ClassVar[int]
    split: ClassVar[str]
    instruction: ClassVar[str]

    def load(self) -> Iterator[TextTask]:
        for row in task_rows(type(self).make_env, count=self.count, split=self.split):
            name = str(row.get("task_id", row["seed"]))
            data = TextTaskData(name=name, id=name, system_prompt=self.instruction or None, row=row)
            yield TextTask(data, self.config.task)


class TextGameConfig(vf.EnvConfig):
    """``player`` is the model; nothing of it runs outside this process."""

    player: vf.AgentConfig = vf.AgentConfig(runtime=vf.SubprocessConfig())


class TextGame(vf.Env[TextGameConfig]):
    """Plays a text environment turn by turn: the sum of its rewards is the reward ``episode_return``."""

    make_env: ClassVar[MakeEnv]
    read: ClassVar[Callable[[str], str]]

    async def run(self, task: Any, agents: Any) -> None:
        cls = type(self)
        episode = TextEpisode(cls.make_env)
        try:  # environments may wait for an engine: they are stepped in threads
            text = await asyncio.to_thread(episode.begin, task.data.row)
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn(text)
                while not segment.terminated:
                    move = await asyncio.to_thread(episode.act, cls.read(segment.last_reply))
                    if move.done:
                        break
                    segment = await interaction.turn(move.observation or "(nothing)")
        finally:
            await asyncio.to_thread(episode.close)
        trace = interaction.trace
        trace.record_reward("episode_return", episode.total)
        trace.record_metric("success", float(episode.success))
        trace.record_metric("turns", float(episode.turns))
        trace.info.update({key: episode.info[key] for key in ("outcome", "feedback") if key in episode.info})


def environment(
    make_env: MakeEnv,
    *,
    tasks: int = 100,
    split: str = "",
    instruction: str = ASK,
    read: Callable[[str], str] = read_action,
) -> tuple[type[TextTasks], type[TextGame]]:
    """The two classes that a module exports: the first ``tasks`` different tasks of ``split``, and how they are played.

    ``instruction`` is the system prompt, ``read`` finds the action in what the model wrote.
    """
    fields = {"make_env": staticmethod(make_env), "count": tasks, "split": split, "instruction": instruction}
    taskset = type("Tasks", (TextTasks,), fields)
    game = type("Game", (TextGame,), {"make_env": staticmethod(make_env), "read": staticmethod(read)})
    return taskset, game


__all__ = [
    "TESTED",
    "ChatHarness",
    "TextGame",
    "TextGameConfig",
    "TextTask",
    "TextTaskData",
    "TextTasks",
    "environment",
]
