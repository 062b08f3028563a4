"""Programs and sessions in sandboxes of one tier."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from sge_envs.code.sandbox.answers import ask, run_whole, write_request
from sge_envs.code.sandbox.api import Answer, Call, Limits, Methods, Program, Request, RunResult
from sge_envs.code.sandbox.case import Case, Host
from sge_envs.code.sandbox.keeping import Keeper
from sge_envs.code.sandbox.session import Session

_DEFAULT = Limits()


class Candidate:
    """A program that was loaded into a sandbox of its own and answers while it lives. Use it with ``with``, or ``close`` it."""

    def __init__(self, case: Case, program: str) -> None:
        self._case = case
        self._deadline = time.monotonic() + case.limits.total_seconds
        self.load = self._ask(["load", program])
        """How loading went. If its status is not "value", every request is answered with it."""

    @property
    def alive(self) -> bool:
        """Whether it loaded and its process goes on."""
        return self._case.alive and self.load.status == "value"

    def ask(self, request: Call | Methods) -> Answer:
        """Make one request. Raises ``TypeError`` for arguments that are not of built-in types."""
        return self._ask(write_request(request)) if self.load.status == "value" else self.load

    def close(self) -> None:
        """End the process and everything in its sandbox."""
        self._case.close()

    def _ask(self, message: list[Any]) -> Answer:
        left = self._deadline - time.monotonic()
        return ask(self._case, message, min(self._case.limits.wall_seconds, left))

    def __enter__(self) -> Candidate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Sandbox:
    """Makes a fresh sandbox for each program and each session. Any thread may use it, several at once."""

    def __init__(self, tier: str, keeper: Keeper) -> None:
        self.tier = tier
        self._keeper = keeper

    def run(self, program: str, *, requests: Sequence[Request], limits: Limits = _DEFAULT) -> RunResult:
        """Load a program into a fresh sandbox and make the requests in turn; each ``Program`` gets a sandbox of its own.

        Nothing that the program does raises here. ``SandboxBroken`` is raised if the sandbox itself fails.
        """
        deadline = time.monotonic() + limits.total_seconds
        if requests and all(isinstance(one, Program) for one in requests):
            whole = [self._run_whole(program, one, limits, deadline) for one in requests if isinstance(one, Program)]
            return RunResult(Answer("value"), tuple(whole))
        with self.start(program, limits=limits) as candidate:
            answers = [
                self._run_whole(program, one, limits, deadline) if isinstance(one, Program) else candidate.ask(one)
                for one in requests
            ]
            return RunResult(candidate.load, tuple(answers))

    def start(self, program: str, *, limits: Limits = _DEFAULT) -> Candidate:
        """Load a program into a fresh sandbox and keep it there for requests that are not known yet."""
        return Candidate(Case(self._keeper, limits), program)

    def session(self, *, limits: Limits = _DEFAULT, host: Host | None = None) -> Session:
        """A live session in a fresh sandbox. ``host`` answers what its cells ask of ``apis``."""
        return Session(Case(self._keeper, limits), host)

    @property
    def alive(self) -> bool:
        """Whether sandboxes can be made here."""
        return self._keeper.alive

    def close(self) -> None:
        """End everything that was started here."""
        self._keeper.close()

    def forget(self) -> None:
        """Let go of everything in a copy of the process that started it."""
        self._keeper.forget()

    def _run_whole(self, program: str, request: Program, limits: Limits, deadline: float) -> Answer:
        seconds = min(limits.wall_seconds, deadline - time.monotonic())
        if seconds <= 0:
            return Answer("unreached", detail="The time of the whole run was over.")
        case = Case(self._keeper, limits, stdin=request.stdin, separate_errors=True)
        try:
            return run_whole(case, program, seconds)
        finally:
            case.close()
