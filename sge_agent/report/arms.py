"""Which runs belong together: runs of one arm differ in their seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sge_agent.folder import MAY_CHANGE
from sge_agent.settings import shown

Config = Mapping[str, Any]
_OF_A_RUN = MAY_CHANGE - {"updates"} | {"seed", "memory_file", "threads", "rows", "tokens_per_pass", "trained_per_pass"}
"""Settings that make no other arm: they change a run's place, its records or its speed."""

MOST_NAMED = 4


def arm_names(configs: Sequence[Config]) -> list[str]:
    """The arm of every run: its method, and how it differs from other arms of that method."""
    arms = [{name: text(config.get(name)) for name in config if name not in _OF_A_RUN} for config in configs]
    distinct = [dict(items) for items in dict.fromkeys(tuple(sorted(arm.items())) for arm in arms)]
    same_method = Counter(arm.get("explore", "") for arm in distinct)
    return [_name(arm, distinct) if same_method[arm.get("explore", "")] > 1 else _method(arm) for arm in arms]


def text(value: Any) -> str:
    """A setting in words."""
    return "" if value is None else shown(tuple(value) if isinstance(value, list) else value)


def _method(arm: Mapping[str, str]) -> str:
    return arm.get("explore") or "run"


def _name(arm: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> str:
    rivals = [other for other in others if other.get("explore") == arm.get("explore")]
    names = sorted({name for other in rivals for name in other if len({r.get(name, "") for r in rivals}) > 1})
    parts = [f"{name.replace('_', ' ')} {arm.get(name) or 'none'}" for name in names[:MOST_NAMED]]
    more = f" and {len(names) - MOST_NAMED} more settings" if len(names) > MOST_NAMED else ""
    return f"{_method(arm)}, {', '.join(parts)}{more}" if parts else _method(arm)
