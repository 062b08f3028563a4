"""FaultInjection: an environment whose answers fail, get lost or come late, by a seeded plan."""

from __future__ import annotations

import time

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_envs.texts import as_text
from sge_wrappers.layer import Info, Layer, Step, text_env
from sge_wrappers.streams import FAULTS, Stream

ERROR = "A temporary failure: the action was not carried out. Try again."
TIMEOUT = "No answer came in time: whether the action was carried out is not known."


class FaultInjection(Layer):
    """Each turn one thing may go wrong, with these probabilities; ``info["fault"]`` then names it.

    * ``errors`` (``"error"``): the action is not carried out, the observation says so, the turn is spent.
    * ``timeouts`` (``"timeout"``): the action is carried out, but the observation says that no answer came. Reward and
      ``info`` are true, and an end of the episode is always shown.
    * ``slow`` (``"slow"``): the answer is right and comes ``delay`` seconds later.

    What goes wrong is drawn from the seed of ``reset``, apart from the environment's own stream: equal seeds and equally
    long episodes have equal faults. A fault is no ``action_error``: the action was not at fault.

    Examples:
        >>> import gymnasium
        >>> env = FaultInjection(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), timeouts=0.3)
        >>> _ = env.reset(seed=1)
        >>> [env.step("look")[4].get("fault") for _ in range(6)]
        [None, 'timeout', None, None, 'timeout', None]

    Snapshots carry the plan. From a snapshot of the bare environment it goes on where it is.

    Raises:
        UnknownOption: a probability is negative, their sum above 1, or ``delay`` negative.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        errors: float = 0.0,
        timeouts: float = 0.0,
        slow: float = 0.0,
        delay: float = 1.0,
    ) -> None:
        RecordConstructorArgs.__init__(self, errors=errors, timeouts=timeouts, slow=slow, delay=delay)
        super().__init__(env)
        if min(errors, timeouts, slow, delay) < 0 or errors + timeouts + slow > 1:
            raise UnknownOption(
                "Expected probabilities from 0 to 1 with a sum of at most 1 and a delay of at least 0, "
                f"got {errors}, {timeouts}, {slow} and {delay}."
            )
        self._errors = errors
        self._timeouts = timeouts
        self._slow = slow
        self._delay = delay
        self._stream = Stream(FAULTS)
        self._info: Info = {}
        self._fault: str | None = None  # of the last turn

    def step(self, action: str) -> Step:
        self._check_live()
        action = as_text(action)
        self._fault = self._draw()
        if self._fault == "error":
            step = self._fail()
        else:
            observation, reward, terminated, truncated, info = self.env.step(action)
            if terminated or truncated:
                self._fault = None if self._fault == "timeout" else self._fault
            step = observation, float(reward), terminated, truncated, dict(info)
        self._over = step[2] or step[3]
        if self._fault == "slow":
            time.sleep(self._delay)
        self._info = step[4]
        return self._shown(step[0], step[4]), *step[1:]

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._stream.begin(seed)
        self._info, self._fault = info, None
        return observation

    def _state(self) -> Info:
        return {"stream": self._stream.state(), "fault": self._fault}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._stream.restore(state["stream"])
        self._info, self._fault = info, state["fault"]
        return self._shown(observation, info)

    def _draw(self) -> str | None:
        number = float(self._stream.rng.random())  # one a turn, whatever comes of it
        for fault, share in (("error", self._errors), ("timeout", self._timeouts), ("slow", self._slow)):
            if number < share:
                return fault
            number -= share
        return None

    def _fail(self) -> Step:
        base = text_env(self)
        if base is not None:
            return base.skip_turn(ERROR)
        return ERROR, 0.0, False, False, {key: value for key, value in self._info.items() if key != "action_error"}

    def _shown(self, observation: str, info: Info) -> str:
        """What is to be seen after the last turn's fault, which ``info`` gets."""
        info.pop("fault", None)
        if self._fault is not None:
            info["fault"] = self._fault
        return {"error": ERROR, "timeout": TIMEOUT}.get(self._fault or "", observation)
