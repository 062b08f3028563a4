"""Which runs belong together: runs of one arm differ in their seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sge_agent.config import TrainConfig
from sge_agent.folder import MAY_CHANGE
from sge_agent.settings import shown

Config = Mapping[str, Any]
Arm = Mapping[str, str]
_OF_A_RUN = MAY_CHANGE - {"updates"} | {"seed", "memory_file", "threads", "rows", "tokens_per_pass", "trained_per_pass"}
"""Settings that make no other arm: they change a run's place, its records or its speed."""

_MEASURING = frozenset({"eval_episodes", "eval_every", "eval_every_episodes", "eval_temperature", "pass_k", "updates"})
"""Settings that say how long and how closely one looks: they name an arm only where nothing else tells it from another."""

_FIRST = ("method_settings", "env", "env_options", "split", "further_envs", "env_weights", "model")
_ALL = [setting.name for setting in fields(TrainConfig)]
_EXPLORING = _ALL[_ALL.index("explore") : _ALL.index("updates")]
_ORDER = list(dict.fromkeys([*_FIRST, *_EXPLORING, *_ALL]))
"""In a name the environment and the model stand first, then exploration, then all else in the order of the settings."""

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


def _method(arm: Arm) -> str:
    return arm.get("explore") or "run"


def _name(arm: Arm, others: Sequence[Arm]) -> str:
    rivals = [other for other in others if other.get("explore") == arm.get("explore")]
    named = _naming(arm, rivals)
    unnamed = len({*_differing(rivals)} - {*named} - _MEASURING)
    parts = [f"{name.replace('_', ' ')} {arm.get(name) or 'none'}" for name in named]
    more = f" and {unnamed} more setting{'s' if unnamed > 1 else ''}" if unnamed else ""
    return f"{_method(arm)}, {', '.join(parts)}{more}" if parts else _method(arm)


def _naming(arm: Arm, rivals: Sequence[Arm]) -> list[str]:
    """The settings that tell ``arm`` from each of ``rivals``, those that people compare first."""
    differing = _differing(rivals)
    named = ([name for name in differing if name not in _MEASURING] or differing)[:MOST_NAMED]
    alike = [rival for rival in rivals if all(rival.get(name, "") == arm.get(name, "") for name in named)]
    return named + (_naming(arm, alike) if len(alike) > 1 else [])


def _differing(arms: Sequence[Arm]) -> list[str]:
    names = {name for arm in arms for name in arm}
    return sorted((name for name in names if len({arm.get(name, "") for arm in arms}) > 1), key=_rank)


def _rank(name: str) -> tuple[int, str]:
    """Where a setting stands in a name; what this release does not know comes last, by the alphabet."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
