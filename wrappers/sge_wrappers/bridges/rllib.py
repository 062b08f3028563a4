"""RLlib: text environments for its algorithms, made from settings in every worker. Tested with 2.60.0.

    config = PPOConfig().environment(RLlibEnv, env_config={"id": "sge_envs:SGE-ALFWorld-v0"})

RLlib has no encoder for text, so observations are hashed words and actions numbers of the admissible ones, as for
Stable-Baselines3. This file imports no RLlib.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from sge_wrappers.bridges.arrays import array_env
from sge_wrappers.bridges.episodes import MakeById, require

TESTED = "2.60.0"
OWN = ("rows", "actions", "features")


class RLlibEnv(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The ``array_env`` that the settings describe, as a class, which RLlib asks for: ``config.environment(RLlibEnv)``.

    Settings are the ``id`` and the arguments of the environment, and ``rows``, ``actions`` and ``features`` of
    ``array_env``. Raises ``ValueError`` where there is no ``id``.
    """

    def __init__(self, env_config: Mapping[str, Any]) -> None:
        own = {key: env_config[key] for key in OWN if key in env_config}
        game = MakeById.of({key: value for key, value in env_config.items() if key not in OWN})
        super().__init__(array_env(game, **own))


def configure(algorithm: Any, settings: Mapping[str, Any]) -> Any:
    """``algorithm`` (an ``AlgorithmConfig`` such as ``PPOConfig()``) with the environment of ``settings``.

    Raises ``MissingExtra`` where Ray or what RLlib needs of it is not installed.
    """
    require("ray.rllib", extra="rllib", purpose="the bridge to RLlib")
    return algorithm.environment(RLlibEnv, env_config=dict(settings))
