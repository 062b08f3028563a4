"""The temperature that balances right answers and different ones, found again and again while training (B-STaR, arXiv
2412.17256, made for training without rounds).

The balance score of a group is min(c / target, 1) c / n for n episodes with c different successes (successes with other
actions): high where many succeed, in many ways. Every so many updates the tasks are played at the temperatures of a grid,
one for each group, in turn; a temperature's score is a mean that forgets (3/10 of it are the newest group's), and between
the probes every episode is played at the best one so far. An empty grid is GRPO.

Score (v), target 8 (v), and the grid's ends 0.5 and 1.2 (v; step 0.05 there). The paper draws 64 samples of a pool anew in
every round, and also chooses a threshold for a process reward model, which is not there: probing inside the update, its rhythm,
the grid's step and the forgetting are our choice (?). The temperatures take the place of those of the base.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams

_TAKEN = 0.3  # what a new group counts in a temperature's score


@dataclass(eq=False)
class BalancedTemperature(Exploration):
    """Plays each group at one temperature, and learns which is best."""

    temperatures: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
    """The grid; empty for the base's temperatures."""
    every: int = 10
    """Every how many updates the grid is probed; before all of it has been, in every update."""
    target: int = 8
    """How many different successes of a task are enough."""
    spans: Literal["every", "strategy"] = "every"
    """Which spans have the temperature: all of them, or strategies alone."""

    _scores: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _probed: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        if any(t <= 0 for t in self.temperatures) or self.every < 1 or self.target < 1:
            raise ValueError(
                "temperatures must be more than 0, every and target at least 1, got "
                f"{self.temperatures}, {self.every} and {self.target}"
            )

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        if ctx.evaluation or not self.temperatures:
            return specs
        number = {key: n for n, key in enumerate(dict.fromkeys(spec.task.key for spec in specs))}
        chosen = None if self._probes(ctx.update) else self._best()
        return [replace(spec, sampling=self._sampling(number[spec.task.key], chosen)) for spec in specs]

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        if not self.temperatures:
            return
        probes = self._probes(ctx.update)
        for group in groups:
            told = {s.temperature for t in group.trajectories if (s := t.spec.sampling.get("strategy")) is not None}
            if len(told) == 1 and told <= set(self.temperatures):
                name = str(told.pop())
                new = balance(group, self.target)
                self._scores[name] = self._scores.get(name, new) * (1 - _TAKEN) + _TAKEN * new
            self._probed += probes
        if self._scores:
            metrics["bstar/temperature"] = self._best()
            metrics["bstar/score"] = self._scores[str(self._best())]

    def state_dict(self) -> dict[str, Any]:
        return {"scores": dict(self._scores), "probed": self._probed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._scores = {name: float(score) for name, score in state["scores"].items()}
        self._probed = int(state["probed"])

    def _probes(self, update: int) -> bool:
        return update % self.every == 0 or self._probed < len(self.temperatures)

    def _best(self) -> float:
        return max(self.temperatures, key=lambda t: (self._scores.get(str(t), -1.0), t))

    def _sampling(self, task: int, chosen: float | None) -> Mapping[Role, SamplingParams]:
        grid = self.temperatures
        value = grid[(self._probed + task) % len(grid)] if chosen is None else chosen
        roles: tuple[Role, ...] = get_args(Role) if self.spans == "every" else ("strategy",)
        return {role: SamplingParams(temperature=value) for role in roles}


def balance(group: Group, target: int) -> float:
    """min(c / target, 1) c / n."""
    ways = {tuple(turn.action for turn in t.turns) for t in group.trajectories if t.success}
    n = len(group.trajectories)
    return min(len(ways) / target, 1.0) * len(ways) / n if n else 0.0
