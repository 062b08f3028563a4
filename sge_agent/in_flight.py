"""Batches that were played and not yet learned from, as text: a checkpoint keeps them, so that a resumed run learns from the
same episodes.

Numbers, tokens and snapshots come back as they were; of ``info``, tuples come back as lists. What was asked of the model in each
turn is not kept: it follows from the agent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sge_agent.exploration.base import ExplorationContext
from sge_agent.jsonlines import jsonable
from sge_agent.pipeline import Batch
from sge_agent.transcripts import trajectory_from_json, trajectory_to_json
from sge_agent.types import Group, TaskRef, Trajectory

FILE = "in_flight.json"
"""The name in the folder of a checkpoint."""


def to_text(batches: Sequence[Batch]) -> str:
    return json.dumps(jsonable([_batch(batch) for batch in batches]))


def from_text(text: str, context: Callable[[int], ExplorationContext]) -> list[Batch]:
    """The batches; ``context`` makes what each was played with, from its update, and its random numbers go on where they were."""
    return [_read_batch(row, context) for row in json.loads(text)]


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "update": batch.update,
        "rng": batch.ctx.rng.bit_generator.state,
        "groups": [
            {
                "task": {"env": group.task.env, "seed": group.task.seed, "options": dict(group.task.options)},
                "missing": group.missing,
                "episodes": [_episode(trajectory) for trajectory in group.trajectories],
            }
            for group in batch.groups
        ],
    }


def _read_batch(row: Mapping[str, Any], context: Callable[[int], ExplorationContext]) -> Batch:
    ctx = context(row["update"])
    ctx.rng.bit_generator.state = row["rng"]
    groups = [
        Group(TaskRef(**group["task"]), tuple(_read_episode(one) for one in group["episodes"]), group["missing"])
        for group in row["groups"]
    ]
    return Batch(update=row["update"], groups=groups, ctx=ctx, seconds=0.0)


def _episode(trajectory: Trajectory) -> dict[str, Any]:
    return {
        **trajectory_to_json(trajectory, lambda tokens: ""),
        "whole_first_info": trajectory.first_info,
        "whole_infos": [turn.info for turn in trajectory.turns],
        "start": _text(trajectory.spec.start),
        "snapshots": [_text(turn.snapshot) for turn in trajectory.turns],
        "wants_snapshots": trajectory.spec.snapshots,
    }


def _read_episode(row: Mapping[str, Any]) -> Trajectory:
    bare = trajectory_from_json(row)
    kept = zip(bare.turns, row["whole_infos"], row["snapshots"], strict=True)
    return replace(
        bare,
        spec=replace(bare.spec, start=_bytes(row["start"]), snapshots=row["wants_snapshots"]),
        first_info=row["whole_first_info"],
        turns=tuple(replace(turn, info=info, snapshot=_bytes(snapshot)) for turn, info, snapshot in kept),
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
