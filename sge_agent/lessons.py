"""What a demonstration teaches a base model that is to be narrow in what it proposes and wide in what it carries out.

Large models are so by themselves; a small one is made so. There are three kinds of lesson:

* natural: the strategy is a usual one of the task, and is followed; all unusual ones are to stay improbable.
* instructed: the strategy is any of the repertoire, and is followed; the strategy itself is not learned.
* reflection: strategies that failed are shown, and the new one is not among them: a usual one while there is one left, then any
  of the repertoire; or one that worked is shown, and is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sge_agent.prompts import COMPACT, Attempt

MIX = {"natural": 0.3, "instructed": 0.3, "reflection": 0.4}
"""The share of each kind."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """``strategy`` is what the teacher writes under ``hint``; ``learn``: whether the model learns to write it too; ``avoid`` are
    the strategies that it learns not to write here."""

    strategy: str
    hint: str = ""
    learn: bool = True
    avoid: tuple[str, ...] = ()


class Desk:
    """A text as an environment that takes one action and judges nothing: no lesson knows whether it solves its task."""

    def __init__(self, text: str) -> None:
        self.text = text

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        return self.text, {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", 0.0, True, False, {}

    def close(self) -> None: ...


def draw_lesson(repertoire: Sequence[str], usual: Sequence[str], rng: np.random.Generator) -> Lesson:
    """A lesson of a random kind for a task on which the base is to propose the strategies ``usual``."""
    kind = str(rng.choice(list(MIX), p=list(MIX.values())))
    if kind == "instructed":
        return Lesson(_one(repertoire, rng), learn=False)
    if kind == "natural":
        return Lesson(_one(usual, rng), avoid=tuple(one for one in repertoire if one not in usual))
    order = [*rng.permutation(usual)] if rng.random() < 0.7 else []
    most = min(6, len(repertoire))  # one at least is left to be tried
    failed = list(dict.fromkeys(str(one) for one in (*order, *rng.permutation(repertoire))))
    failed = failed[: int(rng.integers(1, most))]
    if rng.random() < 0.3:
        worked = _one(repertoire, rng)
        failed = [one for one in failed if one != worked][: int(rng.integers(0, 3))]
        return Lesson(worked, hint=hint_of(failed, [worked], rng))
    left = [one for one in usual if one not in failed] or [one for one in repertoire if one not in failed]
    return Lesson(_one(left, rng), hint=hint_of(failed, [], rng))


def hint_of(failed: Sequence[str], worked: Sequence[str], rng: np.random.Generator) -> str:
    """What reflection shows the model, in the compact prompts: the failed strategies in random order, and one that worked."""
    failures = [Attempt((str(one),)) for one in rng.permutation(list(failed))]
    return COMPACT.reflection.render(failures=failures, successes=[Attempt((one,)) for one in worked])


def _one(strategies: Sequence[str], rng: np.random.Generator) -> str:
    return str(rng.choice(list(strategies)))
