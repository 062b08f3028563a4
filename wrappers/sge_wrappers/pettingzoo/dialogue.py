"""A dialogue: one agent works in the environment and can ask the other, who wants something done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import gymnasium

from sge_envs import UnknownOption
from sge_envs.texts import shorten
from sge_wrappers.extract_action import Extractor, Tagged
from sge_wrappers.layer import Info, text_env
from sge_wrappers.pettingzoo.game import MAX_SAID, TurnGame

SAY = Tagged("say")
"""How the assistant addresses the user: <say>...</say>."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something said; ``speaker`` is ``"assistant"`` or ``"user"``."""

    speaker: str
    text: str


class User(Protocol):
    """A scripted user: any function of what is wanted and what was said so far. Equal dialogues get equal replies."""

    def __call__(self, goal: str, conversation: Sequence[Line]) -> str: ...


def tool_user(env: gymnasium.Env[str, str]) -> User:
    """The scripted user of ``SGE-ToolAPI-v0``, who knows what the task leaves out: the one that its tool ``user.ask`` asks.

    Raises:
        UnknownOption: ``env`` is another environment.
    """
    from sge_envs.tools.env import ToolAPIEnv

    base = env.unwrapped
    if not isinstance(base, ToolAPIEnv):
        raise UnknownOption(f"{env} has no scripted user: give a function of goal and conversation.")
    return lambda goal, conversation: base.scripted_reply(conversation[-1].text) if conversation else goal


class DialogueGame(TurnGame):
    """``assistant_0`` acts; what ``addressed`` finds in its text is said to ``user_0`` instead, who then replies.

    By default that is what stands between ``<say>`` and ``</say>``. A reply costs a turn of a ``TextEnv`` and becomes the
    assistant's next observation; ``max_messages`` ends the episode, truncated, after so many replies (an environment that
    is no ``TextEnv`` needs it). The user sees the goal and the conversation; with a scripted ``user``,
    ``infos["user_0"]["scripted_reply"]`` is what it would say, ready to be passed on. Both get the environment's reward.

    Wrappers of the environment do not see the dialogue.

    Raises:
        UnknownOption: ``max_messages`` is below 1, or missing for a foreign environment.
    """

    players = ("assistant_0", "user_0")
    room = MAX_SAID

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        user: User | None = None,
        addressed: Extractor = SAY,
        max_messages: int | None = None,
    ) -> None:
        if max_messages is not None and max_messages < 1:
            raise UnknownOption(f"Expected max_messages of at least 1, or None, got {max_messages}.")
        if text_env(env) is None and max_messages is None:
            raise UnknownOption(
                f"{env} is no TextEnv, and talking costs it no turn: pass max_messages=20, for example."
            )
        super().__init__(env)
        self._user = user
        self._addressed = addressed
        self._max_messages = max_messages
        self._shown = ""
        self._conversation: tuple[Line, ...] = ()
        self._info: Info = {}

    def _begin(self, observation: str, info: Info) -> None:
        self._shown, self._conversation, self._info = observation, (), info

    def _move(self, text: str) -> Info:
        assistant, user = self.players
        if self.to_move == user:
            self._reply(shorten(text, MAX_SAID))
            self.to_move = assistant
            return self._info
        message = self._addressed(text)
        if message is not None:
            self._conversation += (Line("assistant", shorten(message, MAX_SAID)),)
            self.to_move = user
            return self._info
        observation, reward, terminated, truncated, self._info = self.env.step(text)
        self._shown = self._take((observation, float(reward), terminated, truncated, self._info))
        return self._info

    def _reply(self, text: str) -> None:
        self._conversation += (Line("user", text),)
        base = text_env(self.env)
        last = {key: value for key, value in self._info.items() if key != "action_error"}
        shown = f"The user says: {text}"
        step = base.skip_turn(shown) if base is not None else (shown, 0.0, False, False, last)
        observation, reward, terminated, truncated, info = step
        replies = len(self._conversation) // 2
        if not (terminated or truncated) and replies == self._max_messages:
            truncated, info = True, {**info, **(base.truncate() if base is not None else {})}
        self._info = info
        self._shown = self._take((observation, reward, terminated, truncated, info))

    def _observe(self, player: str) -> str:
        if player == self.players[0]:
            return self._shown
        goal = str(self._info.get("goal", ""))
        said = "\n".join(f"{line.speaker}: {line.text}" for line in self._conversation)
        if self._user is not None and self.infos[player]["to_move"]:
            self.infos[player]["scripted_reply"] = self._user(goal, self._conversation)
        return f"You want: {goal}\n\n{said or '(nothing was said yet)'}"
