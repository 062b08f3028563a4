"""What the board plays: slices (small families of tasks with a small model that was made for them) and arms (methods)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gymnasium

from sge_agent.config import TrainConfig, config_from_mapping, load_recipe
from sge_agent.exploration.table import METHODS

CURVE_POINTS, CURVE_EPISODES = 4, 2
"""How many evaluations the curve of a run has, and how often each plays a task."""
TEMPERATURE = 0.7
"""Of every token of an evaluation."""

Settings = Mapping[str, Any]
"""Settings of `sge train` by name."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Tasks, model and budget, equal for all arms. ``known`` is a split of tasks that the base solves, for what was forgotten;
    ``seeds``, by split, those that tasks are drawn from in place of 0, 1, 2, ..."""

    name: str
    title: str
    recipe: str
    settings: Settings
    known: str = ""
    seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def maker(self) -> Callable[[], Any]:
        """What makes its environment."""
        config = settings(self, GRPO)
        make = partial(gymnasium.make, config.env, disable_env_checker=True, **config.env_options)
        return partial(_elsewhere, make, self.seeds) if self.seeds else make


class Elsewhere(gymnasium.Wrapper[str, str, str, str]):
    """Draws the n-th task of a split from the n-th of other seeds; a task that is named is that task."""

    def __init__(self, env: gymnasium.Env[str, str], seeds: Mapping[str, Sequence[int]]) -> None:
        super().__init__(env)
        self._seeds = seeds

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        others = self._seeds.get((options or {}).get("split", ""), ())
        if seed is not None and "task_id" not in (options or {}) and seed < len(others):
            seed = others[seed]
        return self.env.reset(seed=seed, options=options)


def _elsewhere(make: Callable[[], Any], seeds: Mapping[str, Sequence[int]]) -> Elsewhere:
    return Elsewhere(make(), seeds)


@dataclass(frozen=True, slots=True)
class Arm:
    """One row of the board: a method by its name, and the settings that differ from the slice's."""

    name: str
    settings: Settings = field(default_factory=dict)

    @property
    def on_sge(self) -> bool:
        return self.name.split("+")[0] == "sge"


SMALL = {"tasks_per_update": 4, "group_size": 8, "tasks": 12, "held_out_tasks": 12}
SLICES: Mapping[str, Slice] = {
    one.name: one
    for one in (
        Slice(
            "household_hard",
            "household, hidden rule: the base never solves it",
            "household",
            {**SMALL, "updates": 40},
            known="easy",
        ),
        Slice(
            "household_easy",
            "household, easy: the base solves about half",
            "household",
            {**SMALL, "updates": 12, "split": "easy", "held_out_split": "easy"},
        ),
        Slice(
            "tools", "a shop behind tools: the base never calls the right one", "tools_easy", {**SMALL, "updates": 36}
        ),
        Slice(
            "one_liners",
            "one-line programs: the base misreads four phrases",
            "one_liners",
            {**SMALL, "updates": 70, "tasks_per_update": 8},
        ),
    )
}

GRPO = Arm("grpo", {"one_temperature": 1.0})
FITTED: Mapping[str, Settings] = {"overlong": {"overlong_limit": 24, "overlong_buffer": 12}, "rnd": {"rnd_scale": 0.1}}
"""Settings where a default is far from the sizes of these tasks."""
PRESETS = ("dapo", "rlad", "seek")
"""Compositions of papers, and our own; those of one method stand under its own name."""
COMPOSITIONS = (
    "sge+hicra+success_replay",
    "sge+pass_at_k+success_replay",
    "grpo+self_navigating+success_replay",
    "grpo+untried+success_replay",
    "sge+untried+rehearse",
)
"""Compositions that did best in a search on seeds 5 and 6, and those that show what each half of seek does."""
PARTS: Mapping[str, Settings] = {
    "seek with repeats": {"untried_tries": 0},
    "seek by halves": {"untried_share": 0.5},
}
"""Seek with one thing changed: nothing is refused; half of the group of an unsolved task is shown what failed, not all."""
NOT_WITH_SGE = frozenset(
    (
        *("aepo", "bstar", "ead"),  # they set temperatures themselves
        *("ear", "empg"),  # towards confidence: controls
        *("overlong", "rlsp", "rlsp_grade", "prompt_order"),  # on lengths and on the form of answers
        *("go_explore", "intelligent_go_explore"),  # their episodes start beyond the turn that has the strategy
        *("critique", "self_navigating"),  # they give hints themselves
        *("knapsack", "refill", "learning_progress"),  # they choose tasks, and few tasks are there to choose from
        *("strategy_dropout", "kl", "steer", "clip_cov"),
    )
)
"""Methods that the board plays alone only."""


def arms() -> dict[str, Arm]:
    """All arms by name, those that the others are measured against first."""
    found = [GRPO, Arm("sge"), replace(GRPO, name="grpo hot", settings={"one_temperature": 1.5, "explore": "grpo"})]
    found += [Arm(name, {**GRPO.settings, "explore": name}) for name in PRESETS]
    found += [Arm(name, {**GRPO.settings, **FITTED.get(name, {}), "explore": f"grpo+{name}"}) for name in METHODS]
    found += [Arm(f"sge+{name}", FITTED.get(name, {})) for name in METHODS if name not in NOT_WITH_SGE]
    found += [Arm(name) for name in COMPOSITIONS]
    found += [Arm(name, {**GRPO.settings, **changed, "explore": "seek"}) for name, changed in PARTS.items()]
    return {arm.name: arm for arm in found}


def settings(where: Slice, arm: Arm) -> TrainConfig:
    """The settings of a run, but for seed and folder."""
    explore = {} if arm.name == "base" else {"explore": arm.settings.get("explore", arm.name)}
    updates = int(where.settings["updates"])
    shared = {
        "eval_episodes": 0,
        "eval_every": updates // CURVE_POINTS,
        "eval_every_episodes": CURVE_EPISODES,
        "eval_temperature": TEMPERATURE,
        "checkpoint_every": 10**6,
        "transcripts_per_update": 0,
        "threads": 1,
    }
    words = {**where.settings, **shared, **arm.settings, **explore}
    return config_from_mapping(words, base=load_recipe(where.recipe), source=f"{arm.name} on {where.name}")
