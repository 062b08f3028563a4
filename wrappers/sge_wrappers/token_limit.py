"""TokenLimit: an episode may cost so many tokens."""

from __future__ import annotations

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_envs.texts import as_text
from sge_wrappers.layer import Info, Layer, Step
from sge_wrappers.tokens import CountTokens, approximate_tokens


class TokenLimit(Layer):
    """Truncates the episode after the turn in which it reaches ``limit`` tokens; ``info["tokens"]`` are those so far.

    Observations and actions count, each once (``observations=False``: actions alone, what the model wrote). The end
    carries the verdict of a ``TextEnv``; of another environment, whatever the last ``info`` has.

    Examples:
        >>> import gymnasium
        >>> env = TokenLimit(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), 100)
        >>> env.reset(seed=0)[1]["tokens"]
        82
        >>> observation, reward, terminated, truncated, info = env.step("go to countertop 1")
        >>> truncated, info["tokens"], info["outcome"]
        (True, 113, 'lost:nothing')

    Snapshots carry the count. From a snapshot of the bare environment it begins with the observation there.

    Raises:
        UnknownOption: ``limit`` is below 1.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        limit: int,
        *,
        count_tokens: CountTokens = approximate_tokens,
        observations: bool = True,
    ) -> None:
        RecordConstructorArgs.__init__(self, limit=limit, count_tokens=count_tokens, observations=observations)
        super().__init__(env)
        if limit < 1:
            raise UnknownOption(f"Expected a limit of at least 1 token, got {limit}.")
        self._limit = limit
        self._count = count_tokens
        self._observations = observations
        self._tokens = 0

    def step(self, action: str) -> Step:
        self._check_live()
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._tokens += self._count(as_text(action)) + (self._count(observation) if self._observations else 0)
        info = {**info, "tokens": self._tokens}
        if self._tokens >= self._limit and not (terminated or truncated):
            truncated, info = True, self._end(info)
        return observation, float(reward), terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._tokens = self._count(observation) if self._observations else 0
        info["tokens"] = self._tokens
        return observation

    def _state(self) -> Info:
        return {"tokens": self._tokens}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._tokens = info["tokens"] = int(state["tokens"])
        return observation
