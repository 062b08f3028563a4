"""PPO of RLlib learns two household games from nothing but numbers.

pip install 'strategy-guided-exploration[rllib]'
python examples/bridges/rllib_ppo.py [UPDATES]        (about two minutes)
"""

import sys

import ray
from ray.rllib.algorithms.ppo import PPOConfig

from sge_wrappers.bridges.episodes import MakeById, task_rows
from sge_wrappers.bridges.rllib import configure

updates = int(sys.argv[1]) if len(sys.argv) > 1 else 16
game = {"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "size": "small", "task_types": (1,)}
rows = [task_rows(MakeById.of(game), count=5)[i] for i in (0, 4)]

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
config = configure(PPOConfig(), {**game, "rows": rows, "actions": 24})
config = config.env_runners(num_env_runners=0, num_envs_per_env_runner=8).debugging(seed=0)
config = config.training(
    lr=1e-3, entropy_coeff=0.01, train_batch_size_per_learner=2048, minibatch_size=256, num_epochs=8
)
algorithm = config.build_algo()
returns = []
for update in range(updates):
    returns.append(float(algorithm.train()["env_runners"].get("episode_return_mean", 0.0)))
    print(f"update {update + 1}: solved {returns[-1]:.2f}")
algorithm.stop()
ray.shutdown()
print(f"solved at first: {returns[0]:.2f}, at last: {returns[-1]:.2f}")
