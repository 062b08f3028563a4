"""Runs Python that nobody vouches for, contained by the kernel. See ``docs/sandbox.md``."""

from sge_envs.code.sandbox.api import (
    Answer,
    Call,
    CellResult,
    Escape,
    Fault,
    Limits,
    Methods,
    NoSandbox,
    Program,
    Request,
    RunResult,
    SandboxBroken,
    SandboxReport,
    Status,
    TierReport,
    Value,
)
from sge_envs.code.sandbox.case import Host, HostError
from sge_envs.code.sandbox.sandbox import Candidate, Sandbox
from sge_envs.code.sandbox.session import Session
from sge_envs.code.sandbox.tiers import get_sandbox, sandbox_report

__all__ = [
    "Answer",
    "Call",
    "Candidate",
    "CellResult",
    "Escape",
    "Fault",
    "Host",
    "HostError",
    "Limits",
    "Methods",
    "NoSandbox",
    "Program",
    "Request",
    "RunResult",
    "Sandbox",
    "SandboxBroken",
    "SandboxReport",
    "Session",
    "Status",
    "TierReport",
    "Value",
    "get_sandbox",
    "sandbox_report",
]
