"""verl: a text environment as a tool (verl 0.9.1) and as an interaction (verl 0.7.1, the last release that has them).

A tool, in the file of ``actor_rollout_ref.rollout.multi_turn.tool_config_path``:

    tools:
      - class_name: sge_wrappers.bridges.verl.EnvTool
        config: {type: native, id: "sge_envs:SGE-ALFWorld-v0"}

An interaction, in the file of ``interaction_config_path``:

    interaction:
      - name: env
        class_name: sge_wrappers.bridges.verl.EnvInteraction
        config: {id: "sge_envs:SGE-ALFWorld-v0"}

Neither is asked for the first observation: it stands in the prompt of the data, which ``data_rows`` makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.episodes import (
    TASK_KEYS,
    EpisodeOver,
    MakeById,
    MakeEnv,
    Move,
    TextEpisode,
    read_action,
    read_program,
    task_rows,
)
from sge_wrappers.bridges.sessions import Sessions

try:
    from verl.tools.base_tool import BaseTool
    from verl.tools.schemas import OpenAIFunctionToolSchema, ToolResponse
except ImportError as error:
    raise MissingExtra.of("verl", package="verl", purpose="the bridge to verl") from error

TESTED = "0.9.1"
TESTED_INTERACTION = "0.7.1"
TOOL = "act"
OWN = ("type", "name", "multiline", "actions_shown", "capacity")

SCHEMA = {
    "type": "function",
    "function": {
        "name": TOOL,
        "description": "Do one thing in the environment and see what happens.",
        "parameters": {
            "type": "object",
            "properties": {"action": {"type": "string", "description": 'The action in words, such as "look".'}},
            "required": ["action"],
        },
    },
}
"""How the tool is described to the model, where the settings have no ``tool_schema`` of their own."""


class EnvTool(BaseTool):
    """The tool ``act``. A trajectory is one episode: verl makes and releases a tool for every call, so it is known by the
    ``request_id`` of verl's agent loop.

    Settings are the ``id`` and the arguments of the environment, ``actions_shown`` and ``capacity`` (episodes at once). The
    task comes with the data (``tools_kwargs.act.create_kwargs``). What goes wrong is told to the model.
    """

    def __init__(self, config: dict[str, Any], tool_schema: Any = None) -> None:
        super().__init__(config, tool_schema or OpenAIFunctionToolSchema.model_validate(SCHEMA))
        self._sessions = sessions_of(config)
        self._rows: dict[str, dict[str, Any]] = {}

    async def create(self, instance_id: str | None = None, **kwargs: Any) -> tuple[str, Any]:  # verl's signature
        instance_id = instance_id or str(uuid4())
        self._rows[instance_id] = dict(kwargs.get("create_kwargs") or {})
        return instance_id, ToolResponse()

    async def execute(
        self, instance_id: str, parameters: Mapping[str, Any], **kwargs: Any
    ) -> tuple[Any, float, dict[str, Any]]:
        """Play ``parameters["action"]``; the observation, the reward, and what there is to log.

        Without ``agent_data`` the instance itself is the trajectory.
        """
        loop = kwargs.get("agent_data")
        key = instance_id if loop is None else str(loop.request_id)
        await self._sessions.begin_async(key, self._rows.get(instance_id, {}), unless_there=True)
        unknown = sorted(set(parameters) - {"action"})
        if unknown:
            return ToolResponse(text=f"The tool {TOOL} takes only an action, not {', '.join(unknown)}."), 0.0, {}
        try:
            move = await self._sessions.act_async(key, parameters.get("action"))
        except EpisodeOver as over:
            return ToolResponse(text=str(over)), 0.0, {}
        return ToolResponse(text=move.observation), move.reward, metrics_of(move)

    async def calc_reward(self, instance_id: str, **kwargs: Any) -> float:
        """The sum of the episode's rewards, where the instance is the trajectory; else 0."""
        return self._sessions.episode(instance_id).total if instance_id in self._sessions else 0.0

    async def release(self, instance_id: str, **kwargs: Any) -> None:
        """Forget the call; the trajectory goes on."""
        self._rows.pop(instance_id, None)


class EnvInteraction:
    """The environment as the user of a conversation: the model's messages are the actions, in ``<action>`` tags or whole.

    It has the functions of verl's ``BaseInteraction``, which later releases no longer have. Settings are the ``id`` and the
    arguments of the environment, ``multiline`` (actions are programs), ``actions_shown`` and ``capacity``.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.name = str(config.get("name", "env"))
        self._sessions = sessions_of(config)
        self._read = read_program if config.get("multiline") else read_action

    async def start_interaction(self, instance_id: str | None = None, **kwargs: Any) -> str:
        """Begin the task that ``interaction_kwargs`` of the data name."""
        instance_id = instance_id or str(uuid4())
        await self._sessions.begin_async(instance_id, {key: kwargs[key] for key in TASK_KEYS if key in kwargs})
        return instance_id

    async def generate_response(
        self, instance_id: str, messages: list[dict[str, Any]], **kwargs: Any
    ) -> tuple[bool, str, float, dict[str, Any]]:
        """Play the action in the last message of the model: whether the episode is over, what is seen, the reward, and
        what there is to log.
        """
        written = next((m.get("content") for m in reversed(messages) if m.get("role") == "assistant"), "")
        try:
            move = await self._sessions.act_async(instance_id, self._read(written if isinstance(written, str) else ""))
        except EpisodeOver as over:
            return True, str(over), 0.0, {}
        return move.done, move.observation, move.reward, metrics_of(move)

    async def calculate_score(self, instance_id: str | None = None, **kwargs: Any) -> float:
        """The sum of the rewards of an episode that is under way; else 0."""
        under_way = instance_id is not None and instance_id in self._sessions
        return self._sessions.episode(str(instance_id)).total if under_way else 0.0

    async def finalize_interaction(self, instance_id: str | None = None, **kwargs: Any) -> None:
        """Close the episode. verl's agent loop does not call it: ``capacity`` bounds what is left open."""
        if instance_id is not None:
            self._sessions.end(instance_id)


def sessions_of(config: Mapping[str, Any]) -> Sessions:
    """The episodes that settings describe. Raises ``ValueError`` where they name no ``id``."""
    make_env = MakeById.of({str(key): value for key, value in config.items() if key not in OWN})
    capacity, shown = int(config.get("capacity", 1024)), int(config.get("actions_shown", 0))
    return Sessions(make_env, capacity=capacity, actions_shown=shown)


def data_rows(
    make_env: MakeEnv, *, count: int, split: str = "", instruction: str = "", interaction: str = "env"
) -> list[dict[str, Any]]:
    """Rows of data for both bridges: the prompt holds the instruction and the first observation.

    Write them with ``datasets.Dataset.from_list(rows).to_parquet(path)``.
    """
    episode = TextEpisode(make_env)
    head = [{"role": "system", "content": instruction}] if instruction else []

    def as_data(row: dict[str, Any]) -> dict[str, Any]:
        extra = {
            "need_tools_kwargs": True,
            "tools_kwargs": {TOOL: {"create_kwargs": row}},
            "interaction_kwargs": {"name": interaction, **row},
        }
        prompt = [*head, {"role": "user", "content": episode.begin(row)}]
        judged = {"style": "rule", "ground_truth": ""}
        return {"data_source": "sge", "prompt": prompt, "reward_model": judged, "extra_info": extra}

    try:
        return [as_data(row) for row in task_rows(make_env, count=count, split=split)]
    finally:
        episode.close()


def metrics_of(move: Move) -> dict[str, Any]:
    """The numbers of a move that verl can log."""
    return {key: float(move.info[key]) for key in ("success", "progress") if key in move.info}
