"""Play a household game by gymnasium's own interface and print everything that was said.

    python examples/gym_make.py

Needs the package alone: without ALFWorld's data (variable ALFWORLD_DATA) the games are generated ones.
"""

import gymnasium

import sge_envs  # noqa: F401  # registers the environments

env = gymnasium.make("SGE-ALFWorld-v0")
observation, info = env.reset(seed=0)
print(observation)

terminated = truncated = False
while not (terminated or truncated):
    action = env.unwrapped.oracle()  # a perfect player; put your own in its place
    observation, reward, terminated, truncated, info = env.step(action)
    print(f"\n> {action}\n{observation}")

print(f"\nreward {reward:g}, success {info['success']}, outcome {info['outcome']}")
