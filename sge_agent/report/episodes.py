"""An episode of a transcript as the page gets it: a line of the index, and the text to read.

Works on the rows as they stand in the file: objects for 100,000 episodes would take minutes to make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sge_agent.types import TaskRef

LONG_TEXT = 12_000
"""Longer texts of an environment are cut in the page; the transcript has them whole."""

STRATEGY_CHARS = 240
"""So much of a strategy stands in the index; the episode has it whole."""


@dataclass(frozen=True, slots=True)
class Source:
    """An earlier attempt that a hint was made from. ``episode`` is the seed that names it; None: not of this run."""

    update: int
    episode: int | None
    success: bool
    outcome: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index tells of an episode. ``seed`` names it within its run."""

    phase: str
    update: int
    seed: int
    task: str
    env: str
    goal: str
    outcome: str
    strategy: str
    tag: str
    success: bool
    reward: float
    turns: int
    tokens: int
    broken: bool
    hinted: bool
    sources: tuple[Source, ...]
    sources_told: bool


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Raises ``KeyError`` or ``TypeError`` where the row is no episode."""
    task = TaskRef(**row["task"])
    spec = row["spec"]
    return Entry(
        phase=str(row["phase"]),
        update=int(row["update"]),
        seed=int(spec["seed"]),
        task=task.key,
        env=task.env,
        goal=str(row["first_info"].get("goal") or ""),
        outcome=str(row["outcome"]),
        strategy=one_strategy([turn["strategy"] for turn in row["turns"]]),
        tag=str(row["tag"]),
        success=bool(row["success"]),
        reward=float(row["reward"] or 0.0),
        turns=len(row["turns"]),
        tokens=sum(segment["end"] - segment["start"] for turn in row["turns"] for segment in turn["segments"]),
        broken=bool(row["error"]),
        hinted=bool(row["hint"]),
        sources=tuple(_source(source) for source in spec.get("sources", ())),
        sources_told="sources" in spec,
    )


def one_strategy(strategies: Sequence[str]) -> str:
    """The strategies of the turns in one line, each told once as long as it is in force."""
    lines = [" ".join(text.split()) for text in strategies]
    changes = [text for i, text in enumerate(lines) if text and (i == 0 or lines[i - 1] != text)]
    return cut(" → ".join(changes), STRATEGY_CHARS)


def body_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The text of an episode, under short names since there are many of them. Probabilities are in hundredths of a nat."""
    info = row["turns"][-1]["info"] if row["turns"] else row["first_info"]
    return {
        "hint": row["hint"],
        "turns": [_turn(turn) for turn in row["turns"]],
        "final": cut(str(row["final_observation"]).strip(), LONG_TEXT),
        "feedback": cut(str(info.get("feedback") or ""), LONG_TEXT),
        "error": row["error"],
    }


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    written = " ".join(segment["text"] for segment in turn["segments"] if segment["role"] == "action")
    told = {
        "o": cut(turn["observation"].strip(), LONG_TEXT),
        "s": [_segment(segment) for segment in turn["segments"]],
        "a": None if turn["action"] and turn["action"] in written else turn["action"],
        "r": turn["reward"],
        "b": turn["bonus"],
        "x": str(turn["info"].get("action_error") or ""),
    }
    return {name: value for name, value in told.items() if value not in (None, "", 0, 0.0)}


def _segment(segment: Mapping[str, Any]) -> list[Any]:
    temperatures = sorted(set(segment["temperatures"]))
    nats = [-1 if p is None else round(-100 * p) for p in segment["logprobs"]]
    return [segment["role"], temperatures, segment["finish"], segment["texts"], nats]


def _source(row: Mapping[str, Any]) -> Source:
    return Source(
        update=int(row["update"]),
        episode=row["episode"],
        success=bool(row["success"]),
        outcome=str(row["outcome"]),
        strategy=one_strategy(row["strategies"]),
    )


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most:,} more characters)"
