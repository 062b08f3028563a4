"""Until a task is solved, its episodes are sent where none has been: with this library, as part of SEEK.

* What failed is shown. While a task has no success, round(share N) members of its group of N have up to ``shown`` episodes that
  failed in their hint, by their strategies, each member's drawn evenly among the different ones. They are trained under the plain
  prompt.
* What failed is not played again. A strategy that opens an episode, and with which ``after`` episodes of the task have failed,
  is refused and written anew, up to ``tries`` times; what comes then is played. Two strategies are the same if they share
  ``likeness`` of their words and signs (common ones / all of both, repetitions counted; 1: the same ones in any order; case and
  punctuation do not count). A strategy is cheap and an episode is dear: refused strategies cost tokens, and no step of the
  environment.

From the first success on nothing is shown or refused: then GRPO has something to learn from. Failures are remembered by task,
the last ``size``; a strategy that is forgotten may be tried again. What is refused conditions the model's own distribution on
the strategies that are left; the learner takes no account of it (probability ratios start at 1).

Assumes that an episode's first turn begins with a strategy (those that act first, or start late, are neither compared nor
remembered), and that tasks come back. With ``share`` 0 and ``tries`` 0 it is GRPO. All defaults are
ours (?); ``likeness`` below 1 is for models that say the same thing in many ways.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sge_agent.exploration.base import REFUSALS, Draft, Exploration, ExplorationContext
from sge_agent.memory import Entry, ReflectionMemory
from sge_agent.prompts import Attempt
from sge_agent.types import EpisodeSpec, Group

_TAG = "untried"


@dataclass(eq=False)
class Untried(Exploration):
    """Shows what failed on a task, and refuses to play it again, until something succeeds."""

    share: float = 1.0
    """Share of the group of an unsolved task that is shown what failed."""
    shown: int = 5
    """How many failed strategies each of them sees."""
    after: int = 1
    """A strategy is refused once it has failed so often."""
    tries: int = 8
    """How often a strategy is written anew at most; 0 refuses nothing."""
    likeness: float = 1.0
    """Strategies that share so much of their words are the same."""
    size: int = 64
    """How many failures of each task are remembered."""

    _memory: ReflectionMemory = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 < self.likeness <= 1:
            raise ValueError(
                f"share must be from 0 to 1 and likeness above 0 and at most 1, got {self.share} and {self.likeness}"
            )
        if min(self.shown, self.after, self.size) < 1 or not 0 <= self.tries <= REFUSALS:
            raise ValueError(
                f"shown, after and size must be 1 or more and tries from 0 to {REFUSALS}, got "
                f"{self.shown}, {self.after}, {self.size} and {self.tries}"
            )
        self._memory = ReflectionMemory(size=self.size)

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or not self.share:
            return specs
        members: dict[str, list[int]] = {}
        for i, spec in enumerate(specs):
            members.setdefault(spec.task.key, []).append(i)
        planned = list(specs)
        for key, numbers in members.items():
            failed = [] if self._solved(key) else list({e.strategies: e for e in self._memory.failures(key)}.values())
            free = (
                [i for i in numbers if specs[i].strategy and not specs[i].hint and not specs[i].tag] if failed else []
            )
            for i in free[: round(self.share * len(numbers))]:
                drawn = [failed[j] for j in sorted(map(int, ctx.rng.permutation(len(failed))[: self.shown]))]
                hint = ctx.prompts.reflection.render(failures=[Attempt(entry.strategies) for entry in drawn])
                sources = tuple(entry.source for entry in drawn)
                planned[i] = replace(specs[i], hint=hint, sources=sources, tag=_TAG, train="plain_prompt")
        return planned

    def accepts(self, draft: Draft, ctx: ExplorationContext) -> bool:
        if ctx.evaluation or draft.refused >= self.tries or draft.role != "strategy" or draft.position:
            return True
        key, words = draft.spec.task.key, _words(draft.text)
        if self._solved(key) or not _opens(draft.spec):
            return True
        alike = sum(_alike(words, _words(e.strategies[0])) >= self.likeness for e in self._memory.failures(key))
        return alike < self.after

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        played = [t for group in groups for t in group.trajectories if not t.error]
        for trajectory in played:
            opened = _opens(trajectory.spec) and trajectory.turns and trajectory.turns[0].strategy
            if trajectory.success or opened:
                self._memory.add(trajectory.task.key, Entry.of(trajectory, update=ctx.update))
        written = sum(t.generated_tokens for t in played)
        metrics["untried/unsolved"] = float(sum(not self._solved(group.task.key) for group in groups))
        metrics["untried/refused"] = sum(t.refused_tokens for t in played) / max(1, written)

    def state_dict(self) -> dict[str, Any]:
        return {"memory": self._memory.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._memory.load_state_dict(state["memory"])

    def _solved(self, key: str) -> bool:
        return bool(self._memory.successes(key))


def _opens(spec: EpisodeSpec) -> bool:
    """Does the episode open with a strategy?"""
    return spec.order == "strategy_first" and spec.start is None


def _words(text: str) -> Counter[str]:
    """Words and signs, without punctuation."""
    return Counter(re.findall(r"\w+|[^\w\s.,;:!?]", text.casefold()))


def _alike(a: Counter[str], b: Counter[str]) -> float:
    """Common words / all words; texts without any are the same."""
    every = (a | b).total()
    return (a & b).total() / every if every else 1.0
