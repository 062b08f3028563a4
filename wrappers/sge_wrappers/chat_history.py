"""ChatHistory: the observation is the conversation so far, within a window."""

from __future__ import annotations

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import FreeText, UnknownOption
from sge_envs.spaces import MAX_LENGTH
from sge_envs.texts import as_text, shorten
from sge_wrappers.layer import Info, Layer, Step
from sge_wrappers.tokens import CountTokens, approximate_tokens, fit


class ChatHistory(Layer):
    """Shows the first observation, which tells the task, and as many of the last turns as the window holds.

    ``max_turns`` and ``max_tokens`` bound the window (None: only ``max_chars`` does, the size of the observation
    space). Tokens are those of the whole observation under ``count_tokens``. Older turns go first, a note stands in
    their place; when the last turn alone is too long, the text loses its middle.

    Examples:
        >>> import gymnasium
        >>> env = ChatHistory(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), max_turns=1)
        >>> _ = env.reset(seed=0)
        >>> _ = env.step("go to countertop 1")
        >>> print(env.step("inventory")[0].partition("potato and put it in microwave.")[2])
        <BLANKLINE>
        <BLANKLINE>
        [... turns left out: 1 ...]
        <BLANKLINE>
        > inventory
        You are not carrying anything.

    Snapshots carry the conversation. From a snapshot of the bare environment the conversation begins anew.

    Raises:
        UnknownOption: a bound is below 1, or ``max_chars`` below 256.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        max_turns: int | None = None,
        max_tokens: int | None = None,
        count_tokens: CountTokens = approximate_tokens,
        max_chars: int = MAX_LENGTH,
    ) -> None:
        RecordConstructorArgs.__init__(
            self, max_turns=max_turns, max_tokens=max_tokens, count_tokens=count_tokens, max_chars=max_chars
        )
        super().__init__(env)
        if any(bound is not None and bound < 1 for bound in (max_turns, max_tokens)) or max_chars < 256:
            raise UnknownOption(
                "Expected max_turns and max_tokens of at least 1 (or None) and max_chars of at least 256, "
                f"got {max_turns}, {max_tokens} and {max_chars}."
            )
        self.observation_space = FreeText(max_chars)
        self._max_turns = max_turns
        self._max_tokens = max_tokens
        self._count = count_tokens
        self._max_chars = max_chars
        self._first = ""
        self._turns: list[tuple[str, str]] = []  # those in the window: action, observation
        self._left_out = 0

    @property
    def messages(self) -> tuple[dict[str, str], ...]:
        """The window as messages with ``role`` and ``content``, for a chat template: the environment is the user."""
        first = {"role": "user", "content": self._head()}
        pairs = (({"role": "assistant", "content": a}, {"role": "user", "content": o}) for a, o in self._turns)
        return (first, *(message for pair in pairs for message in pair))

    def step(self, action: str) -> Step:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._turns.append((shorten(as_text(action), self._max_chars), observation))
        return self._show(), float(reward), terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._first, self._turns, self._left_out = observation, [], 0
        return self._show()

    def _state(self) -> Info:
        return {"first": self._first, "turns": self._turns, "left_out": self._left_out}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._first = str(state["first"])
        self._turns = [(str(action), str(seen)) for action, seen in state["turns"]]
        self._left_out = int(state["left_out"])
        return self._show()

    def _show(self) -> str:
        """The text, after turns beyond the window were let go."""
        if self._max_turns is not None:
            self._leave_out(len(self._turns) - self._max_turns)
        while not self._fits(text := self._text()) and len(self._turns) > 1:
            self._leave_out(1)
        text = shorten(text, self._max_chars)
        return text if self._max_tokens is None else fit(text, self._max_tokens, self._count)

    def _fits(self, text: str) -> bool:
        return len(text) <= self._max_chars and (self._max_tokens is None or self._count(text) <= self._max_tokens)

    def _leave_out(self, number: int) -> None:
        if number > 0:
            del self._turns[:number]
            self._left_out += number

    def _head(self) -> str:
        return f"{self._first}\n\n[... turns left out: {self._left_out} ...]" if self._left_out else self._first

    def _text(self) -> str:
        return "\n\n".join([self._head(), *(f"> {action}\n{seen}" for action, seen in self._turns)])
