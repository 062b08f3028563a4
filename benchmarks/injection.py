"""Faults on demand: in every so many-th step of all environments, or once.

Light enough for worker processes that begin again and again.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

KINDS = ("raise", "hang", "die")
VARIABLE = "SGE_BENCHMARK_FAULTS"


@dataclass(frozen=True, slots=True)
class Every:
    """Each ``every``-th step, counted over all processes in the file ``steps``, is a fault: the first one of the first kind,
    the next one of the next."""

    steps: str
    every: int = 20
    kinds: tuple[str, ...] = KINDS

    def strike(self) -> None:
        with Path(self.steps).open("ab") as file:
            file.write(b".")
            file.flush()
            number = file.tell()
        if number % self.every:
            return
        match self.kinds[(number // self.every - 1) % len(self.kinds)]:
            case "raise":
                raise RuntimeError("a hiccup")
            case "hang":
                time.sleep(600)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Once:
    """Step number ``at`` of a process makes the file ``mark`` and sends itself the signal ``number`` (0: none), unless the file is
    there already. ``rank``: only in this one of several processes of a run."""

    mark: str
    number: int
    at: int
    rank: str = ""
    taken: int = 0

    def strike(self) -> None:
        self.taken += 1
        if self.taken == self.at and os.environ.get("RANK", "") == self.rank and not Path(self.mark).exists():
            Path(self.mark).touch()
            os.kill(os.getpid(), self.number)


def variables(fault: Every | Once | None) -> Mapping[str, str]:
    """What the environment's process has to be started with."""
    if fault is None:
        return {}
    return {VARIABLE: json.dumps({"once" if isinstance(fault, Once) else "every": asdict(fault)})}


def from_environment() -> Every | Once | None:
    """What :func:`variables` said."""
    told = json.loads(os.environ.get(VARIABLE, "{}"))
    if "every" in told:
        return Every(**{**told["every"], "kinds": tuple(told["every"]["kinds"])})
    return Once(**told["once"]) if "once" in told else None
