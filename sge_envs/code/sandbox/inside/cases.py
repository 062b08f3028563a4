"""One sandbox as the keeper sees it: what was asked for, what was started, and the child's way into the driver."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sge_envs.code.sandbox.inside import driver, wire
from sge_envs.code.sandbox.inside.confine import Bounds


@dataclass(frozen=True, slots=True)
class Case:
    """Its limits and its descriptors: the three standard streams and the channel, in the order of their numbers inside."""

    bounds: Bounds
    streams: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """A child that ends when the sandbox does, the process to kill if that is another, the directory to remove afterwards."""

    pid: int
    inner: int | None = None
    folder: str | None = None


class Tier(Protocol):
    """One way to make sandboxes."""

    def start(self, case: Case) -> Started: ...


def fork(case: Case, confine: Callable[[], None], *, extra: tuple[int, ...] = ()) -> int:
    """A copy of this process that confines itself and serves as the driver; its pid.

    The descriptors ``extra`` follow the streams in it, for ``confine`` to use and to close.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        take_streams((*case.streams, *extra))
        serve(confine)
    finally:
        os._exit(1)


def take_streams(streams: tuple[int, ...]) -> None:
    """Put the descriptors where the driver expects them and close all others."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.closerange(len(streams), 1 << 20)


def serve(confine: Callable[[], None]) -> None:
    """Confine this process and answer requests until the channel closes, then end it."""
    try:
        confine()
    except (OSError, ValueError) as error:
        os.write(driver.CHANNEL, wire.write_line(["broken", str(error)]))
        os._exit(1)
    driver.serve()
    os._exit(0)
