"""The tool with verl 0.9.1, the interaction with verl 0.7.1: they cannot be installed together."""

import asyncio
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD, SETTINGS, plan

pytest.importorskip("verl", reason="verl is not installed: pip install 'verl==0.9.1'")
pytestmark = pytest.mark.filterwarnings("ignore")
ROW = {"split": "easy", "seed": 4}


def configured(folder: Path, kind: str) -> str:
    """A settings file as verl reads it."""
    name = "EnvTool" if kind == "tools" else "EnvInteraction"
    lines = [f"{kind}:", f"  - class_name: sge_wrappers.bridges.verl.{name}", "    config:", "      type: native"]
    lines += [f"      {key}: {value!r}" for key, value in SETTINGS.items()]
    path = folder / f"{kind}.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_verls_registry_makes_the_tool_and_a_trajectory_is_an_episode(tmp_path: Path) -> None:
    registry = pytest.importorskip("verl.tools.tool_registry", reason="this verl reads tools in another way")
    (tool,) = registry.initialize_tools_from_config(configured(tmp_path, "tools"))
    assert tool.name == "act"

    async def call(loop: Any, parameters: Any) -> Any:
        instance, _ = await tool.create(create_kwargs=ROW)  # verl does so for every call
        try:
            return await tool.execute(instance, parameters, agent_data=loop)
        finally:
            await tool.release(instance)

    async def play() -> None:
        one, other = SimpleNamespace(request_id="one"), SimpleNamespace(request_id="other")
        for action in plan(ROW):
            response, reward, metrics = await call(one, {"action": action})
            assert (await call(other, {"action": "look"}))[1] == 0.0
        assert (reward, metrics["success"]) == (1.0, 1.0)
        response, reward, _ = await call(one, {"action": "look"})
        assert "episode is over" in response.text
        assert reward == 0.0
        last = SimpleNamespace(request_id="last")
        for parameters in ({}, {"action": 3}, {"action": None}, {"verb": "go"}, {"action": "\0" * 9}):
            response, reward, _ = await call(last, parameters)
            assert response.text
            assert reward == 0.0

    asyncio.run(play())


def test_an_interaction_plays_what_the_model_says(tmp_path: Path) -> None:
    from sge_wrappers.bridges.verl import EnvInteraction

    interaction = EnvInteraction(SETTINGS)

    async def play() -> None:
        key = await interaction.start_interaction("request", name="env", **ROW)
        messages: list[dict[str, Any]] = [{"role": "user", "content": "..."}]
        for action in plan(ROW):
            messages.append({"role": "assistant", "content": f"I will.\n<action>{action}</action>"})
            done, text, reward, metrics = await interaction.generate_response(key, messages, **ROW)
            messages.append({"role": "user", "content": text})
        assert (done, reward, metrics["success"]) == (True, 1.0, 1.0)
        assert (await interaction.generate_response(key, messages))[0]
        await interaction.finalize_interaction(key)
        await interaction.start_interaction("other")
        assert (await interaction.generate_response("other", []))[2] == 0.0
        assert await interaction.calculate_score("other") == 0.0

    asyncio.run(play())


def test_the_interaction_is_what_verl_asks_for(tmp_path: Path) -> None:
    base = pytest.importorskip("verl.interactions.base", reason="only verl up to 0.7.1 has interactions")
    from verl.interactions.utils.interaction_registry import initialize_interactions_from_config

    made = initialize_interactions_from_config(configured(tmp_path, "interaction"))
    (interaction,) = made.values()
    wanted = {n: f for n, f in inspect.getmembers(base.BaseInteraction, inspect.isfunction) if n != "__init__"}
    for name, function in wanted.items():
        own = getattr(type(interaction), name)
        assert inspect.iscoroutinefunction(own) == inspect.iscoroutinefunction(function)
        assert set(inspect.signature(function).parameters) <= set(inspect.signature(own).parameters)


def test_the_first_observation_stands_in_the_data() -> None:
    from sge_wrappers.bridges.verl import data_rows

    rows = data_rows(HOUSEHOLD, count=2, split="easy", instruction="Play.")
    for row in rows:
        assert [message["role"] for message in row["prompt"]] == ["system", "user"]
        assert "Your task is to: " in row["prompt"][1]["content"]
        extra = row["extra_info"]
        assert extra["interaction_kwargs"]["task_id"] == extra["tools_kwargs"]["act"]["create_kwargs"]["task_id"]


def test_the_example_plays(tmp_path: Path) -> None:
    pytest.importorskip("verl.tools.tool_registry", reason="this verl reads tools in another way")
    assert "reward 0.0" in run("verl_tool.py", folder=tmp_path)
