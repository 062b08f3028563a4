"""What the sentences of the contract are tried with: an env to play, and words for what may break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium

Step = tuple[Any, Any, Any, Any, dict[str, Any]]
Env = gymnasium.Env[str, str]


class Broken(Exception):
    """The sentence does not hold; the message says what was seen."""


class Untestable(Exception):
    """This env cannot show whether the sentence holds; the message says why."""


@dataclass
class Probe:
    """The env under test and how far to play it. ``turns`` bounds each walk, ``oracle_turns`` each solution."""

    env: Env
    seed: int = 0
    turns: int = 30
    oracle_turns: int = 500
    made: list[Env] = field(default_factory=list)

    def fresh(self, **changes: Any) -> Env:
        """Another env of the same spec."""
        if self.env.spec is None:
            raise Untestable("the env has no spec: make it with gymnasium.make(id) to test this")
        self.made.append(self.env.spec.make(**changes))
        return self.made[-1]

    def own(self, name: str) -> Any:
        """``name`` of the env inside all wrappers."""
        return self.env.get_wrapper_attr(name)

    def walk(self, env: Env, info: dict[str, Any], turns: int) -> tuple[list[str], list[Step]]:
        """Play up to ``turns`` actions, spread over the admissible ones or else the oracle's; what was played, what
        came."""
        actions: list[str] = []
        steps: list[Step] = []
        for turn in range(turns):
            admissible = info.get("admissible_actions")
            action = admissible[turn * 7919 % len(admissible)] if admissible else env.get_wrapper_attr("oracle")()
            steps.append(env.step(action))
            actions.append(action)
            info = steps[-1][4]
            if steps[-1][2] or steps[-1][3]:
                break
        return actions, steps

    def solve(self, seed: int) -> list[Step]:
        """The oracle's episode."""
        self.env.reset(seed=seed)
        steps: list[Step] = []
        while len(steps) < self.oracle_turns and not (steps and (steps[-1][2] or steps[-1][3])):
            steps.append(self.env.step(self.own("oracle")()))
        return steps


def replay(env: Env, actions: Sequence[str]) -> list[Step]:
    """The steps of ``actions``, up to the end of the episode."""
    steps: list[Step] = []
    for action in actions:
        steps.append(env.step(action))
        if steps[-1][2] or steps[-1][3]:
            break
    return steps


def expect(holds: bool, otherwise: str) -> None:
    """Raise ``Broken`` unless it holds."""
    if not holds:
        raise Broken(otherwise)


def equal(name: str, first: object, second: object) -> None:
    """Raise ``Broken``, with both, unless they are equal."""
    if first != second:
        raise Broken(f"{name}: {brief(first)} and then {brief(second)}")


def raises(kinds: type[Exception] | tuple[type[Exception], ...], what: str, call: Callable[[], object]) -> None:
    """``call`` has to raise one of ``kinds``, with a message."""
    try:
        call()
    except kinds as error:
        expect(len(str(error)) > 10, f"{what} raised {type(error).__name__} with no sentence: {str(error)!r}")
    except Exception as error:
        raise Broken(f"{what} raised {error!r}, expected {kinds}") from error
    else:
        raise Broken(f"{what} raised nothing")


def brief(value: object) -> str:
    """``repr``, shortened in the middle."""
    text = repr(value)
    return text if len(text) < 300 else f"{text[:200]} ... {text[-90:]}"
