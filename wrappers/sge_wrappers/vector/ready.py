"""ReadyVectorEnv: a gymnasium vector environment that can also step whichever environments are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium.error import AlreadyPendingCallError, ClosedEnvironmentError
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, iterate
from numpy.typing import NDArray

from sge_envs import ResetNeeded, UnknownOption
from sge_wrappers.vector.arrivals import Arrivals, EnvFailed, batch
from sge_wrappers.vector.crew import Crew
from sge_wrappers.vector.seat import About, Call, Put
from sge_wrappers.vector.teams import ProcessTeam, Team, ThreadTeam

Batch = tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]


class ReadyVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """One worker for each environment: a thread (for those that wait) or a process (for those that compute).

    ``reset``, ``step`` and ``close`` are those of any vector environment. Beside them, ``send(actions, ids)`` starts
    single environments and ``receive`` returns those that have answered, so that a slow one holds up nobody. Text
    observations come as tuples of ``str``.

    ``autoreset_mode`` is gymnasium's: after an end, NEXT_STEP takes the next action as the word to reset (reward 0),
    SAME_STEP resets at once (``final_obs`` and ``final_info`` in ``info``), DISABLED leaves it to
    ``reset(options={"reset_mask": ...})``.

    An environment that raises, dies with its process, or takes longer than ``step_timeout`` (``reset_timeout``) seconds
    is replaced: its episode ends truncated, with its last observation and ``info["env_error"]``, and a failed reset is
    tried again. ``on_failure="raise"`` raises instead, as do three failures in a row. What the caller did wrong is
    always raised, and changes nothing. Not for several threads at once.

    Processes are started by ``method``, which needs environments whose function can be pickled, and in a script
    ``if __name__ == "__main__":``. They are daemons: they end with this process, and start none of their own.

    Examples:
        >>> import gymnasium
        >>> make = lambda: gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy")
        >>> envs = ReadyVectorEnv([make] * 3)
        >>> observations, infos = envs.reset(seed=0)
        >>> envs.send(["look", "inventory"], ids=[2, 0])
        >>> arrived = envs.receive(min_ready=2)
        >>> sorted(arrived.ids.tolist()), len(arrived.observations)
        ([0, 2], 2)
        >>> envs.close()

    Raises:
        UnknownOption: no environments, or an argument that does not exist.
        EnvFailed: an environment cannot be made, or differs in its spaces.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gymnasium.Env[Any, Any]]],
        *,
        workers: Literal["threads", "processes"] = "threads",
        autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
        step_timeout: float | None = None,
        reset_timeout: float | None = None,
        on_failure: Literal["truncate", "raise"] = "truncate",
        method: Literal["forkserver", "spawn"] = "forkserver",
    ) -> None:
        if not env_fns or workers not in ("threads", "processes") or on_failure not in ("truncate", "raise"):
            raise UnknownOption(
                "Expected at least one function, workers 'threads' or 'processes' and on_failure 'truncate' or "
                f"'raise', got {len(env_fns)}, {workers!r} and {on_failure!r}."
            )
        self.num_envs = len(env_fns)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self._team: Team = ThreadTeam(env_fns) if workers == "threads" else ProcessTeam(env_fns, method=method)
        self._crew = Crew(
            self._team,
            self.num_envs,
            limits=(step_timeout, reset_timeout),
            same_step=self.autoreset_mode == AutoresetMode.SAME_STEP,
            raises=on_failure == "raise",
        )
        try:
            self._introduce(self._crew.meet())
        except BaseException:
            self.close(terminate=True)
            raise

    # A vector environment -------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """All environments begin anew; answers that are still to come are waited for and dropped, errors too.

        ``seed`` is one for each, or a number from which they count up, as gymnasium's own vector environments do.
        ``options["reset_mask"]`` (bool, shape ``(num_envs,)``) names those to reset; the others keep their place.
        """
        self._check_open()
        options = dict(options) if options else {}
        mask = np.asarray(options.pop("reset_mask", np.ones(self.num_envs, np.bool_)))
        if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
            raise UnknownOption(f"Expected a reset_mask of {self.num_envs} bools, one of them True, got {mask!r}.")
        seeds = self._seeds(seed)
        self._crew.finish(drop=True)
        self._crew.held.clear()
        chosen = [index for index in range(self.num_envs) if mask[index]]
        for index in chosen:
            self._crew.reset(index, seeds[index], options or None)
        arrived = self._crew.finish()
        infos: dict[str, Any] = {}
        for index in chosen:
            infos = self._add_info(infos, arrived[index].info, index)
        return self._all().observations, infos

    def step(self, actions: Any) -> Batch:
        """Step all environments and wait for all. An error is raised when all have answered; the others have stepped.

        Raises:
            AlreadyPendingCallError: some have not answered a ``send`` yet.
        """
        self._check_idle("step")
        self.send(list(iterate(self.action_space, actions)), range(self.num_envs))
        self._crew.finish()
        infos: dict[str, Any] = {}
        everything = self._all()
        for index, info in enumerate(everything.infos):
            infos = self._add_info(infos, info, index)
        return (
            everything.observations,
            everything.rewards,
            everything.terminations,
            everything.truncations,
            infos,
        )

    def render(self) -> tuple[Any, ...]:
        """What each environment renders."""
        return self.call("render")

    def call(self, name: str, *args: Any) -> tuple[Any, ...]:
        """The result of the method ``name`` of each environment, or its attribute."""
        self._check_idle("call")
        return self._crew.ask([Call(name, args)] * self.num_envs)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The attribute ``name`` of each environment."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Set an attribute: to one of ``values`` each if it is a list or tuple, else all to it."""
        each = list(values) if isinstance(values, (list, tuple)) else [values] * self.num_envs
        if len(each) != self.num_envs:
            raise UnknownOption(f"Expected one value for each of {self.num_envs} environments, got {len(each)}.")
        self._check_idle("set_attr")
        self._crew.ask([Put(name, value) for value in each])

    def close_extras(self, timeout: float = 5.0, terminate: bool = False) -> None:
        """End the workers, by force after ``timeout`` seconds, or at once with ``terminate``."""
        self._team.close(0.0 if terminate else timeout)

    # Whichever is ready ---------------------------------------------------------------------------------------------

    def send(self, actions: Iterable[Any], ids: Iterable[int]) -> None:
        """Begin to step the environments ``ids`` with one action each; returns at once.

        Raises:
            AlreadyPendingCallError: one of them has not answered yet.
            UnknownOption: there is no such environment, one comes twice, or actions and ids differ in number.
            ResetNeeded: one of them was never reset, or is over in the mode DISABLED.
        """
        self._check_open()
        listed, numbers = list(actions), [int(index) for index in ids]
        if len(listed) != len(numbers) or len(set(numbers)) != len(numbers):
            raise UnknownOption(f"Expected as many actions as different ids, got {len(listed)} for {numbers}.")
        if any(not 0 <= index < self.num_envs for index in numbers):
            raise UnknownOption(f"Expected ids from 0 to {self.num_envs - 1}, got {numbers}.")
        for index in numbers:
            self._check_ready(index)
        for index, action in zip(numbers, listed):
            last = self._crew.slots[index].last
            if last is not None and last.done and self.autoreset_mode == AutoresetMode.NEXT_STEP:
                self._crew.reset(index, None, None)
            else:
                self._crew.step(index, action)

    def receive(self, *, min_ready: int = 1, timeout: float | None = None) -> Arrivals:
        """The environments that have answered: at least ``min_ready``, or all that are under way if they are fewer.

        After ``timeout`` seconds (None: never) it returns with those there are, perhaps none. Each answer is returned
        once.
        """
        self._check_open()
        ready = self._crew.gather(min_ready, timeout)
        return batch(self.single_observation_space, [index for index, _ in ready], [arrival for _, arrival in ready])

    # The inside -----------------------------------------------------------------------------------------------------

    def _introduce(self, abouts: Sequence[About]) -> None:
        """Take over what the environments say of themselves."""
        first = abouts[0]
        for index, about in enumerate(abouts):
            if (about.observation_space, about.action_space) != (first.observation_space, first.action_space):
                raise EnvFailed(
                    f"Environment {index} has the spaces {about.observation_space} and {about.action_space}, number 0 "
                    f"has {first.observation_space} and {first.action_space}: make them alike."
                )
        self.single_observation_space = first.observation_space
        self.single_action_space = first.action_space
        self.observation_space = batch_space(first.observation_space, self.num_envs)
        self.action_space = batch_space(first.action_space, self.num_envs)
        self.metadata = {**first.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = first.render_mode

    def _seeds(self, seed: int | Sequence[int | None] | None) -> Sequence[int | None]:
        if seed is None:
            return [None] * self.num_envs
        seeds = [seed + index for index in range(self.num_envs)] if isinstance(seed, int) else list(seed)
        if len(seeds) != self.num_envs:
            raise UnknownOption(f"Expected one seed for each of {self.num_envs} environments, got {len(seeds)}.")
        return seeds

    def _all(self) -> Arrivals:
        """The last arrival of each environment."""
        lasts = [slot.last for slot in self._crew.slots if slot.last is not None]
        if len(lasts) < self.num_envs:
            raise ResetNeeded("Some environments have no episode: call reset() without a reset_mask first.")
        return batch(self.single_observation_space, range(self.num_envs), lasts)

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("This vector environment was closed: make a new one.")

    def _check_idle(self, what: str) -> None:
        self._check_open()
        if self._crew.pending or self._crew.held:
            raise AlreadyPendingCallError(f"Call receive() for what was sent before {what}().", what)

    def _check_ready(self, index: int) -> None:
        slot = self._crew.slots[index]
        if slot.order is not None or any(index == held for held, _ in self._crew.held):
            raise AlreadyPendingCallError(
                f"Environment {index} was sent an action: receive() its answer first.", "send"
            )
        if slot.last is None or (slot.last.done and self.autoreset_mode == AutoresetMode.DISABLED):
            raise ResetNeeded(f"Environment {index} has no episode: call reset() first.")

    def __del__(self) -> None:
        if not self.closed and "_team" in vars(self):
            self.close(terminate=True)
