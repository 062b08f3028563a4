"""Failures are tried again with a critique, and one refinement joins the group as an answer to the plain question
(Critique-GRPO, arXiv 2506.03106).

Every failed member of a group (at most ``refined`` of them) is played once more with what it tried and the environment's
feedback as the hint. One of these joins the group: a success where there is one, else the best; the others are left out. It
counts in the baseline like any member, and is trained under the prompt without the hint by -A f(p), f(p) = p / (p + gamma), in
place of the clipped ratio, where p is the probability of each token as it is being trained. The weight of a token's log p is
f (1 - f), largest at p = gamma: what the policy would hardly ever write is not forced on it. With ``refined`` 0 it is GRPO.

Formula, gamma 0.1 and one refinement in the group (v). There all members are refined, successes too, A is the difference from
the mean (choose the advantage dr_grpo), and the clip is off for all; here failures alone, since that halves the cost, and the
other members keep the learner's clip (?). The critique there is a larger model's or the verdict; here it is the feedback.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.prompts import Attempt
from sge_agent.types import EpisodeSpec, Group, Trajectory

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

_TAG = _EXTRA = "critique"


@dataclass(eq=False)
class CritiqueRefinement(Exploration):
    """Has failed members refined, and trains on the best refinement of each group."""

    refined: int = 8
    """How many failures of a group are refined at most; 0 for none."""
    gamma: float = 0.1
    """The probability at which a refinement's token counts most."""
    feedback_chars: int = 2000
    """How much of the environment's feedback a critique holds."""

    def __post_init__(self) -> None:
        if self.refined < 0 or self.gamma <= 0 or self.feedback_chars < 0:
            raise ValueError(
                "refined and feedback_chars must be 0 or more and gamma more than 0, got "
                f"{self.refined}, {self.feedback_chars} and {self.gamma}"
            )

    @property
    def adds_loss(self) -> bool:
        return self.refined > 0

    def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
        tries = [i for i, t in enumerate(group.trajectories) if t.spec.tag == _TAG]
        if tries:
            best = max(tries, key=lambda i: _rank(group.trajectories[i]))
            return (), [i for i in tries if i != best]
        if ctx.evaluation or not self.refined:
            return (), ()
        failures = [t for t in group.trajectories if t.turns and not t.error and not t.success]
        return [self._again(t, ctx) for t in failures[: self.refined]], ()

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not self.refined:
            return shaped
        marks = [[t.spec.tag == _TAG for t in group.trajectories] for group in groups]
        pairs = [list(zip(own, mark, strict=True)) for own, mark in zip(shaped.advantages, marks, strict=True)]
        rest = [[np.zeros(len(a)) if mark else a for a, mark in own] for own in pairs]
        moved = [[a if mark else np.full(len(a), np.nan) for a, mark in own] for own in pairs]
        return replace(shaped, advantages=rest).with_extra(_EXTRA, moved)

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        advantages = batch.extras.get(_EXTRA)
        if advantages is None:
            return None
        p = logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0].exp()
        return -advantages.nan_to_num(nan=0.0) * p / (p + self.gamma)

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        tries = [t.success for group in groups for t in group.trajectories if t.spec.tag == _TAG]
        metrics["critique/refinements"] = float(len(tries))
        if tries:
            metrics["critique/success"] = sum(tries) / len(tries)

    def _again(self, t: Trajectory, ctx: ExplorationContext) -> EpisodeSpec:
        shown = t.strategies or tuple(turn.action for turn in t.turns)
        feedback = str(t.last_info.get("feedback") or "")[: self.feedback_chars]
        hint = ctx.prompts.reflection.render(failures=[Attempt(shown, feedback)])
        return replace(t.spec, seed=int(ctx.rng.integers(2**63)), hint=hint, sources=(), tag=_TAG, train="plain_prompt")


def _rank(trajectory: Trajectory) -> tuple[bool, bool, float]:
    return (not trajectory.error, trajectory.success, trajectory.reward)
