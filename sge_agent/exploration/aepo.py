"""Entropy is held near a target by training on successes that were sampled hotter or colder (AEPO, arXiv 2510.08141).

* Control episodes: for a share of the update's tasks as many episodes again as their group has, at temperature ``hot`` where the
  last update's entropy was at most ``target``, else at ``cold``. The first update has none.
* Those better than the mean of the control episodes of their task, by more than 0.05 deviations, are kept, the first
  ``limit`` of them (half as many when cooling), with A = 1 on all tokens. All others have A = 0.
* The kept ones replace as many ordinary members, the first ones: those get A = 0, and still count among the tokens of the
  mean.

Control episodes enter no ordinary baseline. They are trained at temperature 1 (the learner's ``plain_temperature``), not at their
own, which is what moves the entropy. The entropy is the mean over all tokens of ordinary episodes, as they were sampled.

Assumes that ordinary episodes are sampled at temperature 1. With ``share`` 0 it is GRPO. Defaults: official code (0.75 is its best
``target``); which tasks get control episodes is drawn here, there the first ones of a shuffled batch.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.advantages import grpo
from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams, Trajectory

_TAG = "control"
_BETTER = 0.05
_ROLES: tuple[Role, ...] = ("strategy", "reasoning", "action")


@dataclass(eq=False)
class EntropyTarget(Exploration):
    """Plays control episodes at another temperature and trains on their successes."""

    target: float = 0.5
    """Entropy (nats per token) that is aimed at."""
    share: float = 0.25
    """Share of the update's tasks that get control episodes; at least one task."""
    hot: float = 1.2
    """Their temperature when the entropy is too low."""
    cold: float = 0.8
    """Their temperature when it is too high."""
    limit: int = 60
    """How many of them are kept at most."""

    needs = frozenset({"entropy"})

    _entropy: float | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or min(self.hot, self.cold) <= 0 or self.limit < 0:
            raise ValueError(
                "share must be between 0 and 1, hot and cold more than 0 and limit 0 or more, got "
                f"{self.share}, {self.hot}, {self.cold} and {self.limit}"
            )

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or self._entropy is None or not self.share:
            return specs
        sampling = dict.fromkeys(_ROLES, SamplingParams(temperature=self.cold if self._cools else self.hot))
        keys = sorted({spec.task.key for spec in specs})
        chosen = set(ctx.rng.permutation(keys)[: max(1, round(self.share * len(keys)))].tolist())
        controls = [
            EpisodeSpec(
                spec.task,
                seed=int(ctx.rng.integers(2**63)),
                sampling=sampling,
                tag=_TAG,
                in_baseline=False,
                train="plain_prompt",
            )
            for spec in specs
            if spec.task.key in chosen
        ]
        return [*specs, *controls]

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        kept = [(g, i) for g, group in enumerate(groups) if not group.missing for i in _successes(group)]
        count = min(self.limit, len(kept)) // (2 if self._cools else 1)
        chosen, replaced = set(kept[:count]), count
        formed = [list(own) for own in shaped.advantages]
        for g, group in enumerate(groups):
            for i, trajectory in enumerate(group.trajectories):
                if _is_control(trajectory):
                    formed[g][i] = np.full_like(formed[g][i], float((g, i) in chosen))
                elif replaced and not group.missing:
                    formed[g][i] = np.zeros_like(formed[g][i])
                    replaced -= 1
        return replace(shaped, advantages=formed)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        pairs = [
            (trajectory, entropies)
            for group, own in zip(groups, ctx.feature("entropy"), strict=True)
            for trajectory, entropies in zip(group.trajectories, own, strict=True)
        ]
        ordinary = np.concatenate([np.zeros(0), *(h for t, h in pairs if not _is_control(t))])
        if len(ordinary):
            self._entropy = float(ordinary.mean())
            metrics["aepo/entropy"] = self._entropy
        metrics["aepo/controls"] = float(sum(_is_control(t) for t, _ in pairs))

    def state_dict(self) -> dict[str, Any]:
        return {"entropy": self._entropy}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._entropy = None if state["entropy"] is None else float(state["entropy"])

    @property
    def _cools(self) -> bool:
        return self._entropy is not None and self._entropy > self.target


def _is_control(trajectory: Trajectory) -> bool:
    return trajectory.spec.tag == _TAG


def _successes(group: Group) -> list[int]:
    """Numbers of the control episodes that did better than those of their group did on average."""
    numbers = [i for i, t in enumerate(group.trajectories) if _is_control(t)]
    returns = np.array([group.trajectories[i].return_ for i in numbers], dtype=np.float64)
    found = grpo(returns, np.ones(len(numbers), dtype=bool))
    return [i for i, advantage in zip(numbers, found, strict=True) if advantage > _BETTER]
