"""TRL's GRPOTrainer plays household games through tool calls, with the small model that comes with the package.

pip install 'strategy-guided-exploration[train,trl]'
python examples/bridges/trl_tools.py [STEPS]
"""

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from sge_agent.build import model_path
from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.trl import EnvironmentFactory, dataset
from sge_wrappers.bridges.trl_template import line_template

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10
path = model_path("embedded:household")
model = AutoModelForCausalLM.from_pretrained(path)
tokenizer = line_template(AutoTokenizer.from_pretrained(path))  # a model with tools in its chat template needs none

make_env = MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated"})
sizes = {"per_device_train_batch_size": 16, "gradient_accumulation_steps": 2, "num_generations": 8}
quiet = {"save_strategy": "no", "report_to": "none", "logging_steps": 1, "use_cpu": True, "output_dir": "trl_tools"}
config = GRPOConfig(
    max_steps=steps, learning_rate=5e-4, max_completion_length=400, max_tool_calling_iterations=8, **sizes, **quiet
)
games = dataset(make_env, count=8, split="easy")
trainer = GRPOTrainer(model, None, config, games, None, tokenizer, environment_factory=EnvironmentFactory(make_env))
trainer.train()
for entry in trainer.state.log_history[:-1]:
    print(f"step {entry['step']}: reward {entry['reward']:.2f}, tool calls {entry['tools/call_frequency']:.1f}")
