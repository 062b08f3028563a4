"""No containment at all, for whoever insists: a copy of this process with resource limits and a directory of its own."""

from __future__ import annotations

import os
import tempfile

from sge_envs.code.sandbox.inside.cases import Case, Started, fork
from sge_envs.code.sandbox.inside.confine import Bounds, limit_resources


class Nothing:
    """Forks this process. Foreign code can do whatever this user can."""

    def __init__(self, program: bytes) -> None:
        del program  # no filter is installed

    def start(self, case: Case) -> Started:
        folder = tempfile.mkdtemp(prefix="sge-unsafe-")
        return Started(fork(case, lambda: _confine(case.bounds, folder)), folder=folder)


def _confine(bounds: Bounds, folder: str) -> None:
    os.environ.clear()
    os.chdir(folder)
    limit_resources(bounds, processes=None)
