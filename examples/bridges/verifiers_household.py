"""Household games for verifiers, and their evaluation on any server with OpenAI's interface.

pip install 'strategy-guided-exploration[verifiers]'
PYTHONPATH=examples/bridges python -m verifiers_household URL MODEL [TASKS]
PYTHONPATH=examples/bridges vf-eval verifiers_household --client.base-url URL --model MODEL -n 4 --no-push --no-rich
"""

import asyncio
import sys
import tempfile

from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.verifiers import ChatHarness, environment

MAKE = MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "max_turns": 20})
Household, HouseholdEnv = environment(MAKE, split="valid_unseen", tasks=100)

__all__ = ["ChatHarness", "Household", "HouseholdEnv"]

if __name__ == "__main__":
    from verifiers.v1.cli.eval.runner import run_eval
    from verifiers.v1.configs.cli.eval import EvalConfig

    url, model, tasks = sys.argv[1], sys.argv[2], int([*sys.argv[3:], "4"][0])
    settings = {
        "env": {"taskset": {"id": "verifiers_household"}},
        "client": {"base_url": url, "api_key_var": "OPENAI_API_KEY"},
        "model": model,
        "select": {"limit": tasks},
        "push": False,
        "rich": None,
        "output_dir": tempfile.mkdtemp(),
    }
    episodes = asyncio.run(run_eval(EvalConfig.model_validate(settings)))
    for episode in episodes:
        (trace,) = episode.traces
        print(f"{trace.task.data.name}: return {trace.reward}, {trace.num_turns} turns, errors {len(episode.errors)}")
