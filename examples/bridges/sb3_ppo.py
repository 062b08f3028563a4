"""PPO of Stable-Baselines3 learns two household games from nothing but numbers.

pip install 'strategy-guided-exploration[sb3]'
python examples/bridges/sb3_ppo.py [STEPS]        (about a minute)
"""

import sys

from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

from sge_wrappers.bridges.episodes import MakeById, task_rows
from sge_wrappers.bridges.sb3 import vector

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
make_env = MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "size": "small", "task_types": (1,)})
rows = [task_rows(make_env, count=5)[i] for i in (0, 4)]
envs = vector(make_env, rows=rows, envs=8, actions=24)
model = PPO("MlpPolicy", envs, n_steps=256, batch_size=256, learning_rate=1e-3, ent_coef=0.01, seed=0, device="cpu")


def solved() -> float:
    return evaluate_policy(model, envs, n_eval_episodes=40, deterministic=False, warn=False)[0]


before = solved()
model.learn(steps)
print(f"solved before: {before:.2f}, after: {solved():.2f}")
