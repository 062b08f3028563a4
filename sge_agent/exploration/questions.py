"""Questions about whole episodes that a method puts to the policy."""

from __future__ import annotations

from collections.abc import Sequence

from sge_agent.exploration.base import ExplorationContext
from sge_agent.types import SamplingParams, Trajectory

_CHARS = 300
_SAMPLING = SamplingParams(temperature=0.3, max_tokens=256)


def answers(ctx: ExplorationContext, questions: Sequence[str]) -> list[str]:
    """What the policy says to each, almost without chance. Raises ``ValueError`` where nobody can be asked."""
    if ctx.ask is None:
        raise ValueError("a method puts questions to the policy: the context needs an ask function")
    return ctx.ask(questions, _SAMPLING)


def retold(trajectory: Trajectory) -> str:
    """An episode in words: goal, the numbered turns with strategy, action and what came of it, and how it ended."""
    seen = [*(turn.observation for turn in trajectory.turns[1:]), trajectory.final_observation]
    lines = [f"Goal: {trajectory.first_info.get('goal') or 'not told'}"]
    for number, (turn, after) in enumerate(zip(trajectory.turns, seen), start=1):
        plan = f"plan: {_short(turn.strategy)}; " if turn.strategy else ""
        lines.append(f"{number}. {plan}action: {_short(turn.action)}; then: {_short(after)}")
    return "\n".join([*lines, "The goal was reached." if trajectory.success else "The goal was not reached."])


def _short(text: str) -> str:
    return " ".join(text.split())[:_CHARS]
