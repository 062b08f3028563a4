"""Train an agent on household games from Python.

    python examples/train_alfworld.py [SETTINGS.toml]

Without a file of settings it does what ``make train`` does: hard games, the small model that comes with the package, a
few minutes on a laptop. ``examples/qwen3_4b_lora.toml`` is for a large model on a GPU. Everything is in the run's
folder afterwards; ``sge report`` makes a page of it.
"""

import sys
from pathlib import Path

import gymnasium

from sge_agent.config import load_recipe, load_toml
from sge_agent.loggers.console import ConsoleLogger
from sge_agent.train import train


def make_env():
    # The module before the colon registers the id. Gymnasium's checker would look at every text of every step.
    return gymnasium.make("sge_envs:SGE-ALFWorld-v0", disable_env_checker=True)


config = load_toml(Path(sys.argv[1])) if len(sys.argv) > 1 else load_recipe("household")
result = train(config, make_env=make_env, loggers=[ConsoleLogger(total_updates=config.updates)])
for name, after in result.after.items():
    print(f"{name} games, solved before: {result.before[name].pass_at[1]}, after: {after.pass_at[1]}")
