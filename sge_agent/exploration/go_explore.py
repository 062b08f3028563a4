"""Groups begin where few episodes have been: an archive of states that can be returned to (Go-Explore, arXiv 1901.10995).

A cell is a state (``info["state_key"]``) of a task, with a snapshot of the environment, the return and the number of turns
that led there, and how often it has been seen since. With probability ``share`` all episodes of a task start from one cell,
drawn with weight (seen + 1)^-1/2; they share it, since a baseline over different starts would compare starts. A cell is
replaced by a way with a higher return, or an equal one with fewer turns, and is then counted anew. States that ended an episode,
or whose key is unknown, are no cells. An episode that starts from a cell sees the observation there and none of what came
before; it goes on to its end, and is rewarded for what it does itself. Share 0 is GRPO.

Weight, replacement and the other counts' weight of 0 (v); there 100 frames are played from a cell with random actions, here
the policy plays, and half of the groups start at the root (?). Needs environments with ``snapshot()``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class Cell:
    """A state that can be returned to, and the best way there so far. ``actions`` are those tried in it, oldest first."""

    snapshot: bytes
    score: float
    turns: int
    observation: str = ""
    actions: tuple[str, ...] = ()
    seen: int = 0


@dataclass(eq=False)
class GoExplore(Exploration):
    """Starts some groups from states that earlier episodes have reached."""

    share: float = 0.5
    """Share of the tasks of an update that start from the archive, once it has a cell for them."""
    size: int = 200
    """How many cells a task has at most; what was seen most often makes room."""

    _cells: dict[str, dict[str, Cell]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.size < 1:
            raise ValueError(f"share must be between 0 and 1 and size at least 1, got {self.share} and {self.size}")

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or not self.share:
            return specs
        tasks = list(dict.fromkeys(spec.task.key for spec in specs if spec.start is None))
        drawn = [key for key in tasks if ctx.rng.random() < self.share and self._cells.get(key)]
        starts = dict(zip(drawn, self._choose(drawn, ctx), strict=True))
        return [
            replace(spec, snapshots=True, start=cell.snapshot, tag="archive")
            if (cell := starts.get(spec.task.key))
            else replace(spec, snapshots=True)
            for spec in specs
        ]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        played = [t for group in groups for t in group.trajectories]
        for trajectory in played:
            self._remember(trajectory)
        metrics["go_explore/cells"] = float(sum(map(len, self._cells.values())))
        metrics["go_explore/share"] = sum(t.spec.start is not None for t in played) / max(1, len(played))

    def state_dict(self) -> dict[str, Any]:
        return {key: {name: _to_json(cell) for name, cell in cells.items()} for key, cells in self._cells.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._cells = {key: {name: _from_json(row) for name, row in cells.items()} for key, cells in state.items()}

    def _choose(self, keys: Sequence[str], ctx: ExplorationContext) -> list[Cell]:
        """One cell for each of the tasks, which all have one."""
        return [self._draw(key, ctx.rng) for key in keys]

    def _draw(self, key: str, rng: np.random.Generator) -> Cell:
        cells = list(self._cells[key].values())
        weights = np.array([(cell.seen + 1) ** -0.5 for cell in cells])
        return cells[int(rng.choice(len(cells), p=weights / weights.sum()))]

    def _remember(self, trajectory: Trajectory) -> None:
        cells = self._cells.setdefault(trajectory.task.key, {})
        name = trajectory.first_info.get("state_key")
        begun = cells.get(str(name)) if trajectory.spec.start is not None else None
        score, turns = (begun.score, begun.turns) if begun else (0.0, 0)
        following = [turn.observation for turn in trajectory.turns[1:]] + [trajectory.final_observation]
        for turn, observation in zip(trajectory.turns, following, strict=True):
            self._tried(cells, name, turn)
            score, turns, name = score + turn.reward, turns + 1, turn.info.get("state_key")
            if name is not None and turn.snapshot is not None:
                old = cells.get(name)
                if old is None or score > old.score or (score == old.score and turns < old.turns):
                    cells[name] = Cell(turn.snapshot, score, turns, observation, old.actions if old else ())
        while len(cells) > self.size:
            del cells[max(cells, key=lambda key: cells[key].seen)]

    def _tried(self, cells: dict[str, Cell], name: Any, turn: Turn) -> None:
        """Count a visit of the cell that a turn began in, if it is one."""
        cell = cells.get(str(name))
        if cell is not None:
            actions = tuple(dict.fromkeys((*cell.actions, turn.action)))
            cells[str(name)] = replace(cell, seen=cell.seen + 1, actions=actions)


def _to_json(cell: Cell) -> dict[str, Any]:
    return {**asdict(cell), "snapshot": base64.b64encode(cell.snapshot).decode()}


def _from_json(row: Mapping[str, Any]) -> Cell:
    return Cell(**{**row, "snapshot": base64.b64decode(row["snapshot"]), "actions": tuple(row["actions"])})
