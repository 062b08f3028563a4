"""Turns are credited by whether they helped (self-attributing of AgentEvolver, arXiv 2511.10395).

    A'_t = A + weight sum_(l >= t) z_l

Each turn is GOOD (1) or BAD (-1), and z are these labels, centred and scaled over the group's turns, where every episode has the
same weight. A turn gets its own and those of the turns that it led to. (A is what the paper's outcome reward, given to
the last turn, comes to.)

``label`` says who decides:

* "judge": the policy itself. It reads the goal, what was done and seen in each turn, and how it ended, and says GOOD or BAD of each
  (one question per episode, nothing of it is trained). As in the paper, where a far stronger model judges.
* "new_state": GOOD if the turn led to a state (``info["state_key"]``) not yet met in the episode, and no action error.
* "progress": GOOD if ``info["progress"]`` rose. Of use only where the environment tells it before the end.

A turn of which that is unknown is neither. With ``weight`` 0 it is GRPO. Defaults: ``weight`` is that of the paper (its script has
0.2); labels without a judge, the default among them, and the words of the question are ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.questions import answers, retold
from sge_agent.exploration.tokens import per_episode, turns
from sge_agent.types import Group, Trajectory


@dataclass(eq=False)
class SelfAttributing(Exploration):
    """Adds to the advantage of each turn's tokens whether it, and those after it, helped."""

    weight: float = 0.1
    """How much a label of one deviation counts."""
    label: Literal["new_state", "progress", "judge"] = "new_state"
    """What makes a turn good: a state that is new in the episode, progress that the environment tells, or what the policy
    says when it is asked."""

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"weight must be 0 or more, got {self.weight}")

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        if not self.weight:
            return shaped
        formed = [
            [
                a + self.weight * np.cumsum(z[::-1])[::-1][turns(t)]
                for t, a, z in zip(group.trajectories, own, _standard(labels), strict=True)
            ]
            for group, own, labels in zip(groups, shaped.advantages, self._labels(groups, ctx), strict=True)
        ]
        return replace(shaped, advantages=formed)

    def _labels(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]]:
        """1, -1 or not a number for each turn of each episode."""
        if self.label == "judge":
            episodes = [t for group in groups for t in group.trajectories]
            judged = iter(map(_judgement, answers(ctx, [_question(t) for t in episodes]), episodes))
            return [[next(judged) for _ in group.trajectories] for group in groups]
        return per_episode(groups, _new_states if self.label == "new_state" else _progress)


def _question(trajectory: Trajectory) -> str:
    return f"{retold(trajectory)}\nDid each step help? Write one line per step: its number, and GOOD or BAD.\n"


def _judgement(answer: str, trajectory: Trajectory) -> np.ndarray:
    labels = np.full(len(trajectory.turns), np.nan)
    for number, word in re.findall(r"(\d+)\W+(GOOD|BAD)\b", answer.upper()):
        if 1 <= int(number) <= len(labels):
            labels[int(number) - 1] = 1.0 if word == "GOOD" else -1.0
    return labels


def _standard(labels: Sequence[np.ndarray]) -> list[np.ndarray]:
    """z of each turn, 0 where its label is not a number."""
    known = [own[~np.isnan(own)] for own in labels]
    known = [own for own in known if len(own)]
    if not known:
        return [np.zeros(len(own)) for own in labels]
    mean = np.mean([own.mean() for own in known])
    deviation = np.sqrt(np.mean([np.square(own - mean).mean() for own in known]))
    return [np.nan_to_num((own - mean) / (deviation + 1e-6), nan=0.0) for own in labels]


def _new_states(trajectory: Trajectory) -> np.ndarray:
    seen = {trajectory.first_info.get("state_key")}
    labels = []
    for turn in trajectory.turns:
        key = turn.info.get("state_key")
        good = key not in seen and not turn.info.get("action_error")
        labels.append(np.nan if key is None else 1.0 if good else -1.0)
        seen.add(key)
    return np.array(labels)


def _progress(trajectory: Trajectory) -> np.ndarray:
    told = [info.get("progress") for info in (trajectory.first_info, *(turn.info for turn in trajectory.turns))]
    return np.array(
        [
            np.nan if before is None or after is None else 1.0 if after > before else -1.0
            for before, after in pairwise(told)
        ]
    )
