"""What ``sge-envs doctor`` says about the sandbox: the tier in use, and what the others would need."""

from __future__ import annotations

from sge_envs.code.sandbox.api import TierReport
from sge_envs.code.sandbox.tiers import sandbox_report


def describe() -> list[str]:
    """One line for the sandbox as a whole and one for each tier, best first."""
    report = sandbox_report()
    if report.active is None:
        first = "no sandbox works here: programs are refused, unless the env is made with unsafe=True"
    else:
        first = f"programs run in the sandbox of the tier {report.active!r}"
    return [first, *(_describe_tier(tier) for tier in report.tiers)]


def _describe_tier(tier: TierReport) -> str:
    if tier.usable:
        return f"tier {tier.name}: works, contained all {len(tier.escapes)} escapes that were tried ({tier.summary})"
    return f"tier {tier.name}: not used. {tier.reason}"
