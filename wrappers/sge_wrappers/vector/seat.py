"""One environment in its worker: it obeys orders and answers each of them once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
from gymnasium.spaces import Space

from sge_wrappers.restart import is_misuse
from sge_wrappers.vector.arrivals import Arrival, EnvFailed

MakeEnv = Callable[[], gymnasium.Env[Any, Any]]


@dataclass(frozen=True, slots=True)
class Reset:
    seed: int | None
    options: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Act:
    """Step; with ``then_reset``, an episode that ends is followed by the next one at once (SAME_STEP)."""

    action: Any
    then_reset: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of the environment, or read an attribute."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """Set an attribute of the environment."""

    name: str
    value: Any


Order = Reset | Act | Call | Put


@dataclass(frozen=True, slots=True)
class About:
    """The first answer of a worker: its environment is there."""

    observation_space: Space[Any]
    action_space: Space[Any]
    metadata: dict[str, Any]
    render_mode: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """``misuse``: the caller's mistake, and the environment is well. ``dead``: the worker has ended with it."""

    error: Exception
    misuse: bool = False
    dead: bool = False


Answer = About | Arrival | Failed | tuple[Any]
"""A one-tuple holds the result of ``Call`` or ``Put``."""


def serve(make: MakeEnv, take: Callable[[], Order | None], answer: Callable[[Answer], None]) -> None:
    """Make the environment, obey until ``take`` returns None, and close it."""
    try:
        env = make()
    except BaseException as error:  # in a thread, nothing else would tell
        answer(Failed(_plain(error), dead=True))
        return
    try:
        answer(About(env.observation_space, env.action_space, dict(env.metadata), env.render_mode))
        while (order := take()) is not None:
            try:
                result = _obey(env, order)
            except BaseException as error:
                answer(Failed(_plain(error), misuse=is_misuse(error)))
            else:
                answer(result)
    finally:
        with contextlib.suppress(Exception):  # nobody listens any more
            env.close()


def _obey(env: gymnasium.Env[Any, Any], order: Order) -> Answer:
    if isinstance(order, Reset):
        return Arrival(*_reset(env, order.seed, order.options))
    if isinstance(order, Act):
        return _step(env, order)
    if isinstance(order, Put):
        env.set_wrapper_attr(order.name, order.value)
        return (None,)
    value = env.get_wrapper_attr(order.name)
    return (value(*order.arguments) if callable(value) else value,)


def _reset(
    env: gymnasium.Env[Any, Any], seed: int | None, options: dict[str, Any] | None
) -> tuple[Any, float, bool, bool, dict[str, Any]]:
    observation, info = env.reset(seed=seed, options=options)
    return observation, 0.0, False, False, info


def _step(env: gymnasium.Env[Any, Any], order: Act) -> Arrival:
    observation, reward, terminated, truncated, info = env.step(order.action)
    if order.then_reset and (terminated or truncated):
        final = {"final_obs": observation, "final_info": info}
        observation, info = env.reset()
        info = {**info, **final}
    return Arrival(observation, float(reward), bool(terminated), bool(truncated), info)


def _plain(error: BaseException) -> Exception:
    """An environment that calls ``sys.exit`` has failed as any other."""
    return error if isinstance(error, Exception) else EnvFailed(f"{type(error).__name__}: {error}")
