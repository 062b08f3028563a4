"""Evaluations of a run as the page shows them: numbers for a table, and pass@k as a curve with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sge_agent.stats import bootstrap, pass_at_k

_TOLD = (
    "temperature",
    "episodes",
    "successes",
    "errors",
    "distinct_outcomes",
    "distinct_strategies",
    "turns",
    "tokens",
)


def shown_evaluation(result: Mapping[str, Any]) -> dict[str, Any]:
    """One result of ``Evaluation.to_json``, with the curve ``[k, mean, low, high]`` in place of its tasks."""
    numbers = {name: result[name] for name in _TOLD if name in result}
    return {**numbers, "tasks": len(result["tasks"]), "curve": pass_curve(result)}


def pass_curve(result: Mapping[str, Any]) -> list[list[float]]:
    """pass@k at the k that were measured and at all powers of two up to the number of episodes per task.

    Intervals are 95 % over tasks, from the same resampling as the measured ones.
    """
    found = {int(k): [e["mean"], e["low"], e["high"]] for k, e in result["pass_at"].items()}
    counts = [(int(task["episodes"]), int(task["successes"])) for task in result["tasks"]]
    fewest = min((episodes for episodes, _ in counts), default=0)
    for k in _ks(fewest):
        if k not in found:
            estimate = bootstrap([pass_at_k(episodes=n, successes=c, k=k) for n, c in counts])
            found[k] = [estimate.mean, estimate.low, estimate.high]
    return [[float(k), *(round(value, 5) for value in found[k])] for k in sorted(found)]


def _ks(most: int) -> Sequence[int]:
    powers = [2**i for i in range(most.bit_length()) if 2**i <= most]
    return sorted({*powers, most} - {0})
