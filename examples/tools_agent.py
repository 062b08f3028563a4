"""Have a reasoning model behind an HTTP server work with tools, with the prompts and the settings of the SGE paper.

    python examples/tools_agent.py --url http://localhost:8000/v1 --model Qwen/Qwen3-8B

One task is played several times. Each turn is a hot thinking block, which is the strategy (temperature 1.2), then a call of
tools that follows it (0.7). As in training, an episode may reflect: a quarter of those on a task that failed before is shown
the strategies and the feedback of a failure, half of those on a task that was solved before the strategies of a success.
To train on the family, see examples/train_alfworld.py.
"""

import argparse
import os
from dataclasses import replace

import gymnasium
import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.heads import tools
from sge_agent.memory import Entry
from sge_agent.policies.server import ServerPolicy
from sge_agent.prompts import THINK

PROMPTS = replace(
    THINK,
    goal="",  # the first observation says it
    system=(
        "You do a person's work in their apps by calling tools. Before each call you settle on a strategy: what you know, "
        "what is still missing, and which tool gives it or changes it."
    ),
    ask_strategy=(
        'Think of a strategy first. Then answer with one line, "Action:" and the call of a tool, or a list of calls, as JSON.'
    ),
    ask_action='Answer with one line, "Action:" and the call of a tool, or a list of calls, as JSON.',
)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", default="http://localhost:8000/v1", help="the server, up to and including the version")
parser.add_argument("--model", required=True, help="the model's name there")
parser.add_argument("--difficulty", default="easy", help="easy, medium or hard")
parser.add_argument("--episodes", type=int, default=8, help="how often the task is played")
parser.add_argument("--max-turns", type=int, default=20, help="turns of an episode")
parser.add_argument("--seed", type=int, default=0, help="of the task")
args = parser.parse_args()

heads = tools(PROMPTS)  # 768 tokens a turn: 512 for the thinking block, the rest for the call
agent = StrategyAgent(prompts=PROMPTS, strategy=heads.strategy, action=heads.action)
reflection = StrategyReflection(p_failure=0.25, p_success=0.5, prompts=PROMPTS)  # remembers 32 of each
rng = np.random.default_rng(args.seed)
env = gymnasium.make("sge_envs:SGE-ToolAPI-v0", difficulty=args.difficulty, max_turns=args.max_turns)
_, info = env.reset(seed=args.seed)
task = str(info["task_id"])
print(info["goal"])

outcomes, solved = set(), 0
with ServerPolicy(args.url, args.model, api_key=os.environ.get("OPENAI_API_KEY", "")) as policy:
    for seed in range(args.episodes):
        kind = reflection.memory.draw(task, rng, p_failure=reflection.p_failure, p_success=reflection.p_success)
        hint = reflection.hint(task, kind, rng) if kind else ""
        played = agent.play(env, policy, seed=seed, options={"task_id": task}, hint=hint)
        reflection.memory.add(task, Entry.of(played))
        outcome = str(played.last_info["outcome"])
        outcomes.add(outcome)
        solved += played.success
        print(f"\nepisode {seed + 1}{f', reflects on a {kind}' if kind else ''}: {outcome}")
        print("  strategy: " + "\n  then: ".join(" ".join(strategy.split()) for strategy in played.strategies))
print(f"\n{len(outcomes)} different outcomes, solved: {solved}")
