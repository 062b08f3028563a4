"""What of the machine a sandbox may read: the standard library and the shared libraries, never installed packages."""

from __future__ import annotations

import glob
import os
import sys

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

WORK = "/tmp"
"""The working directory inside: the only place where a program can write."""


def readable() -> list[str]:
    """Files and directories that are shown read-only; none lies below another."""
    standard = os.path.dirname(os.__file__)
    libraries = [f"{prefix}/{name}" for prefix in ("", "/usr", sys.base_prefix) for name in ("lib", "lib64")]
    wanted = [*libraries, standard, "/etc/ld.so.cache", "/usr/share/zoneinfo"]
    real = sorted({os.path.realpath(path) for path in wanted if os.path.exists(path)})
    return [path for path in real if not any(path.startswith(f"{other}/") for other in real)]


def links() -> dict[str, str]:
    """Names of such directories that are links on this machine, and where they lead (``/lib`` to ``usr/lib``)."""
    return {path: os.readlink(path) for path in ("/lib", "/lib64") if os.path.islink(path)}


def hidden() -> list[str]:
    """Directories of installed packages below the readable ones: this library's own problems may be among them."""
    patterns = [f"{path}/{middle}" for path in readable() for middle in ("", "python3*/")]
    found = {one for pattern in patterns for kind in ("site", "dist") for one in glob.glob(f"{pattern}{kind}-packages")}
    return sorted(path for path in found if os.path.isdir(path))
