"""The numbers of a run: how they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sge_agent.transcripts import outcome_of, strategy_of
from sge_agent.types import Group, Role

OF_EACH_ENV = ("success", "success/hinted", "reward", "distinct_outcomes", "turns", "tokens", "episodes", "errors")


def clock_text(seconds: float) -> str:
    """Seconds as people read them: 0:42, 12:05, 3:01:07."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rollout_metrics(groups: Sequence[Group]) -> dict[str, float | None]:
    """What the episodes of one update say. ``success`` is that of plain episodes; those shown a hint count apart.

    Episodes that broke count in ``errors``, and in ``retried_episodes`` or ``lost_episodes``: those that were tried afresh, and
    those that failed every time, so that their group misses a member. Entropies are
    nats per token at the temperature of sampling. Where several environments were played, the main numbers of each follow
    under ``env/NAME/``.
    """
    row = _metrics_of(groups)
    envs = dict.fromkeys(group.task.env for group in groups)
    for env in envs if len(envs) > 1 else ():
        own = _metrics_of([group for group in groups if group.task.env == env])
        row |= {f"env/{env}/{name}": own[name] for name in OF_EACH_ENV}
    return row


def _metrics_of(groups: Sequence[Group]) -> dict[str, float | None]:
    played = [t for group in groups for t in group.trajectories if not t.error]
    plain = [t for t in played if not t.spec.hint]
    hinted = [t for t in played if t.spec.hint]
    outcomes = [{outcome_of(t) for t in group.trajectories if not t.error} for group in groups]
    strategies = [{strategy_of(t) for t in group.trajectories if t.strategies and not t.error} for group in groups]
    errors = sum(bool(t.error) for group in groups for t in group.trajectories)
    lost = sum(group.missing for group in groups)
    row: dict[str, float | None] = {
        "success": _mean([float(t.success) for t in plain]),
        "success/hinted": _mean([float(t.success) for t in hinted]),
        "reward": _mean([t.reward for t in plain]),
        "distinct_outcomes": _mean([float(len(names)) for names in outcomes if names]),
        "distinct_strategies": _mean([float(len(texts)) for texts in strategies if texts]),
        "turns": _mean([float(len(t.turns)) for t in played]),
        "tokens": _mean([float(t.generated_tokens) for t in played]),
        "episodes": float(len(played)),
        "hinted": float(len(hinted)),
        "empty_actions": _mean([float(not turn.action) for t in played for turn in t.turns]),
        "errors": float(errors),
        "retried_episodes": float(errors - lost),
        "lost_episodes": float(lost),
    }
    for role in get_args(Role):
        spans = [s for t in played for s in t.segments if s.role == role]
        if spans:
            row[f"entropy/{role}"] = _mean([e for s in spans for e in s.entropies])
            row[f"tokens/{role}"] = sum(s.end - s.start for s in spans) / len(played)
            row[f"cut_off/{role}"] = _mean([float(s.finish == "length") for s in spans])
    return row


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
