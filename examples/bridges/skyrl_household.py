"""Household games as an environment of SkyRL, played as its generator plays them.

pip install 'strategy-guided-exploration[skyrl]'
python examples/bridges/skyrl_household.py
"""

import skyrl_gym

# In a training script this line runs before the trainer starts; `environment.env_class` is then "household", and the
# settings below are those of `environment.skyrl_gym.household`.
skyrl_gym.register(id="household", entry_point="sge_wrappers.bridges.skyrl:SkyRLTextEnv")
settings = {"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "max_turns": 10}
row = {"split": "valid_unseen", "seed": 7}  # a row of the training data

env = skyrl_gym.make("household", env_config=settings, extras=row)
messages, _ = env.init([{"role": "user", "content": "This is a household."}])
print(messages[-1]["content"])
done = False
while not done:
    step = env.step("<strategy>see what is there</strategy>\n<action>look</action>")  # the model's text
    done = step["done"]
print(f"{step['metadata']['outcome']}, metrics {env.get_metrics()}")
env.close()
