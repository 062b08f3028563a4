import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trackio", reason="needs the extra trackio")

PROGRAM = """
import sys
from pathlib import Path
from sge_agent.loggers.trackio import TrackioLogger
from tests.sge_agent.loggers.rows import ROW, place
for update in (0, 3):
    logger = TrackioLogger(place(Path(sys.argv[1]), update=update))
    logger.log({**ROW, "update": update + 1, "missing": None})
    logger.close()
from trackio.sqlite_storage import SQLiteStorage
(project,) = SQLiteStorage.get_projects()
(run,) = SQLiteStorage.get_runs(project)
print("found", run, [(row["step"], row["success"]) for row in SQLiteStorage.get_logs(project, run)])
"""


def test_a_run_is_kept_on_this_machine_and_resumed_under_its_name(tmp_path: Path) -> None:
    """In a process of its own: where the database lies is settled when the package is imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "my-run")],
        env={**os.environ, "TRACKIO_DIR": str(tmp_path / "trackio")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "found my-run-a1b2c3d4 [(1, 0.25), (4, 0.25)]" in done.stdout
