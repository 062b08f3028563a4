"""All exploration methods by name: what can be put together on the command line and in a file of settings.

One row per method. A method is a dataclass whose fields are its settings, each with a string under it; from these come its
options (``--NAME-FIELD``), their help and their checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

from sge_agent.exploration.aepo import EntropyTarget
from sge_agent.exploration.base import Exploration
from sge_agent.exploration.bstar import BalancedTemperature
from sge_agent.exploration.clip_higher import ClipHigher
from sge_agent.exploration.covariance import ClipCov, KLCov
from sge_agent.exploration.critique import CritiqueRefinement
from sge_agent.exploration.curiosity import Curiosity
from sge_agent.exploration.cycles import CyclePenalty
from sge_agent.exploration.e3b import EllipticalBonus
from sge_agent.exploration.ead import AnnealedDecoding
from sge_agent.exploration.ear import EntropyReshaping
from sge_agent.exploration.empg import EntropyModulation
from sge_agent.exploration.entropy_advantage import EntropyAdvantage
from sge_agent.exploration.entropy_bonus import EntropyBonus
from sge_agent.exploration.epo import EntropySmoothing
from sge_agent.exploration.gigpo import TurnGroups
from sge_agent.exploration.go_explore import GoExplore
from sge_agent.exploration.hicra import PlanningCredit
from sge_agent.exploration.imentor import IMentor
from sge_agent.exploration.intelligent_go_explore import IntelligentGoExplore
from sge_agent.exploration.kl import KLToInitial
from sge_agent.exploration.knapsack import Knapsack
from sge_agent.exploration.learning_progress import LearningProgress
from sge_agent.exploration.lp_reg import LowProbabilityRegularisation
from sge_agent.exploration.novelty import NoveltyCounts
from sge_agent.exploration.overlong import Overlong
from sge_agent.exploration.pass_at_k import PassAtK
from sge_agent.exploration.prompt_order import PromptOrder
from sge_agent.exploration.rdd import RandomDistributionDistillation
from sge_agent.exploration.refill import Refill
from sge_agent.exploration.rehearse import Rehearsal
from sge_agent.exploration.repexp import RepExp
from sge_agent.exploration.rlsp import GradedExploration, LengthReward
from sge_agent.exploration.rnd import RandomNetworkDistillation
from sge_agent.exploration.self_attributing import SelfAttributing
from sge_agent.exploration.self_navigating import SelfNavigating
from sge_agent.exploration.siren import SelectiveEntropy
from sge_agent.exploration.spear import SelfImitation
from sge_agent.exploration.steer import EntropyChangeWeights
from sge_agent.exploration.strategy_dropout import StrategyDropout
from sge_agent.exploration.success_replay import SuccessReplay
from sge_agent.exploration.untried import Untried
from sge_agent.exploration.verl import RankVelocity
from sge_agent.settings import Setting, SettingError, checked, did_you_mean, settings_of

METHODS: Mapping[str, type[Exploration]] = {
    "aepo": EntropyTarget,
    "bstar": BalancedTemperature,
    "clip_cov": ClipCov,
    "clip_higher": ClipHigher,
    "critique": CritiqueRefinement,
    "curiosity": Curiosity,
    "cycles": CyclePenalty,
    "e3b": EllipticalBonus,
    "ead": AnnealedDecoding,
    "ear": EntropyReshaping,
    "empg": EntropyModulation,
    "entropy_advantage": EntropyAdvantage,
    "entropy_bonus": EntropyBonus,
    "epo": EntropySmoothing,
    "gigpo": TurnGroups,
    "go_explore": GoExplore,
    "hicra": PlanningCredit,
    "imentor": IMentor,
    "intelligent_go_explore": IntelligentGoExplore,
    "kl": KLToInitial,
    "kl_cov": KLCov,
    "knapsack": Knapsack,
    "learning_progress": LearningProgress,
    "lp_reg": LowProbabilityRegularisation,
    "novelty": NoveltyCounts,
    "overlong": Overlong,
    "pass_at_k": PassAtK,
    "prompt_order": PromptOrder,
    "rdd": RandomDistributionDistillation,
    "refill": Refill,
    "rehearse": Rehearsal,
    "repexp": RepExp,
    "rlsp": LengthReward,
    "rlsp_grade": GradedExploration,
    "rnd": RandomNetworkDistillation,
    "self_attributing": SelfAttributing,
    "self_navigating": SelfNavigating,
    "siren": SelectiveEntropy,
    "spear": SelfImitation,
    "steer": EntropyChangeWeights,
    "strategy_dropout": StrategyDropout,
    "success_replay": SuccessReplay,
    "untried": Untried,
    "verl": RankVelocity,
}

BASES = ("sge", "grpo")
"""What a composition begins with: mixed temperatures and reflection, or one temperature and no reflection."""

OWN = ":"
"""Stands in the name of a method that is not in the table: module:Class."""

PRESETS: Mapping[str, str] = {
    "actre": "grpo+prompt_order",
    "dapo": "grpo+clip_higher+refill+overlong",
    "egpo": "grpo+entropy_advantage",
    "rlad": "grpo+strategy_dropout+kl",
    "seek": "grpo+untried+rehearse",
}
"""Names for compositions: those of papers, and our own, seek."""


def parts_of(explore: str) -> tuple[str, ...]:
    """The base of a composition such as "sge+refill+kl", and its methods in order. Raises ``SettingError``.

    A method of one's own is named as "module:Class"; when it comes first, the base is grpo.
    """
    first, *others = explore.split("+")
    written = f"grpo+{first}" if OWN in first else PRESETS.get(first, first)
    base, *methods = [*written.split("+"), *others]
    if base not in BASES:
        raise SettingError(
            f"--explore expects {', '.join((*BASES, *PRESETS))}, or one of them with further methods, such as "
            f"sge+entropy_advantage, got {explore!r}{did_you_mean(first, (*BASES, *PRESETS))}"
        )
    for name in methods:
        method_class(name)
    repeated = _first_repeated(methods)
    if repeated:
        raise SettingError(f"--explore names {repeated} twice: {explore}")
    return base, *methods


def method_class(name: str) -> type[Exploration]:
    """A method of the table, or the one that "module:Class" names. Raises ``SettingError``."""
    module, mark, wanted = name.partition(OWN)
    if not mark:
        if name not in METHODS:
            raise SettingError(
                f"--explore: there is no method {name!r}, there are: {', '.join(METHODS)}{did_you_mean(name, METHODS)}"
            )
        return METHODS[name]
    try:
        there = vars(import_module(module))
    except (ImportError, ValueError) as error:
        raise SettingError(f"--explore {name}: {error}; is the module's folder in PYTHONPATH?") from error
    methods = {key: value for key, value in there.items() if isinstance(value, type) and issubclass(value, Exploration)}
    if wanted not in methods:
        raise SettingError(
            f"--explore {name}: {module} has no class {wanted!r} derived from Exploration{did_you_mean(wanted, methods)}"
        )
    return methods[wanted]


@cache
def settings_of_methods() -> Mapping[str, tuple[Setting, ...]]:
    """The settings of every method of the table under the names of their options."""
    return {name: settings_of_method(name) for name in METHODS}


def settings_of_method(name: str) -> tuple[Setting, ...]:
    """A method's settings, with the method's name in front; ``MyMethod`` of one's own is called my_method there."""
    method = method_class(name)
    if not is_dataclass(method):
        return ()
    return tuple(replace(setting, name=f"{_prefix(name)}_{setting.name}") for setting in settings_of(method))


def names_of_settings(methods: Iterable[str]) -> list[str]:
    """Of all methods of the table, and of those among ``methods`` that are one's own."""
    every = [*settings_of_methods().values(), *(settings_of_method(name) for name in methods if OWN in name)]
    return [setting.name for own in every for setting in own]


def make_method(name: str, settings: Mapping[str, Any]) -> Exploration:
    """A method with those of ``settings`` that are its own. Raises ``SettingError`` for an impossible value."""
    own = settings_of_methods()[name] if name in METHODS else settings_of_method(name)
    given = {s.name.removeprefix(f"{_prefix(name)}_"): checked(s, settings[s.name]) for s in own if s.name in settings}
    try:
        return method_class(name)(**given)
    except ValueError as error:
        raise SettingError(f"--explore {name}: {error}") from None


def _prefix(name: str) -> str:
    """The method's name as its settings have it."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.partition(OWN)[2])
    return words.lower() or name


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""
