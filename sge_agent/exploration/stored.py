"""Episodes that a method keeps to train on again: as they would have been without a hint, and without what training does
not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sge_agent.exploration.base import ExplorationContext
from sge_agent.transcripts import trajectory_from_json, trajectory_to_json
from sge_agent.types import EpisodeSpec, Trajectory


def plain(trajectory: Trajectory, ctx: ExplorationContext) -> Trajectory:
    """The episode under the prompt without its hint. Raises ``ValueError`` where the context cannot rewrite it."""
    if not trajectory.spec.hint:
        return trajectory
    if ctx.rewrite is None:
        raise ValueError("to replay an episode without its hint the context needs a rewrite function")
    return ctx.rewrite(trajectory, "")


def bare(trajectory: Trajectory, *, recompute: bool) -> Trajectory:
    """What training needs of an episode, and nothing else. ``recompute``: its probability ratios start at 1."""
    return Trajectory(
        spec=EpisodeSpec(task=trajectory.task),
        turns=tuple(
            replace(turn, observation="", strategy="", action="", info={}, requests=(), bonus=0.0, snapshot=None)
            for turn in trajectory.turns
        ),
        contexts=trajectory.contexts,
        policy_versions=trajectory.policy_versions,
        recompute=recompute,
    )


def to_json(trajectory: Trajectory) -> dict[str, Any]:
    """A bare episode in JSON's types."""
    return trajectory_to_json(trajectory, _no_text)


def from_json(row: Mapping[str, Any]) -> Trajectory:
    """A bare episode as :func:`to_json` gave it."""
    return trajectory_from_json(row)


def _no_text(tokens: Sequence[int]) -> str:
    return ""
