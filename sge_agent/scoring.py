"""What an update trains on: from groups of episodes to rows with an advantage for each token.

Bonus, baseline, shape, replay, credit, in this order; all of it happens before the first forward pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sge_agent.advantages import Estimator, grpo, separate
from sge_agent.batch import Row, rows_of
from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.types import Group, Trajectory


@dataclass(frozen=True, slots=True)
class Scoring:
    """How episodes are compared and credited.

    ``separate_baselines``: episodes that were shown a hint are compared with each other, and those without too.
    ``plain_temperature``: an episode trained under the plain prompt, whether it had a hint or not, is scored at temperature 1
    ("one"), or at that of each token ("sampled").
    """

    estimator: Estimator = grpo
    separate_baselines: bool = False
    plain_temperature: Literal["one", "sampled"] = "one"

    def rows(
        self, groups: Sequence[Group], exploration: Exploration, ctx: ExplorationContext
    ) -> tuple[list[Row], dict[str, float]]:
        """The rows of an update, and how much of what was played they are.

        Episodes that broke are left out, and whole groups that miss a member because of it. So are groups without any
        advantage, unless the method has a loss of its own.
        """
        episodes = whole(groups)
        episodes = _with_bonus(episodes, exploration.bonus(episodes, ctx))
        scores = [self._advantages(group) for group in episodes]
        base = [
            [np.full(t.sampled_tokens, score) for t, score in zip(group.trajectories, own, strict=True)]
            for group, own in zip(episodes, scores, strict=True)
        ]
        shaped = exploration.shape(episodes, Shaped(base), ctx)
        rows: list[Row] = []
        for g, group in enumerate(episodes):
            if group.missing:
                continue
            if not exploration.adds_loss and not any(own.any() for own in shaped.advantages[g]):
                continue
            for i, trajectory in enumerate(group.trajectories):
                extras = {name: values[g][i] for name, values in shaped.extras.items()}
                rows += self._credit(trajectory, shaped.advantages[g][i], extras, ctx, len(rows))
        for scored in exploration.replay(ctx):
            rows += rows_of(scored.trajectory, scored.advantages, scored.extras, sequence=len(rows))
        rows = _with_all_extras(rows)
        played = sum(len(group.trajectories) for group in groups)
        return rows, {
            "rows": float(len(rows)),
            "tokens": float(sum(len(row.at) for row in rows)),
            "equal_groups": sum(not own.any() for own in scores) / max(1, len(episodes)),
            "zero_advantage": _share_of_zeros([own for arrays in shaped.advantages for own in arrays]),
            "broken_episodes": float(played - sum(len(group.trajectories) for group in episodes)),
            "incomplete_groups": float(sum(group.missing > 0 for group in groups)),
        }

    def _advantages(self, group: Group) -> np.ndarray:
        if group.missing:
            return np.zeros(len(group.trajectories))
        returns = np.array([t.return_ for t in group.trajectories], dtype=np.float64)
        counts = np.array([t.spec.in_baseline for t in group.trajectories], dtype=bool)
        if self.separate_baselines:
            return separate(self.estimator, returns, counts, [bool(t.spec.hint) for t in group.trajectories])
        return self.estimator(returns, counts)

    def _credit(
        self,
        trajectory: Trajectory,
        advantages: np.ndarray,
        extras: Mapping[str, np.ndarray],
        ctx: ExplorationContext,
        sequence: int,
    ) -> list[Row]:
        """The rows of an episode under the prompt or prompts that its spec names; "both" gives each half the weight."""
        how = trajectory.spec.train
        if how == "no" or not trajectory.sampled_tokens:
            return []
        if how == "as_sampled" or (how == "both" and not trajectory.spec.hint):
            return rows_of(trajectory, advantages, extras, sequence=sequence)
        if trajectory.spec.hint and ctx.rewrite is None:
            raise ValueError(f"an episode is to be trained as {how!r}: the context needs a rewrite function for that")
        plain = ctx.rewrite(trajectory, "") if trajectory.spec.hint and ctx.rewrite else trajectory
        share = 0.5 if how == "both" else 1.0
        temperature = 1.0 if self.plain_temperature == "one" else None
        rows = rows_of(plain, share * advantages, extras, temperature=temperature, sequence=sequence)
        if how == "both":
            rows += rows_of(trajectory, share * advantages, extras, sequence=sequence + len(rows))
        return rows


def whole(groups: Sequence[Group]) -> list[Group]:
    """The groups without the episodes that broke; what the hooks get to see."""
    return [group.with_trajectories([t for t in group.trajectories if not t.error]) for group in groups]


def _with_bonus(groups: Sequence[Group], bonus: list[list[np.ndarray]] | None) -> list[Group]:
    if bonus is None:
        return list(groups)
    return [
        group.with_trajectories([_add(t, own) for t, own in zip(group.trajectories, extra, strict=True)])
        for group, extra in zip(groups, bonus, strict=True)
    ]


def _add(trajectory: Trajectory, bonus: np.ndarray) -> Trajectory:
    if len(bonus) != len(trajectory.turns):
        raise ValueError(f"bonus: expected one value for each of {len(trajectory.turns)} turns, got {len(bonus)}")
    turns = (replace(turn, bonus=turn.bonus + float(b)) for turn, b in zip(trajectory.turns, bonus, strict=True))
    return replace(trajectory, turns=tuple(turns))


def _with_all_extras(rows: Sequence[Row]) -> list[Row]:
    """Every row with the extras of all; not a number: "nothing said", which for clip bounds means the learner's own."""
    names = sorted({name for row in rows for name in row.extras})
    return [replace(row, extras={n: row.extras.get(n, np.full(len(row.at), np.nan)) for n in names}) for row in rows]


def _share_of_zeros(arrays: Sequence[np.ndarray]) -> float:
    total = sum(own.size for own in arrays)
    return 1 - sum(int(np.count_nonzero(own)) for own in arrays) / total if total else 0.0
