"""Root becomes an ordinary user before anything else, so that everything after it is the same for both."""

from __future__ import annotations

import os
import stat

from sge_envs.code.sandbox.inside import kernel

USER = 60_999
"""In the range of user ids that systemd's table leaves unused, so that nobody else's files or processes have it."""


def become_ordinary(needed: list[str]) -> None:
    """Change to ``USER`` for good if this is root. ``needed`` are paths that have to stay readable."""
    if os.geteuid() != 0:
        return
    _uncover(needed)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    kernel.set_process(kernel.PR_SET_DUMPABLE, 1)  # else /proc/self stays root's


def _uncover(paths: list[str]) -> None:
    """Show ``paths`` in place, in a mount namespace of our own, although a directory above them is private (``/root``)."""
    covered: dict[str, list[str]] = {}
    for path in paths:
        if top := _private_parent(path):
            covered.setdefault(top, []).append(path)
    if not covered:
        return
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    for top, below in covered.items():
        descriptors = {path: os.open(path, os.O_PATH) for path in below}
        kernel.mount("tmpfs", top, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755")
        for path, descriptor in descriptors.items():
            make_mount_point(path, directory=stat.S_ISDIR(os.stat(descriptor).st_mode))
            kernel.mount(f"/proc/self/fd/{descriptor}", path, None, kernel.MS_BIND | kernel.MS_REC)
            os.close(descriptor)


def make_mount_point(path: str, *, directory: bool) -> None:
    """An empty directory or file at ``path``, and the directories above it."""
    os.makedirs(path if directory else os.path.dirname(path), exist_ok=True)
    if not directory:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))


def _private_parent(path: str) -> str | None:
    """The topmost directory above ``path`` that strangers may not search."""
    parts = path.split("/")
    parents = ["/".join(parts[:count]) for count in range(2, len(parts))]
    return next((parent for parent in parents if not os.stat(parent).st_mode & stat.S_IXOTH), None)
