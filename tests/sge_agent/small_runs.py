"""Training runs of a tiny random model on a toy environment, in a fraction of a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sge_agent.config import TrainConfig
from sge_agent.jsonlines import read_json_lines
from sge_agent.train import RunResult, train
from tests.sge_agent import tiny
from tests.sge_agent.fakes import Shelves

CONFIG = TrainConfig(
    env="shelves",
    tasks=3,
    held_out_tasks=2,
    prompts="compact",
    strategy_tokens=6,
    action_tokens=6,
    failure_reflection=0.5,
    updates=2,
    tasks_per_update=2,
    group_size=3,
    learning_rate=1e-3,
    eval_episodes=2,
    eval_every=1,
    eval_every_episodes=1,
    pass_k=(1, 2),
    checkpoint_every=1,
)


class Lucky(Shelves):
    """Gives a reward for every other first letter, so that groups differ and a random model has something to learn."""

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        observation, _, _, _, info = super().step(action)
        won = bool(action) and ord(action[0]) % 2 == 0
        return observation, float(won), True, False, info | {"success": won, "outcome": action[:1], "feedback": "Odd."}


def run(path: Path, *, loggers_named: tuple[Any, ...] = (), **changes: Any) -> RunResult:
    """A run with other settings and parts than usual; ``loggers_named`` is the setting that ``loggers`` hides."""
    more = {
        name: changes.pop(name)
        for name in ("existing", "make_env", "loggers", "exploration", "policy")
        if name in changes
    }
    config = replace(CONFIG, run_dir=str(path), loggers=loggers_named, **changes)
    return train(config, **{"make_env": Lucky, "policy": tiny.policy(), **more})


def metrics(path: Path) -> list[dict[str, Any]]:
    """The rows without their clocks."""
    clocks = ("seconds", "elapsed", "tokens_per_second", "learner/seconds", "waiting")
    return [
        {k: v for k, v in row.items() if not k.startswith(clocks)} for row in read_json_lines(path / "metrics.jsonl")
    ]
