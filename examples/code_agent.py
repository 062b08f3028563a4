"""Have a language model behind an HTTP server write programs, with the prompts and the settings of the SGE paper.

    python examples/code_agent.py --url http://localhost:8000/v1 --model Qwen/Qwen3-4B-Instruct-2507

One problem is played several times: a hot strategy (temperature 1.2), then a program that follows it (0.7), twice per
episode, with the failed test in between. If every episode failed, one more is shown the strategies and the feedback of
the last one, as in training a quarter of the episodes is. To train on the family, see examples/train_alfworld.py.
"""

import argparse
import os
from dataclasses import replace

import gymnasium

from sge_agent.agent import StrategyAgent
from sge_agent.heads import coding
from sge_agent.policies.server import ServerPolicy
from sge_agent.prompts import MARKDOWN, Attempt, Marks

CODING = replace(
    MARKDOWN,
    action=Marks(header="### Code\n```python\n", stop=("\n```",), close="\n```"),
    system=(
        "You solve programming problems in Python. Before you write a program you settle on a strategy: a few words on "
        "the algorithm, the data structures and the traps, not the program itself."
    ),
    ask_strategy=(
        'Answer in two parts: under "### Strategy" one concise strategy, and under "### Code" the whole program, in one '
        "block of Python that follows the strategy."
    ),
    ask_action='Answer with the whole program under "### Code", in one block of Python.',
)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", default="http://localhost:8000/v1", help="the server, up to and including the version")
parser.add_argument("--model", required=True, help="the model's name there")
parser.add_argument("--difficulty", default="easy", help="easy, medium or hard")
parser.add_argument("--episodes", type=int, default=4, help="how often the problem is played")
parser.add_argument("--seed", type=int, default=0, help="of the problem")
args = parser.parse_args()

heads = coding(CODING)  # 2,048 tokens a turn: 512 for the strategy, the rest for the program
agent = StrategyAgent(prompts=CODING, strategy=heads.strategy, action=heads.action)
env = gymnasium.make("sge_envs:SGE-CodeSandbox-v0", difficulty=args.difficulty)
_, info = env.reset(seed=args.seed)
print(info["goal"])

with ServerPolicy(args.url, args.model, api_key=os.environ.get("OPENAI_API_KEY", "")) as policy:
    task = {"task_id": info["task_id"]}
    played = [agent.play(env, policy, seed=seed, options=task) for seed in range(args.episodes)]
    if not any(trajectory.success for trajectory in played):
        last = played[-1]
        attempt = Attempt(last.strategies, last.last_info["feedback"])
        hint = CODING.reflection.render(failures=[attempt])
        played.append(agent.play(env, policy, seed=args.episodes, options=task, hint=hint))

for number, trajectory in enumerate(played, start=1):
    strategies = " / then: ".join(trajectory.strategies)
    print(f"\nepisode {number}: {trajectory.last_info['outcome']}\n  strategy: {strategies}")
outcomes = {trajectory.last_info["outcome"] for trajectory in played}
print(f"\n{len(outcomes)} different outcomes, solved: {sum(trajectory.success for trajectory in played)}")
