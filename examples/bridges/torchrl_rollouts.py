"""TorchRL: texts in and out of a tensordict, and a collector on the menu of admissible actions.

pip install 'strategy-guided-exploration[torchrl]'
python examples/bridges/torchrl_rollouts.py [FRAMES]
"""

import sys

from tensordict.nn import TensorDictModule
from torchrl.collectors import Collector
from torchrl.envs.utils import check_env_specs

from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.torchrl import menu_env, text_env

frames = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
make_env = MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "split": "easy"})

game = make_env()
env = text_env(lambda: game)
check_env_specs(env)
print("check_env_specs: passed")

# A policy reads texts and writes a text; this one knows the way.
oracle = TensorDictModule(lambda seen: game.unwrapped.oracle(), in_keys=["observation"], out_keys=["action"])
played = env.rollout(50, policy=oracle)
print(played["observation"][0])
print(f"played by the oracle: return {played['next', 'reward'].sum():.1f}")

collector = Collector(menu_env(make_env, actions=40), None, frames_per_batch=200, total_frames=frames)
wins = sum(float(batch["next", "reward"].sum()) for batch in collector)
collector.shutdown()
print(f"{frames} frames of a random policy, {wins:.0f} games solved")
