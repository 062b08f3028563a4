"""RestartOnCrash: an environment that raises is rebuilt, and its episode ends as truncated."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import SGEError, UnknownOption
from sge_wrappers.layer import Info, Layer, Step
from sge_wrappers.streams import RESTARTS, Stream

CRASHED = "The environment failed and was started anew. This episode is over."


class RestartOnCrash(Layer):
    """An exception from ``step`` ends the episode, truncated, with ``info["env_error"]``; the next ``reset`` plays on.

    The new environment comes from ``make``, or from the environment's own spec. The episode's verdict is then no success,
    with the outcome ``"env_error"``: it says nothing of the agent, so leave such episodes out of training. An exception
    from ``reset`` is met with a new environment and another try, ``tries`` times in all, and then raised. What a caller
    did wrong (an action that is no text, an unknown option, a step after the end) is raised as ever.

    Examples:
        >>> import gymnasium
        >>> env = RestartOnCrash(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"))
        >>> _ = env.reset(seed=0)
        >>> env.unwrapped._act = lambda action: 1 / 0
        >>> observation, reward, terminated, truncated, info = env.step("look")
        >>> truncated, info["env_error"]
        (True, 'ZeroDivisionError: division by zero')
        >>> env.reset()[0][:35]
        '-= Welcome to TextWorld, ALFRED! =-'

    After a crash the next episode's seed, where ``reset`` gets none, is drawn from the seed before: still the same in
    every run. Snapshots carry no state of this wrapper but that stream.

    Raises:
        UnknownOption: there is neither a spec nor ``make``, or ``tries`` is below 1.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        make: Callable[[], gymnasium.Env[str, str]] | None = None,
        *,
        tries: int = 2,
    ) -> None:
        RecordConstructorArgs.__init__(self, make=make, tries=tries)
        super().__init__(env)
        spec = env.spec
        if tries < 1 or (make is None and spec is None):
            raise UnknownOption(
                f"RestartOnCrash needs tries >= 1 (got {tries}), and an environment from gymnasium.make, "
                "whose spec can make another, or a function: RestartOnCrash(env, make=...)."
            )
        self._make = make if make is not None or spec is None else spec.make
        self._tries = tries
        self._stream = Stream(RESTARTS)
        self._fresh = False  # the env is a new one that was never reset
        self._info: Info = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        self._stream.begin(seed)
        for left in range(self._tries - 1, -1, -1):
            if self._fresh and seed is None:
                seed = self._stream.new_seed()
            try:
                return super().reset(seed=seed, options=options)
            except Exception as error:
                if is_misuse(error) or left == 0:
                    raise
                self._rebuild()
        raise AssertionError("the last try returns or raises")

    def step(self, action: str) -> Step:
        self._check_live()
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
        except Exception as error:
            if is_misuse(error):
                raise
            self._rebuild()
            self._over = True
            return CRASHED, 0.0, False, True, crash_info(self._info, error)
        self._info = info
        return observation, float(reward), terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._fresh, self._info = False, info
        return observation

    def _state(self) -> Info:
        return {"stream": self._stream.state()}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._stream.restore(state["stream"])
        return self._begin(None, observation, info)

    def _rebuild(self) -> None:
        with contextlib.suppress(Exception):  # it is broken already, and the first error is the one to tell
            self.env.close()
        assert self._make is not None
        self.env = self._make()
        self._fresh = True


def is_misuse(error: BaseException) -> bool:
    """Is ``error`` about what the caller did, so that another environment would raise it again?"""
    return isinstance(error, (SGEError, gymnasium.error.Error))


def crash_info(last: Info, error: Exception | str) -> Info:
    """The ``info`` of an episode that a crash ended, with what ``last`` said of the task."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    task: Info = {key: last[key] for key in ("task_id", "goal", "state_key", "admissible_actions") if key in last}
    verdict = {"success": False, "progress": 0.0, "outcome": "env_error", "feedback": "The environment failed."}
    return {**task, **verdict, "env_error": text}
