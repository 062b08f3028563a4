"""Go-Explore in which the model itself says where to go on, and what is not worth coming back to (Intelligent Go-Explore,
arXiv 2405.15143).

The model reads the cells of a task, each with its observation, the number of turns that led there and the actions tried in it,
and answers with the number of one; a group starts there. After the update it is shown the cells of the tasks that were played from
the archive again and names those to forget. An answer without a number of the list means a cell drawn as in Go-Explore, and
nothing to forget; the last cell of a task is never forgotten. Everything else, the settings and the degenerate case (share 0 is
GRPO) are :mod:`sge_agent.exploration.go_explore`'s.

The two questions, temperature 0.3 and top-p 0.2 (v). The paper then has the model try 5 actions by itself; here the policy
plays (?). Answers are not trained. A model that cannot follow the question makes this plain Go-Explore at twice the price.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from sge_agent.exploration.base import ExplorationContext
from sge_agent.exploration.go_explore import Cell, GoExplore
from sge_agent.types import Group, SamplingParams

_SAMPLING = SamplingParams(temperature=0.3, max_tokens=64, top_p=0.2)
_CHOOSE = "Where should the search go on, so that it is most likely to reach the goal? Answer with one number."
_FORGET = "Which of these are not worth coming back to? Answer with their numbers, or with: none."


@dataclass(eq=False)
class IntelligentGoExplore(GoExplore):
    """Starts some groups from states that the model has chosen."""

    chars: int = 300
    """How much of each observation the model is shown."""
    shown: int = 20
    """How many cells it is shown, those seen least."""

    def __post_init__(self) -> None:
        GoExplore.__post_init__(self)
        if self.chars < 1 or self.shown < 1:
            raise ValueError(f"chars and shown must be at least 1, got {self.chars} and {self.shown}")

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        super().observe(groups, metrics, ctx)
        keys = [g.task.key for g in groups if any(t.spec.start is not None for t in g.trajectories)]
        forgotten = 0
        for key, numbers, listed in self._asked(
            [key for key in keys if len(self._cells.get(key, ())) > 1], _FORGET, ctx
        ):
            room = len(self._cells[key]) - 1
            for number in list(dict.fromkeys(numbers))[:room]:
                del self._cells[key][listed[number]]
                forgotten += 1
        metrics["go_explore/forgotten"] = float(forgotten)

    def _choose(self, keys: Sequence[str], ctx: ExplorationContext) -> list[Cell]:
        chosen = {key: listed[numbers[0]] for key, numbers, listed in self._asked(keys, _CHOOSE, ctx) if numbers}
        return [self._cells[key][chosen[key]] if key in chosen else self._draw(key, ctx.rng) for key in keys]

    def _asked(
        self, keys: Sequence[str], question: str, ctx: ExplorationContext
    ) -> list[tuple[str, list[int], list[str]]]:
        """For each task the numbers in the model's answer, and the names of the cells that they may be of."""
        if not keys:
            return []
        if ctx.ask is None:
            raise ValueError("to let the model choose where to go on the context needs an ask function")
        lists = [self._listed(key) for key in keys]
        texts = [self._text(key, listed, question) for key, listed in zip(keys, lists, strict=True)]
        answers = ctx.ask(texts, _SAMPLING)
        return [
            (key, [int(n) for n in re.findall(r"\d{1,9}", answer) if int(n) < len(listed)], listed)
            for key, answer, listed in zip(keys, answers, lists, strict=True)
        ]

    def _listed(self, key: str) -> list[str]:
        cells = self._cells[key]
        return sorted(cells, key=lambda name: cells[name].seen)[: self.shown]

    def _text(self, key: str, listed: Sequence[str], question: str) -> str:
        lines = []
        for number, cell in enumerate(self._cells[key][name] for name in listed):
            tried = ", ".join(cell.actions) or "nothing"
            seen = " ".join(cell.observation.split())[: self.chars]
            lines.append(f"{number}. after {cell.turns} turns: {seen} (tried here: {tried})")
        return "These states of a task have been reached:\n" + "\n".join(lines) + f"\n{question}\n"
