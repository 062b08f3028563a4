"""Strategy reflection: some rollouts are shown strategies of earlier episodes of the same task (arXiv 2603.02045).

After a failure the model is asked to criticise what it tried and to do better, after a success to write something
inspired by it. In training only: an evaluation shows no hints.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.memory import Entry, Kind, ReflectionMemory
from sge_agent.prompts import MARKDOWN, Attempt, Prompts
from sge_agent.types import Credit, EpisodeSpec, Group


class StrategyReflection(Exploration):
    """Shows earlier strategies with their outcomes; the defaults are the paper's.

    * ``memory``: where finished episodes go. ``prompts``: the set that the agent uses, for the words of the hint.
    * ``members``: None lets each rollout draw with the two probabilities. A number makes that many rollouts of every
      group reflect, on failures or successes in the proportion of the probabilities, else on whichever there are.
    * A reflection on failures shows ``failures_shown`` of them; one on successes shows ``successes_shown`` of them and
      ``failures_beside_success`` failures. They are drawn evenly; ``distinct`` shows equal strategies once.
    * ``show_feedback``: add what the environment said at the end of a failure, cut to ``feedback_chars``.
    * ``train``: under which prompt the reflecting episodes are scored and trained (the paper: as sampled).
    """

    def __init__(
        self,
        memory: ReflectionMemory | None = None,
        *,
        p_failure: float = 0.25,
        p_success: float = 0.1,
        prompts: Prompts = MARKDOWN,
        failures_shown: int = 1,
        successes_shown: int = 1,
        failures_beside_success: int = 0,
        distinct: bool = True,
        show_feedback: bool = True,
        feedback_chars: int = 2000,
        members: int | None = None,
        train: Credit = "as_sampled",
    ) -> None:
        if min(p_failure, p_success) < 0 or p_failure + p_success > 1:
            raise ValueError(
                f"p_failure and p_success must be from 0 and add up to at most 1, got {p_failure} and {p_success}"
            )
        if members is not None and p_failure + p_success == 0:
            raise ValueError("with members set, p_failure and p_success give the proportion: one must be above 0")
        self.memory = memory if memory is not None else ReflectionMemory()
        self.p_failure = p_failure
        self.p_success = p_success
        self.prompts = prompts
        self.failures_shown = failures_shown
        self.successes_shown = successes_shown
        self.failures_beside_success = failures_beside_success
        self.distinct = distinct
        self.show_feedback = show_feedback
        self.feedback_chars = feedback_chars
        self.members = members
        self.train = train
        self._updates = 0

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        """Give hints to some of the episodes that have neither hint nor tag yet and that write strategies."""
        if ctx.evaluation:
            return specs
        kinds = self._kinds(specs, ctx.rng)
        return [self._reflect(spec, kind, ctx.rng) if kind else spec for spec, kind in zip(specs, kinds, strict=True)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        """Remember every episode that ended by itself and wrote strategies, reflecting ones too."""
        played = [t for group in groups for t in group.trajectories if not t.error]
        for trajectory in played:
            if trajectory.strategies:
                self.memory.add(trajectory.task.key, Entry.of(trajectory, update=self._updates))
        self.memory.sync()
        self._updates += 1
        for kind in ("failure", "success"):
            shown = [t.success for t in played if t.spec.tag == f"reflect_{kind}"]
            metrics[f"reflection/{kind}_share"] = len(shown) / max(1, len(played))
            if shown:
                metrics[f"reflection/{kind}_success"] = sum(shown) / len(shown)
        metrics["reflection/entries"] = float(len(self.memory))

    def state_dict(self) -> dict[str, Any]:
        return {"memory": self.memory.state_dict(), "updates": self._updates}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.memory.load_state_dict(state["memory"])
        self._updates = int(state["updates"])

    def hint(self, key: str, kind: Kind, rng: np.random.Generator) -> str:
        """The text shown to an episode of task ``key`` that reflects on a failure or a success."""
        return self._text(*self._shown(key, kind, rng))

    def _reflect(self, spec: EpisodeSpec, kind: Kind, rng: np.random.Generator) -> EpisodeSpec:
        failures, wins = self._shown(spec.task.key, kind, rng)
        sources = tuple(entry.source for entry in [*failures, *wins])
        return replace(spec, hint=self._text(failures, wins), sources=sources, tag=f"reflect_{kind}", train=self.train)

    def _text(self, failures: Sequence[Entry], wins: Sequence[Entry]) -> str:
        return self.prompts.reflection.render(
            failures=[Attempt(entry.strategies, self._feedback(entry)) for entry in failures],
            successes=[Attempt(entry.strategies) for entry in wins],
        )

    def _shown(self, key: str, kind: Kind, rng: np.random.Generator) -> tuple[list[Entry], list[Entry]]:
        """The failures and the successes that an episode of task ``key`` is shown."""
        wins = self._choose(self.memory.successes(key), self.successes_shown if kind == "success" else 0, rng)
        known = {entry.strategies for entry in wins} if self.distinct else set()
        others = tuple(entry for entry in self.memory.failures(key) if entry.strategies not in known)
        count = self.failures_shown if kind == "failure" else self.failures_beside_success
        return self._choose(others, count, rng), wins

    def _kinds(self, specs: Sequence[EpisodeSpec], rng: np.random.Generator) -> list[Kind | None]:
        kinds: list[Kind | None] = [None] * len(specs)
        open_to: dict[str, list[int]] = {}  # task key -> numbers of the specs that may reflect
        for i, spec in enumerate(specs):
            if spec.strategy and not spec.hint and not spec.tag:
                open_to.setdefault(spec.task.key, []).append(i)
        for key, numbers in open_to.items():
            if self.members is None:
                for i in numbers:
                    kinds[i] = self.memory.draw(key, rng, p_failure=self.p_failure, p_success=self.p_success)
            else:
                chosen = rng.choice(numbers, size=min(self.members, len(numbers)), replace=False)
                for i in sorted(map(int, chosen)):
                    kinds[i] = self._kind_of_member(key, rng)
        return kinds

    def _kind_of_member(self, key: str, rng: np.random.Generator) -> Kind | None:
        total = self.p_failure + self.p_success
        drawn = self.memory.draw(key, rng, p_failure=self.p_failure / total, p_success=self.p_success / total)
        if drawn is not None:
            return drawn
        return "failure" if self.memory.failures(key) else "success" if self.memory.successes(key) else None

    def _choose(self, entries: Sequence[Entry], count: int, rng: np.random.Generator) -> list[Entry]:
        """Up to ``count`` of them, drawn evenly, oldest first."""
        if self.distinct:
            entries = list({entry.strategies: entry for entry in entries}.values())
        chosen = rng.choice(len(entries), size=min(count, len(entries)), replace=False)
        return [entries[i] for i in sorted(map(int, chosen))]

    def _feedback(self, entry: Entry) -> str:
        return entry.feedback[: self.feedback_chars] if self.show_feedback else ""
