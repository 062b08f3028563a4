"""Household games as an environment of NeMo-RL: the data, and a batch of turns as its rollout loop makes them.

    pip install 'nemo-rl @ git+https://github.com/NVIDIA-NeMo/RL' strategy-guided-exploration
    python examples/bridges/nemo_rl_household.py

In a training script: register_env("household", "sge_wrappers.bridges.nemo_rl.RemoteTextEnv"), with the settings below
under ``env.household``.
"""

import ray

from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.nemo_rl import RemoteTextEnv, data_rows

game = {"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated"}
rows = data_rows(MakeById.of(game), count=2, split="train")
environment = RemoteTextEnv.remote({**game, "template": "<|im_end|>\n<|im_start|>user\n{observation}"})

samples = [row for row in rows for _ in range(2)]  # two generations of each prompt
logs = [[{"role": "user", "content": row["prompt"]}] for row in samples]
metadata = [row["extra_env_info"] for row in samples]
for action in ("look", "inventory"):
    for log in logs:
        log.append({"role": "assistant", "content": f"<strategy>see</strategy>\n<action>{action}</action>"})
    returned = ray.get(environment.step.remote(logs, metadata))
    metadata = returned.metadata
    for log, observation in zip(logs, returned.observations, strict=True):
        log.append(observation)
    print(f"rewards {returned.rewards.tolist()}, terminated {returned.terminateds.tolist()}")
print(logs[0][-1]["content"])
