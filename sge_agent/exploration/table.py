"""All exploration methods by name: what can be put together on the command line and in a file of settings.

One row per method. A method is a dataclass whose fields are its settings, each with a string under it; from these come its
options (``--NAME-FIELD``), their help and their checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sge_agent.exploration.base import Exploration
from sge_agent.exploration.entropy_advantage import EntropyAdvantage
from sge_agent.exploration.gigpo import TurnGroups
from sge_agent.exploration.kl import KLToInitial
from sge_agent.exploration.overlong import Overlong
from sge_agent.exploration.pass_at_k import PassAtK
from sge_agent.exploration.prompt_order import PromptOrder
from sge_agent.exploration.refill import Refill
from sge_agent.exploration.rnd import RandomNetworkDistillation
from sge_agent.exploration.strategy_dropout import StrategyDropout
from sge_agent.exploration.success_replay import SuccessReplay
from sge_agent.settings import Setting, SettingError, checked, did_you_mean, settings_of

METHODS: Mapping[str, type[Exploration]] = {
    "entropy_advantage": EntropyAdvantage,
    "gigpo": TurnGroups,
    "kl": KLToInitial,
    "overlong": Overlong,
    "pass_at_k": PassAtK,
    "prompt_order": PromptOrder,
    "refill": Refill,
    "rnd": RandomNetworkDistillation,
    "strategy_dropout": StrategyDropout,
    "success_replay": SuccessReplay,
}

BASES = ("sge", "grpo")
"""What a composition begins with: mixed temperatures and reflection, or one temperature and no reflection."""

PRESETS: Mapping[str, str] = {
    "actre": "grpo+prompt_order",
    "rlad": "grpo+strategy_dropout+kl",
}
"""Names for compositions that a paper has given one."""


def parts_of(explore: str) -> tuple[str, ...]:
    """The base of a composition such as "sge+refill+kl", and its methods in order. Raises ``SettingError``."""
    first, *others = explore.split("+")
    base, *methods = [*PRESETS.get(first, first).split("+"), *others]
    if base not in BASES:
        raise SettingError(
            f"--explore expects {', '.join((*BASES, *PRESETS))}, or one of them with further methods, such as "
            f"sge+entropy_advantage, got {explore!r}{did_you_mean(first, (*BASES, *PRESETS))}"
        )
    for name in methods:
        if name not in METHODS:
            raise SettingError(
                f"--explore: there is no method {name!r}, there are: {', '.join(METHODS)}{did_you_mean(name, METHODS)}"
            )
    repeated = _first_repeated(methods)
    if repeated:
        raise SettingError(f"--explore names {repeated} twice: {explore}")
    return base, *methods


@cache
def settings_of_methods() -> Mapping[str, tuple[Setting, ...]]:
    """The settings of every method under the names of their options."""
    return {
        name: tuple(replace(setting, name=f"{name}_{setting.name}") for setting in settings_of(method))
        for name, method in METHODS.items()
    }


def make_method(name: str, settings: Mapping[str, Any]) -> Exploration:
    """A method with those of ``settings`` that are its own. Raises ``SettingError`` for an impossible value."""
    own = settings_of_methods()[name]
    given = {s.name.removeprefix(f"{name}_"): checked(s, settings[s.name]) for s in own if s.name in settings}
    try:
        return METHODS[name](**given)
    except ValueError as error:
        raise SettingError(f"--explore {name}: {error}") from None


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""
