"""Every method on top of SGE in a whole run, from playing to learning, on an environment that can be returned to."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from sge_agent.exploration.table import METHODS
from tests.sge_agent.small_runs import Lucky, metrics, run


class TwoRooms(Lucky):
    """One turn on the way, and then :class:`Lucky`'s."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        observation, info = super().reset(seed=seed, options=options)
        self.through = "snapshot" in (options or {})
        return observation, info

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if self.through:
            return super().step(action)
        self.through = True
        return "You are in the second room.", 0.0, False, False, {"state_key": f"second {action[:1]}", "progress": 0.5}

    def snapshot(self) -> bytes:
        return b"second"


@pytest.mark.parametrize("name", METHODS)
def test_on_top_of_sge_a_run_comes_to_its_end(name: str, tmp_path: Path) -> None:
    run(
        tmp_path / "run",
        make_env=TwoRooms,
        explore=f"sge+{name}",
        updates=2,
        checkpoint_every=2,
        eval_every=0,
        eval_episodes=0,
        held_out_tasks=0,
    )
    rows = metrics(tmp_path / "run")
    assert len(rows) == 2
    for row in rows:
        assert row["learner/broken_episodes"] == row["learner/skipped_steps"] == 0
        assert all(math.isfinite(value) for value in row.values() if isinstance(value, float))
