"""Strategy-Guided Exploration inside TRL's GRPOTrainer, with the small model that comes with the package.

pip install 'strategy-guided-exploration[train,trl]'
python examples/bridges/trl_sge.py [STEPS] [TASKS]
"""

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from sge_agent.build import make_agent, model_path
from sge_agent.config import load_recipe
from sge_agent.exploration.base import Chain
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.prompts import COMPACT
from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.trl_rollout import StrategyRollouts, episode_reward

steps, tasks = (int(word) for word in [*sys.argv[1:], "20", "8"][:2])
path = model_path("embedded:household")
model, tokenizer = AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)

# SGE in ten lines: what is played, who plays it, how it explores; the trainer stays as it was.
rollouts = StrategyRollouts(
    MakeById("sge_envs:SGE-ALFWorld-v0", (("source", "generated"),)),
    split="easy",
    tasks=tasks,
    agent=make_agent(load_recipe("household")),  # an agent for small models; StrategyAgent() suits chat models
    exploration=Chain(MixedTemperature(1.5, 0.7), StrategyReflection(prompts=COMPACT)),
)
sizes = {"per_device_train_batch_size": 16, "gradient_accumulation_steps": 4, "num_generations": 8}
quiet = {"save_strategy": "no", "report_to": "none", "logging_steps": 1, "use_cpu": True, "output_dir": "trl_sge"}
config = GRPOConfig(max_steps=steps, learning_rate=5e-4, scale_rewards="none", **sizes, **quiet)
trainer = GRPOTrainer(model, episode_reward, config, rollouts.dataset(), None, tokenizer, rollout_func=rollouts)
trainer.train()
print(
    f"{trainer.state.global_step} optimiser steps, last hint: {next((t.spec.hint for t in rollouts.last if t.spec.hint), '')!r}"
)
