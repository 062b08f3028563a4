"""Household games as a tool of verl: the data, the settings, and calls as verl's agent loop makes them.

pip install 'verl==0.9.1' strategy-guided-exploration
python examples/bridges/verl_tool.py
"""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

from verl.tools.tool_registry import initialize_tools_from_config

from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.verl import data_rows

game = {"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated"}
rows = data_rows(
    MakeById.of(game), count=8, split="train"
)  # datasets.Dataset.from_list(rows).to_parquet("train.parquet")
settings = Path("tools.yaml")  # actor_rollout_ref.rollout.multi_turn.tool_config_path
entry = {"class_name": "sge_wrappers.bridges.verl.EnvTool", "config": {"type": "native", **game}}
settings.write_text(json.dumps({"tools": [entry]}), encoding="utf-8")  # JSON is YAML


async def play() -> None:
    (tool,) = initialize_tools_from_config(settings)
    print(rows[0]["prompt"][0]["content"])
    trajectory = SimpleNamespace(request_id="trajectory-1")
    for action in ("look", "inventory", "fly away"):
        instance, _ = await tool.create(**rows[0]["extra_info"]["tools_kwargs"]["act"])
        response, reward, _ = await tool.execute(instance, {"action": action}, agent_data=trajectory)
        await tool.release(instance)
        print(f"> {action}\n{response.text} (reward {reward})")


asyncio.run(play())
