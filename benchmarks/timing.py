"""Clocks, and what stands below a process: used by several benchmarks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path


def wall_seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def cpu_seconds(action: Callable[[], object]) -> float:
    """CPU time of this process: what a core of one's own would take, whatever else the machine does."""
    start = time.process_time()
    action()
    return time.process_time() - start


def descendants() -> list[int]:
    """Processes below this one, zombies too."""
    found, waiting = list[int](), [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = [int(word) for word in task.read_text(encoding="ascii").split()]
            except OSError:  # it has just ended
                continue
            found += children
            waiting += children
    return found
