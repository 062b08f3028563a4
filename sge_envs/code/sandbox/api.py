"""What goes into a sandbox and what comes out: limits, requests, answers, reports. Plain data, no behaviour.

Values that cross are built of exactly ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, ``list``, ``tuple``, ``set``,
``frozenset`` and ``dict``. What comes out was built anew outside, so no class and no method of a candidate ever does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sge_envs.errors import SGEError

Value = Any
"""One of the built-in types above, nested at will."""


class NoSandbox(SGEError):
    """No tier of the sandbox works here; the message says why, and what to install."""


class SandboxBroken(SGEError):
    """The sandbox itself failed, not the program in it: out of processes, of descriptors, or ended by somebody else."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use. A program is one process with threads: no tier lets it start another process."""

    wall_seconds: float = 2.0
    """For each request, and for loading the program."""
    total_seconds: float = 60.0
    """For all requests of one ``run`` together, asking included. A session has no such end."""
    cpu_seconds: int = 60
    """Of all threads, over the life of the sandbox."""
    memory_bytes: int = 512 << 20
    """Address space, of which the interpreter takes about 40 MiB."""
    processes: int = 16
    """The process and its threads."""
    file_bytes: int = 32 << 20
    """All files of the working directory together."""
    files: int = 512
    """Files and directories in the working directory."""
    open_files: int = 64
    """Descriptors."""
    output_bytes: int = 4 << 20
    """What is printed during one request, and one answer, each. A program that exceeds it is ended."""
    host_calls: int = 1000
    """Calls to the host during one cell of a session."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of the program."""

    entry: str
    """An expression that names it in the program's namespace: ``"solve"``, ``"Solution().solve"``."""
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    answer: Literal["value", "arguments"] = "value"
    """Whether the answer is what it returns, or its positional arguments afterwards (for programs that work in place)."""


@dataclass(frozen=True, slots=True)
class Methods:
    """Make an object of a class and call its methods in turn; the answer is the list of what they return."""

    entry: str
    """The class, as in ``Call``."""
    args: tuple[Value, ...] = ()
    """Of the constructor."""
    calls: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    """Name and arguments of each method."""


@dataclass(frozen=True, slots=True)
class Program:
    """Run the whole program as ``__main__``, in a sandbox of its own; the answer is what it writes to standard output."""

    stdin: str = ""


Request = Call | Methods | Program

Status = Literal["value", "exception", "timeout", "memory", "output", "killed", "malformed", "unreached"]
"""What became of a request.

value      answered; the only status that can earn credit
exception  the program raised (``SystemExit`` with a status other than 0 included); ``fault`` says what
timeout    no answer within the wall or CPU limit
memory     the program ran out of its memory
output     it printed more, or answered more, than the limit
killed     its process ended without an answer: a crash, ``os._exit``
malformed  the answer was none: early, double, unreadable, of another request, or not built of built-in types
unreached  an earlier request ended the sandbox
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception of the program, in words that are the same in every run."""

    type: str
    message: str
    traceback: str
    """As Python prints it, with the lines of the program alone; its file is called ``solution.py``."""
    line: int | None = None
    """The innermost line of the program that took part, counted from 1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    status: Status
    value: Value = None
    fault: Fault | None = None
    output: str = ""
    """What was printed (both streams) meanwhile; of a ``Program`` the standard error."""
    detail: str = ""
    """One sentence on any status but "value": the exception, the limit, the signal."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """One program and what it answered. If it did not load, every answer is that of the loading."""

    load: Answer
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class CellResult:
    """What one cell of a session did. Exactly one of ``value_repr`` and ``error`` can be set; both None is a cell without value."""

    output: str
    """What it printed, both streams."""
    value_repr: str | None = None
    """``repr`` of its last expression, if it ends with one that is not None."""
    error: str | None = None
    """The traceback, with the lines of the cells alone, or one sentence on what ended the session."""
    status: Status = "value"
    alive: bool = True
    """Whether the session goes on: a cell that crashes or exceeds a hard limit ends it."""


@dataclass(frozen=True, slots=True)
class Escape:
    """One attempt of the self-test to get out."""

    name: str
    contained: bool
    seen: str
    """What the attempt met: the error, or what it got hold of."""


@dataclass(frozen=True, slots=True)
class TierReport:
    """How one tier does on this machine."""

    name: str
    summary: str
    usable: bool
    reason: str
    """Why it cannot be used, and what to install; empty if it can."""
    escapes: tuple[Escape, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """The tiers, best first, and the one in use (None: programs are refused)."""

    active: str | None
    tiers: tuple[TierReport, ...]
