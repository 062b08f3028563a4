"""Strategist and actor: one says how to go about the task, the other acts."""

from __future__ import annotations

import gymnasium

from sge_envs import UnknownOption
from sge_envs.texts import shorten
from sge_wrappers.goal_prompt import check_template
from sge_wrappers.layer import Info
from sge_wrappers.pettingzoo.game import MAX_SAID, Rewards, TurnGame

TEMPLATE = "{observation}\n\nYour strategy: {strategy}"


class StrategyGame(TurnGame):
    """``strategist_0`` sees what the environment shows and writes a strategy; ``actor_0`` sees both and acts.

    The strategist speaks first, then again after every ``every`` turns (None: once an episode). ``rewards="shared"``
    gives the environment's reward to both; ``"separate"`` gives it to the actor, and to the strategist 1 at the end of an
    episode that succeeds, else 0 (``info["success"]``, or a positive sum of rewards where the environment has none).

    Raises:
        UnknownOption: ``every`` is below 1, or the template has fields other than ``{observation}`` and ``{strategy}``.
    """

    players = ("strategist_0", "actor_0")

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        every: int | None = None,
        rewards: Rewards = "shared",
        template: str = TEMPLATE,
    ) -> None:
        check_template(template, ("observation", "strategy"))
        if (every is not None and every < 1) or rewards not in ("shared", "separate"):
            raise UnknownOption(
                f"Expected every >= 1 or None and rewards 'shared' or 'separate', got {every} and {rewards!r}."
            )
        self.room = MAX_SAID + len(template)
        super().__init__(env)
        self._every = every
        self._separate = rewards == "separate"
        self._template = template
        self._shown = ""
        self._strategy = ""
        self._turns = 0
        self._return = 0.0
        self._info: Info = {}

    def _begin(self, observation: str, info: Info) -> None:
        self._shown, self._strategy, self._turns, self._return, self._info = observation, "", 0, 0.0, info

    def _move(self, text: str) -> Info:
        strategist, actor = self.players
        if self.to_move == strategist:
            self._strategy, self.to_move = shorten(text, MAX_SAID), actor
            return self._info
        observation, reward, terminated, truncated, self._info = self.env.step(text)
        self._shown = self._take((observation, float(reward), terminated, truncated, self._info))
        self._turns += 1
        self._return += float(reward)
        if self._separate:
            success = self._info.get("success", self._return > 0) if self.over else False
            self.rewards[strategist] = float(success)
        if self._every is not None and self._turns % self._every == 0:
            self.to_move = strategist
        return self._info

    def _observe(self, player: str) -> str:
        if player == self.players[0]:
            return self._shown
        return self._template.format(observation=self._shown, strategy=self._strategy or "(none yet)")
