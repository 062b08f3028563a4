"""ActionMenu: the admissible actions as numbers, with a mask."""

from __future__ import annotations

import operator
from typing import Any, Literal, SupportsIndex

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_wrappers.layer import Info, Step, require_text, text_env


class ActionMenu(gymnasium.Wrapper[str, Any, str, str], RecordConstructorArgs):
    """Action number ``i`` is ``info["admissible_actions"][i]``; the action space is ``Discrete(size)``.

    ``info["action_mask"]`` (int8, shape ``(size,)``) has a 1 for every number that stands for an action, as
    ``env.action_space.sample(mask)`` wants it. A number without an action is not passed on: the observation stays, and
    ``info["action_error"]`` says so; it costs a turn of a ``TextEnv``. ``overflow`` says what happens when there are more
    than ``size`` actions: ``"raise"``, or ``"cut"``, which offers the first ``size`` and says in
    ``info["menu_left_out"]`` how many are missing.

    Examples:
        >>> import gymnasium
        >>> env = ActionMenu(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), size=50)
        >>> observation, info = env.reset(seed=0)
        >>> int(info["action_mask"].sum()), info["admissible_actions"][7]
        (14, 'go to microwave 1')
        >>> env.step(7)[0]
        'You arrive at microwave 1. The microwave 1 is closed.'

    Without a state of its own: snapshots are those of the environment, and a restored ``info`` brings its menu.

    Raises:
        UnknownOption: ``size`` is below 1; from ``reset`` and ``step``, there are no admissible actions, or too many.
        TypeError: the action is no whole number.
    """

    def __init__(
        self, env: gymnasium.Env[str, str], *, size: int = 64, overflow: Literal["raise", "cut"] = "raise"
    ) -> None:
        RecordConstructorArgs.__init__(self, size=size, overflow=overflow)
        super().__init__(env)
        require_text(env, "ActionMenu")
        if size < 1 or overflow not in ("raise", "cut"):
            raise UnknownOption(f"Expected size >= 1 and overflow 'raise' or 'cut', got {size} and {overflow!r}.")
        self.action_space = Discrete(size)
        self._size = size
        self._overflow = overflow
        self._actions: tuple[str, ...] = ()
        self._observation = ""
        self._info: Info = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        self._observation, info = self.env.reset(seed=seed, options=options)
        return self._observation, self._offer(info, over=False)

    def step(self, action: SupportsIndex) -> Step:
        number = operator.index(action)
        base = text_env(self)
        if 0 <= number < len(self._actions):
            step = self.env.step(self._actions[number])
        else:
            error = f"There is no action number {number}: the numbers 0 to {len(self._actions) - 1} are actions now."
            if base is not None:
                step = base.skip_turn(self._observation, error)
            else:
                step = self._observation, 0.0, False, False, {**self._info, "action_error": error}
        self._observation, reward, terminated, truncated, info = step
        return self._observation, float(reward), terminated, truncated, self._offer(info, over=terminated or truncated)

    def _offer(self, info: Info, *, over: bool) -> Info:
        """``info`` with the mask of its actions, which become the menu; at the end there need not be any."""
        actions = info.get("admissible_actions", () if over else None)
        if actions is None:
            raise UnknownOption(f"ActionMenu needs info['admissible_actions'], which {self.env} does not give.")
        left_out = max(0, len(actions) - self._size)
        if left_out and self._overflow == "raise":
            raise UnknownOption(
                f"There are {len(actions)} admissible actions and {self._size} places on the menu: "
                f"pass size={len(actions)} or more, or overflow='cut'."
            )
        self._actions = tuple(actions[: self._size])
        mask = np.zeros(self._size, np.int8)
        mask[: len(self._actions)] = 1
        self._info = {**info, "action_mask": mask, "menu_left_out": left_out}
        return dict(self._info)
