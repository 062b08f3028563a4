"""Change what the agent says to the model, and how it reads the answer: a subclass with the methods that differ.

    python examples/own_agent.py [--model FOLDER_OR_HUB_NAME]

Plays one household game without any training, by default with the small model that comes with the package.
"""

import argparse
import difflib

import gymnasium

import sge_envs  # noqa: F401  # registers the environments
from sge_agent.agent import StrategyAgent
from sge_agent.build import model_path
from sge_agent.heads import household, langr
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.prompts import COMPACT, MARKDOWN


class CarefulAgent(StrategyAgent):
    """Is told what it did already before it writes a strategy, and can only do what is possible."""

    def strategy_prompt(self, history):
        done = "; ".join(dict.fromkeys(turn.action for turn in history.turns))
        return (f"\nDone: {done}." if done else "") + super().strategy_prompt(history)

    def parse_action(self, text, info):
        said = super().parse_action(text, info)
        near = difflib.get_close_matches(said, info["admissible_actions"], n=1, cutoff=0.0)
        return near[0] if near else said


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="embedded:household", help="folder, hub name, or embedded:household")
parser.add_argument("--seed", type=int, default=0, help="of the game and of what the model writes")
args = parser.parse_args()

# The small model knows one form without instructions; a model that follows instructions is told in words.
small = args.model.startswith("embedded:")
heads = household() if small else langr()
prompts = COMPACT if small else MARKDOWN
agent = CarefulAgent(prompts=prompts, strategy=heads.strategy, action=heads.action, when="stuck")
policy = TransformersPolicy.from_pretrained(model_path(args.model))
env = gymnasium.make("SGE-ALFWorld-v0", split="easy")

trajectory = agent.play(env, policy, seed=args.seed)
for turn in trajectory.turns:
    print(f"{turn.observation}\n\n  strategy: {turn.strategy}\n  action:   {turn.action}\n")
print(f"{trajectory.final_observation}\n\nsuccess: {trajectory.success}")
