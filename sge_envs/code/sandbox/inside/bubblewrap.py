"""The second tier: a cold bubblewrap per case, with the same view of the machine as the first."""

from __future__ import annotations

import base64
import json
import os
import sys

from sge_envs.code.sandbox.inside import boot, kernel, system
from sge_envs.code.sandbox.inside.cases import Case, Started, serve
from sge_envs.code.sandbox.inside.confine import Bounds, limit_resources, mount_work, seal

_FOLDER = "/sandbox"
_INFO = 4
"""The descriptor, behind the four streams, on which bwrap names its inner process. That one is killed: bwrap then ends itself."""


class Bubblewrap:
    """Starts ``bwrap`` with a Python inside that confines itself further and serves as the driver."""

    def __init__(self, path: str, program: bytes) -> None:
        self._path = path
        self._program = base64.b64encode(program).decode()
        self._view = _view()

    def start(self, case: Case) -> Started:
        inner = boot.command(sys.executable, "bubblewrap", json.dumps(case.bounds), self._program, folder=_FOLDER)
        news, told = os.pipe()
        words = [self._path, *_ISOLATION, *self._view, "--info-fd", str(_INFO), "--", *inner]
        moves = [(os.POSIX_SPAWN_DUP2, descriptor, number) for number, descriptor in enumerate((*case.streams, told))]
        try:
            pid = os.posix_spawn(self._path, words, {}, file_actions=moves)
        finally:
            os.close(told)
        with open(news, encoding="ascii") as file:  # it writes this as soon as the inner process exists, or never
            said = file.read()
        return Started(pid, inner=json.loads(said)["child-pid"] if said else None)


def main(bounds: str, program: str) -> None:
    """Confine this process, which bubblewrap has just started, and serve."""
    limits = Bounds(*json.loads(bounds))
    filters = base64.b64decode(program)

    def confine() -> None:
        os.closerange(4, 1 << 20)
        kernel.use_one_heap()
        mount_work(limits)
        limit_resources(limits, processes=limits.processes)
        seal(filters)

    serve(confine)


_ISOLATION = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL"),
    *("--cap-add", "CAP_SYS_ADMIN"),  # in its own user namespace, to mount the working directory; then it is given up
    *("--new-session", "--die-with-parent", "--as-pid-1"),
    *(word for name, value in boot.ENVIRONMENT.items() for word in ("--setenv", name, value)),
)


def _view() -> list[str]:
    """What is shown of the machine, as arguments of bwrap."""
    shown = [path for path in system.readable() if not sys.executable.startswith(f"{path}/")]
    words: list[str] = []
    for path in (*shown, os.path.realpath(sys.executable)):
        words += ["--ro-bind", path, path]
    for path in system.hidden():
        words += ["--size", "4096", "--tmpfs", path, "--remount-ro", path]
    for path, target in system.links().items():
        words += ["--symlink", target, path]
    for path in system.DEVICES:
        words += ["--dev-bind", path, path]
    return [
        *words,
        "--ro-bind",
        f"{boot.FOLDER}/inside",
        f"{_FOLDER}/inside",
        "--dir",
        system.WORK,
        "--remount-ro",
        "/",
    ]
