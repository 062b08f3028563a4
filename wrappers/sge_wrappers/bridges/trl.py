"""TRL: a text environment as the ``environment_factory`` of a trainer. Tested with TRL 1.16.0.

    factory = environment_factory(MakeById("sge_envs:SGE-ALFWorld-v0", (("source", "generated"),)))
    GRPOTrainer(..., environment_factory=factory, train_dataset=dataset(factory.make_env, count=64, split="train"))

The model acts by calling the tool ``act``. TRL knows no end of an episode: after it, every call is answered with the
error "The episode is over". For strategies, mixed temperatures and reflection see ``trl_rollout``.
"""

from __future__ import annotations

from typing import Any

from sge_wrappers.bridges.episodes import MakeEnv, TextEpisode, require, task_rows

TESTED = "1.16.0"


class TextEnvironment:
    """What TRL asks of an environment: ``reset``, ``get_reward``, and every other public function is a tool.

    Tools must be functions of the class with type hints and a docstring with ``Args:``, and TRL shows the docstring to
    the model. A class with other tools subclasses this one: ``self.episode`` is the episode.
    """

    def __init__(self, make_env: MakeEnv, *, actions_shown: int = 0) -> None:
        self.episode = TextEpisode(make_env, actions_shown=actions_shown)

    def reset(self, **row: Any) -> str:  # TRL passes every column of the data by name
        """Begin the task that the row names; its text is put after the last message of the prompt."""
        return self.episode.begin(row)

    def act(self, action: str) -> str:
        """Do one thing in the environment and see what happens.

        Args:
            action: The action in words, such as "go to shelf 1".

        Returns:
            What you see after the action.
        """
        return self.episode.act(action).observation

    def get_reward(self) -> float | None:
        """The sum of the episode's rewards; None, which TRL leaves out of the group, where the env failed."""
        return None if self.episode.failed else self.episode.total


class EnvironmentFactory:
    """Makes :class:`TextEnvironment` objects; TRL makes as many as it plays at once, and uses them again."""

    def __init__(self, make_env: MakeEnv, *, actions_shown: int = 0) -> None:
        self.make_env = make_env
        self.actions_shown = actions_shown

    def __call__(self) -> TextEnvironment:
        return TextEnvironment(self.make_env, actions_shown=self.actions_shown)


def dataset(make_env: MakeEnv, *, count: int, split: str = "", prompt: str = "") -> Any:
    """A ``datasets.Dataset`` of ``count`` tasks for a trainer with an ``environment_factory``.

    ``prompt`` stands before each task's text. Raises ``MissingExtra`` where ``datasets`` (a part of TRL) is missing.
    """
    datasets = require("datasets", extra="trl", purpose="training with TRL")
    message = [{"role": "user", "content": prompt}]
    rows = task_rows(make_env, count=count, split=split)
    return datasets.Dataset.from_list([{"prompt": message, **row} for row in rows])
