"""Text environments for learners that take arrays and numbers only: the form that Stable-Baselines3 and RLlib share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils.seeding import np_random

from sge_wrappers.action_menu import ActionMenu
from sge_wrappers.bridges.episodes import TASK_KEYS, MakeEnv
from sge_wrappers.goal_prompt import GoalPrompt
from sge_wrappers.text_to_box import HashedNgrams, TextToBox

ArrayEnv = gymnasium.Env[Any, Any]


class TaskSlice(gymnasium.Wrapper[str, str, str, str]):
    """Plays only the tasks of ``rows`` (see ``task_rows``), drawn evenly; ``reset(seed=...)`` fixes the draws from there on.

    Options that a caller gives to ``reset`` go before the row's. Raises ``ValueError`` without rows.
    """

    def __init__(self, env: gymnasium.Env[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(env)
        if not rows:
            raise ValueError("expected at least one task: task_rows(make_env, count=4), for example")
        self._rows = [{key: row[key] for key in TASK_KEYS if row.get(key) is not None} for row in rows]
        self._rng: np.random.Generator | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        if seed is not None or self._rng is None:
            self._rng, _ = np_random(seed)
        row = self._rows[int(self._rng.integers(len(self._rows)))]
        named: dict[str, Any] = {key: row[key] for key in TASK_KEYS[1:] if key in row}
        # an env that does not know its tasks by id is given the row's seed, which is its task
        chosen = seed if "task_id" in row else row.get("seed", seed)
        return self.env.reset(seed=chosen, options={**named, **(options or {})} or None)


def array_env(
    make_env: MakeEnv, *, rows: Sequence[Mapping[str, Any]] = (), actions: int = 50, features: int = 512
) -> ArrayEnv:
    """The environment with ``Box`` observations and ``Discrete(actions)`` actions.

    An observation is the goal, what is seen and what can be done, as hashed words and pairs of words (float32 of shape
    ``(features,)``). Action ``i`` is the ``i``-th admissible one; ``info["action_mask"]`` says which numbers are any,
    and one that is none costs a turn. ``rows`` limits the tasks, see :class:`TaskSlice`.
    """
    env = make_env()
    if rows:
        env = TaskSlice(env, rows)
    menu = ActionMenu(GoalPrompt(env, template=_SEEN, turns=0), size=actions, overflow="cut")
    return TextToBox(menu, HashedNgrams(features))


_SEEN = "{goal}\n{observation}\n{actions}"
