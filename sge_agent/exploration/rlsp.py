"""Exploration is paid for as such, by length or by a grade (RLSP, arXiv 2502.06773).

* Length: r - price / length, where ``length`` counts the tokens that the model wrote in the episode. It grows with the length
  and is never above r, but a very short episode loses a lot; the default is made for answers of thousands of tokens. It
  invites padding: look at the token counts of a run that uses it.
* Grade: (1 - share) r + share grade, where the policy itself is asked how much effort and how many ideas the episode shows, from
  0 to 1; an answer without such a number counts as 0.5. In the paper a stronger model grades.

The bonus comes with the last turn, before the group's baseline. With ``price`` or ``share`` 0 it is GRPO. Defaults: official
code (its runs also have a price of 1000); the words of the question are ours, and the paper's price of 0.5 for an answer
without the asked form is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.exploration.questions import answers, retold
from sge_agent.exploration.tokens import per_episode
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class LengthReward(Exploration):
    """A negative reward at the end of each episode that shrinks with its length."""

    price: float = 20.0
    """What an episode of a single token loses."""

    def __post_init__(self) -> None:
        if self.price < 0:
            raise ValueError(f"price must be 0 or more, got {self.price}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        return per_episode(groups, self._price) if self.price else None

    def _price(self, trajectory: Trajectory) -> np.ndarray:
        values = np.zeros(len(trajectory.turns))
        values[-1:] = -self.price / max(1, trajectory.sampled_tokens)
        return values


@dataclass(eq=False)
class GradedExploration(Exploration):
    """Replaces a share of the reward by the policy's own grade of the episode."""

    share: float = 0.2
    """How much of the reward is the grade."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share must be between 0 and 1, got {self.share}")

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        if not self.share:
            return None
        asked = [f"{retold(t)}\n{_QUESTION}\n" for group in groups for t in group.trajectories]
        grades = iter(map(_grade, answers(ctx, asked)))
        return per_episode(groups, lambda t: self._of(t, next(grades)))

    def _of(self, trajectory: Trajectory, grade: float) -> np.ndarray:
        values = np.zeros(len(trajectory.turns))
        values[-1:] = self.share * (grade - trajectory.reward)
        return values


_QUESTION = (
    "How much effort and how many ideas does this show: other ways tried, results checked, mistakes taken back? "
    "Answer with a number from 0 to 1."
)


def _grade(answer: str) -> float:
    found = re.search(r"\d+(?:\.\d+)?", answer)
    grade = float(found[0]) if found else 0.5
    return grade if grade <= 1 else 0.5
