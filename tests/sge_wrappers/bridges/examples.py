"""Running the examples as a person does: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples/bridges"


def run(name: str, *arguments: str, folder: Path, paths: tuple[Path, ...] = ()) -> str:
    """What the example prints; its errors are shown where it fails. ``paths`` go before all others."""
    quiet = {"OMP_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "HF_HUB_OFFLINE": "1"}
    found = os.pathsep.join(map(str, (*paths, ROOT, ROOT / "wrappers", EXAMPLES)))
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env={**os.environ, **quiet, "PYTHONPATH": found},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
