"""Dynamic sampling: for a group that teaches nothing, a group of another task is played beside it (DAPO, arXiv 2503.14476,
section 3.2).

A group whose returns are all equal has no gradient, and it takes no part in the mean over tokens either. So it need not
be thrown away, as in the paper: it stays in the metrics, the transcripts and the memory.

With ``rounds`` 0 it is GRPO. Default: ours; the paper samples until the batch is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group


@dataclass(eq=False)
class Refill(Exploration):
    """Asks for as many episodes of a task drawn at random, again for those that prove useless, in so many rounds."""

    rounds: int = 1
    """How often an update may be filled up; 0 for never."""

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise ValueError(f"rounds must be 0 or more, got {self.rounds}")

    def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
        others = [task for task in ctx.tasks if task.key != group.task.key]
        returns = {t.return_ for t in group.trajectories if not t.error}
        if ctx.evaluation or ctx.round >= self.rounds or len(returns) > 1 or not others:
            return (), ()
        task = others[int(ctx.rng.integers(len(others)))]
        count = sum(not t.error for t in group.trajectories)
        return [EpisodeSpec(task=task, seed=int(ctx.rng.integers(2**63))) for _ in range(count)], ()
