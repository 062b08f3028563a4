"""StrictActions: an invalid action costs a penalty or ends the episode."""

from __future__ import annotations

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_wrappers.layer import Info, Layer, Step, text_env


class StrictActions(Layer):
    """An action is invalid where the environment answers it with ``info["action_error"]``.

    An environment that is no ``TextEnv`` need not say so: there an action outside ``info["admissible_actions"]`` is
    invalid too. It reaches the environment as any other; ``penalty`` is then taken from the reward, and with ``ends``
    the episode is over, terminated, with the verdict of a ``TextEnv``.

    Examples:
        >>> import gymnasium
        >>> env = gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy")
        >>> env = StrictActions(env, penalty=0.1, ends=True)
        >>> _ = env.reset(seed=0)
        >>> observation, reward, terminated, truncated, info = env.step("fly to the moon")
        >>> reward, terminated, info["success"]
        (-0.1, True, False)

    Without a state of its own, apart from what a snapshot of the environment shows: from one, the last admissible
    actions are those of the restored ``info``.

    Raises:
        UnknownOption: ``penalty`` is negative, or nothing would happen at all.
    """

    def __init__(self, env: gymnasium.Env[str, str], *, penalty: float = 0.0, ends: bool = True) -> None:
        RecordConstructorArgs.__init__(self, penalty=penalty, ends=ends)
        super().__init__(env)
        if penalty < 0 or (penalty == 0 and not ends):
            raise UnknownOption(f"Expected a penalty above 0, or ends=True, got penalty={penalty} and ends={ends}.")
        self._penalty = penalty
        self._ends = ends
        self._listed: tuple[str, ...] | None = None

    def step(self, action: str) -> Step:
        self._check_live()
        observation, reward, terminated, truncated, info = self.env.step(action)
        invalid = "action_error" in info or (self._listed is not None and action not in self._listed)
        self._look(info)
        if not invalid:
            return observation, float(reward), terminated, truncated, info
        if self._ends and not (terminated or truncated):
            terminated, info = True, self._end(info)
        return observation, float(reward) - self._penalty, terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._look(info)
        return observation

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        return self._begin(None, observation, info)

    def _look(self, info: Info) -> None:
        self._listed = info.get("admissible_actions") if text_env(self) is None else None
