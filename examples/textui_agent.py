"""Have a model behind an HTTP server do a task on the pages of a browser, with the prompts and the settings of the SGE paper.

    python examples/textui_agent.py --url http://localhost:8000/v1 --model Qwen/Qwen3-4B-Instruct-2507

One task is played several times. Each turn is a hot strategy (temperature 1.2), then actions on the page that follow it (0.7),
564 tokens together. As in training, an episode may reflect: a quarter of those on a task that failed before is shown the
strategies of a failure and asked for something different, a tenth of those on a task that was solved before the strategies
of a success. Needs a browser: see docs/textui.md. To train on the family, see examples/train_alfworld.py.
"""

import argparse
import os
from dataclasses import replace

import gymnasium
import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.heads import ui
from sge_agent.memory import Entry
from sge_agent.policies.server import ServerPolicy
from sge_agent.prompts import UI
from sge_envs.ui.calls import USAGE

PROMPTS = replace(
    UI,
    goal="",  # every observation says it
    system=(
        "You do a person's work in their apps, which are web pages. You see the page as text, where what you can act on has a "
        'number, and act with calls on one line, such as click(3) or fill("Name", "Ada"); click("Save"). The calls are: '
        f"{'; '.join(USAGE.values())}. When everything is done, end with done(), or with answer(...) where the task asks a "
        "question. Before each action you settle on a strategy: what is still to do, and on which page."
    ),
)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", default="http://localhost:8000/v1", help="the server, up to and including the version")
parser.add_argument("--model", required=True, help="the model's name there")
parser.add_argument("--screen", default="desktop", help="desktop or phone")
parser.add_argument("--difficulty", default="easy", help="easy, medium or hard")
parser.add_argument("--episodes", type=int, default=6, help="how often the task is played")
parser.add_argument("--max-turns", type=int, default=20, help="turns of an episode")
parser.add_argument("--seed", type=int, default=0, help="of the task")
args = parser.parse_args()

heads = ui(PROMPTS)
agent = StrategyAgent(prompts=PROMPTS, strategy=heads.strategy, action=heads.action)
reflection = StrategyReflection(p_failure=0.25, p_success=0.1, prompts=PROMPTS)  # remembers 32 of each
rng = np.random.default_rng(args.seed)
env = gymnasium.make("sge_envs:SGE-TextUI-v0", screen=args.screen, difficulty=args.difficulty, max_turns=args.max_turns)
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
env.close()
print(f"\n{len(outcomes)} different outcomes, solved: {solved}")
