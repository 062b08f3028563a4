"""Train on an environment of your own: anything with gymnasium's reset and step, text in and text out.

    python examples/own_env.py [UPDATES]        (half a minute with the small model that comes with the package)

The agent is to bring things back to odd places that nobody tells it: it has to find them out, and to learn them.
"""

import sys
from dataclasses import replace

import gymnasium

from sge_agent.config import load_recipe
from sge_agent.loggers.console import ConsoleLogger
from sge_agent.train import train

HOMES = {"mug": "shelf 1", "egg": "toaster 1", "knife": "fridge 1"}


class Errand(gymnasium.Env[str, str]):
    """One turn: name the place where the thing belongs. The seed is the task."""

    def reset(self, *, seed=None, options=None):
        self.thing = list(HOMES)[seed % len(HOMES)]
        places = ", a ".join(["cabinet 1", "countertop 1", "drawer 1", *sorted(HOMES.values())])
        return f"You see a {places}.\n\nYour task is to: bring back the {self.thing}.", {}

    def step(self, action):
        right = action == f"go to {HOMES[self.thing]}"
        # What was tried is optional: with it the metrics count how many different things were.
        return ("Thank you!" if right else "Not here."), float(right), True, False, {"outcome": action}


if __name__ == "__main__":
    # The recipe brings a model of 0.7 million parameters and settings that suit it; sge train --help explains them all.
    updates = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    config = replace(load_recipe("household"), env="errand", split="", tasks=3, held_out_tasks=0, tasks_per_update=3)
    config = replace(config, updates=updates, group_size=16, reflecting_members=8)
    result = train(config, make_env=Errand, existing="overwrite", loggers=[ConsoleLogger(total_updates=updates)])
    print(f"solved before: {result.before['train'].pass_at[1]}, after: {result.after['train'].pass_at[1]}")
