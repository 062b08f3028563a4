"""Which tier this process uses: the best that starts here and holds against the self-test."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass

from sge_envs.code.sandbox.api import NoSandbox, SandboxBroken, SandboxReport, TierReport
from sge_envs.code.sandbox.filters import compile_filter
from sge_envs.code.sandbox.inside import kernel
from sge_envs.code.sandbox.keeping import Keeper
from sge_envs.code.sandbox.sandbox import Sandbox
from sge_envs.code.sandbox.selftest import try_escapes


@dataclass(frozen=True, slots=True)
class Kind:
    """A tier: the layers it is made of, and what to do when it does not work."""

    name: str
    summary: str
    advice: str


KINDS = (
    Kind(
        "namespaces",
        "a prepared Python forks into fresh user, pid, mount, net, ipc, uts and cgroup namespaces; seccomp, resource limits",
        "allow user namespaces (sysctl user.max_user_namespaces, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)",
    ),
    Kind(
        "bubblewrap",
        "bubblewrap starts a Python in fresh user, pid, mount, net, ipc, uts and cgroup namespaces; seccomp, resource limits",
        "sudo apt-get install bubblewrap (0.8 or newer)",
    ),
    Kind(
        "landlock",
        "a prepared Python forks; Landlock keeps files, signals and sockets, seccomp everything else; resource limits",
        "use Linux 6.2 or newer with Landlock enabled",
    ),
)
"""The tiers, best first."""


def open_tier(name: str) -> Sandbox:
    """The sandbox of one tier, untested. Raises ``NoSandbox`` if it cannot start."""
    if not kernel.is_supported():
        raise NoSandbox("The sandbox needs Linux on a 64-bit machine.")
    if name == "bubblewrap" and shutil.which("bwrap") is None:
        raise NoSandbox("The program bwrap is not installed.")
    program = b"" if name == "nothing" else compile_filter(namespaces=name != "landlock")
    return Sandbox(name, Keeper(name, program))


def try_tier(kind: Kind) -> tuple[TierReport, Sandbox | None]:
    """Start a tier and run the self-test on it; the sandbox if it may be used."""
    try:
        sandbox = open_tier(kind.name)
    except NoSandbox as error:
        return TierReport(kind.name, kind.summary, False, f"{error} Mend it: {kind.advice}."), None
    try:
        escapes = try_escapes(sandbox)
    except SandboxBroken as error:
        sandbox.close()
        return TierReport(kind.name, kind.summary, False, f"{error} Mend it: {kind.advice}."), None
    failed = [f"{one.name} ({one.seen})" for one in escapes if not one.contained]
    if failed:
        sandbox.close()
        return TierReport(kind.name, kind.summary, False, f"It does not hold: {', '.join(failed)}.", escapes), None
    return TierReport(kind.name, kind.summary, True, "", escapes), sandbox


class Choice:
    """The sandbox of this process, made at first use. A copy of the process (fork) chooses again and starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Sandbox] = {}
        self._reports: list[TierReport] = []
        os.register_at_fork(after_in_child=self._forget)

    def get(self, *, unsafe: bool) -> Sandbox:
        """The sandbox of the best tier; of none at all only if that is wanted."""
        with self._lock:
            if not self._reports:
                self._choose()
            tier = next((report.name for report in self._reports if report.usable), "nothing" if unsafe else None)
            if tier is None:
                raise NoSandbox(_refuse(self._reports))
            if tier in self._made and not self._made[tier].alive:  # somebody ended its keeper
                self._made.pop(tier).close()
            if tier not in self._made:
                self._made[tier] = open_tier(tier)
            return self._made[tier]

    def _choose(self) -> None:
        for kind in KINDS:
            report, sandbox = try_tier(kind)
            self._reports.append(report)
            if sandbox is not None:
                self._made[kind.name] = sandbox
                return

    def _forget(self) -> None:
        for sandbox in self._made.values():
            sandbox.forget()
        self._lock, self._made, self._reports = threading.Lock(), {}, []

    def close(self) -> None:
        """End all that was started here."""
        for sandbox in self._made.values():
            sandbox.close()
        self._made.clear()


_CHOICE = Choice()
"""One for each process: a keeper costs a process, and the self-test a quarter of a second."""


def get_sandbox(*, unsafe: bool = False) -> Sandbox:
    """The best sandbox that this machine has, one for the whole process, started and tested at first use.

    Raises ``NoSandbox``, saying what to install, if there is none; with ``unsafe`` programs then run without containment,
    with all that the user of this process may do.
    """
    return _CHOICE.get(unsafe=unsafe)


def sandbox_report() -> SandboxReport:
    """Start and test every tier, and say how each does."""
    reports = []
    for kind in KINDS:
        report, sandbox = try_tier(kind)
        if sandbox is not None:
            sandbox.close()
        reports.append(report)
    return SandboxReport(next((report.name for report in reports if report.usable), None), tuple(reports))


def _refuse(reports: list[TierReport]) -> str:
    reasons = " ".join(f"{report.name}: {report.reason}" for report in reports)
    return f"No sandbox works here, and programs are not run without one (unsafe=True would). {reasons}"
