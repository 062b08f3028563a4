"""Have a language model behind an HTTP server play, without any training: vLLM, llama.cpp, a hosted model, ...

    python examples/play_with_server.py --url http://localhost:8000/v1 --model Qwen/Qwen3-4B-Instruct-2507

Any server with OpenAI's chat interface will do; the key, if it wants one, is in the variable OPENAI_API_KEY. To train
on what a server wrote it has to give token ids: see TokenWire in sge_agent/policies/wires.py.
"""

import argparse
import os

import gymnasium

from sge_agent.agent import StrategyAgent
from sge_agent.policies.server import ServerPolicy

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", default="http://localhost:8000/v1", help="the server, up to and including the version")
parser.add_argument("--model", required=True, help="the model's name there")
parser.add_argument("--env", default="sge_envs:SGE-ALFWorld-v0", help="a gymnasium id with text in and out")
parser.add_argument("--seed", type=int, default=0, help="of the task")
parser.add_argument("--max-turns", type=int, help="end the episode after so many turns")
args = parser.parse_args()

agent = StrategyAgent(
    actions_shown=40
)  # each message lists up to 40 possible actions, where the environment knows them
env = gymnasium.make(args.env)
with ServerPolicy(args.url, args.model, api_key=os.environ.get("OPENAI_API_KEY", "")) as policy:
    trajectory = agent.play(env, policy, seed=args.seed, max_turns=args.max_turns)

for turn in trajectory.turns:
    print(f"{turn.observation}\n\n  strategy: {turn.strategy}\n  action:   {turn.action}\n")
print(f"{trajectory.final_observation}\n\nsuccess: {trajectory.success}")
