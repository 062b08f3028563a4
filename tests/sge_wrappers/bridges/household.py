"""The household games that these tests play, and how they are won."""

from __future__ import annotations

from typing import Any

from sge_envs import TextEnv
from sge_wrappers.bridges.episodes import MakeById, TextEpisode

SETTINGS: dict[str, Any] = {"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "max_turns": 12}
HOUSEHOLD = MakeById.of(SETTINGS)
EASY = {"split": "easy"}


def plan(row: dict[str, Any]) -> list[str]:
    """The actions that win the game of ``row``."""
    env = HOUSEHOLD()
    episode = TextEpisode(lambda: env)
    episode.begin(row)
    base = env.unwrapped
    assert isinstance(base, TextEnv)
    actions = []
    while not episode.over:
        actions.append(base.oracle())
        episode.act(actions[-1])
    assert episode.success
    return actions
