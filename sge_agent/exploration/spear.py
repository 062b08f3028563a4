"""Self-imitation on a curriculum: first a bonus for many turns, then ever more training on recent successes (SPEAR, arXiv
2509.22601).

With c(u) = (1 + cos(pi u / warmup)) / 2 up to update u = warmup, 0 after it:

* bonus: c(u) min(1, turn_bonus T) for an episode of T turns.
* replay: successes (return of at least ``threshold``) of the last ``age`` updates, the latest ``size``, with A = (1 - c(u))
  (r - P50), where P50 is the median of the last 10240 groups' mean returns, those with A > 0, ``per_update`` at random.
* a random 2 % of the replayed tokens, of those whose (A - mean A)(log p - mean log p) is between 2 and 60, count nothing.

Ratios compare with the policy that wrote the episode. With weight 0 and turn_bonus 0 it is GRPO. Schedules, threshold 1,
age 5, size 2048, median, 0.1 per turn and the tokens left out (v); how many join an update is our choice (?). What the paper
takes from elsewhere (clips, the best groups alone) is set in the learner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored
from sge_agent.exploration.stored import bare, from_json, plain, to_json
from sge_agent.exploration.tokens import logprobs
from sge_agent.types import Group, Trajectory

_MEANS, _LEFT_OUT, _BAND = 10240, 0.02, (2.0, 60.0)


@dataclass(eq=False)
class SelfImitation(Exploration):
    """Pays for turns early in training and replays successes later."""

    weight: float = 1.0
    """How much a replayed success counts in the end."""
    turn_bonus: float = 0.1
    """What a turn is worth at first; ten turns or more are worth 1."""
    warmup: int = 200
    """The update at which the bonus is gone and the replay complete."""
    per_update: int = 32
    """How many successes join an update at most."""
    age: int = 5
    """How many updates a success stays in the buffer."""
    size: int = 2048
    """How many successes the buffer holds."""
    threshold: float = 1.0
    """The return from which an episode is kept."""

    _kept: deque[tuple[int, Trajectory]] = field(init=False, repr=False)
    _means: deque[float] = field(default_factory=lambda: deque(maxlen=_MEANS), init=False, repr=False)

    def __post_init__(self) -> None:
        if min(self.weight, self.turn_bonus, self.per_update) < 0 or min(self.warmup, self.age, self.size) < 1:
            raise ValueError(
                "weight, turn_bonus and per_update must be 0 or more, and warmup, age and size at least 1, got "
                f"{self.weight}, {self.turn_bonus}, {self.per_update}, {self.warmup}, {self.age} and {self.size}"
            )
        self._kept = deque(maxlen=self.size)

    def early(self, update: int) -> float:
        """c(u): 1 at the start, 0 from ``warmup`` on."""
        return 0.5 * (1 + float(np.cos(np.pi * min(update, self.warmup) / self.warmup)))

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        scale = self.early(ctx.update)
        if not self.turn_bonus or not scale:
            return None
        return [[_last(len(t.turns), scale, self.turn_bonus) for t in group.trajectories] for group in groups]

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        weight = self.weight * (1 - self.early(ctx.update))
        if not weight or not self._means:
            return ()
        baseline = float(np.median(self._means))
        recent = [t for update, t in self._kept if ctx.update - update <= self.age and t.reward > baseline]
        drawn = sorted(ctx.rng.permutation(len(recent))[: self.per_update].tolist())
        chosen = [recent[i] for i in drawn]
        found = _thinned(chosen, [t.reward - baseline for t in chosen], ctx.rng)
        return [Scored(t, weight * a) for t, a in zip(chosen, found, strict=True)]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for group in groups:
            if group.trajectories:
                self._means.append(float(np.mean([t.reward for t in group.trajectories])))
            for t in group.trajectories:
                if t.reward >= self.threshold and t.sampled_tokens:
                    own = plain(t, ctx)
                    self._kept.append((ctx.update, bare(own, recompute=own.recompute)))
        while self._kept and ctx.update - self._kept[0][0] > self.age:
            self._kept.popleft()
        metrics["spear/kept"] = float(len(self._kept))
        metrics["spear/weight"] = self.weight * (1 - self.early(ctx.update))

    def state_dict(self) -> dict[str, Any]:
        kept = [{"update": update, "episode": to_json(t)} for update, t in self._kept]
        return {"means": list(self._means), "kept": kept}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._means = deque(map(float, state["means"]), maxlen=_MEANS)
        rows = [(int(row["update"]), from_json(row["episode"])) for row in state["kept"]]
        self._kept = deque(rows, maxlen=self.size)


def _last(turns: int, scale: float, per_turn: float) -> np.ndarray:
    out = np.zeros(turns)
    if turns:
        out[-1] = scale * min(1.0, per_turn * turns)
    return out


def _thinned(chosen: Sequence[Trajectory], values: Sequence[float], rng: np.random.Generator) -> list[np.ndarray]:
    """Each episode's advantage on all its tokens but those that are left out."""
    if not chosen:
        return []
    sizes = [t.sampled_tokens for t in chosen]
    a, logp = np.repeat(np.array(values), sizes), np.concatenate([logprobs(t) for t in chosen])
    covariance = (a - a.mean()) * (logp - logp.mean())
    among = np.flatnonzero((covariance > _BAND[0]) & (covariance < _BAND[1]))
    a[rng.permutation(among)[: int(_LEFT_OUT * len(a))]] = 0.0
    return np.split(a, np.cumsum(sizes)[:-1])
