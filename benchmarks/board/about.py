"""What there is to say about an arm beside its numbers: its kind, what it does in one sentence, and the papers behind it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.board.arms import GRPO, Arm, arms
from sge_agent.exploration.table import method_class, parts_of

KINDS = ("alone", "on SGE", "composition")
BASES = {
    "grpo": "One temperature and no reflection.",
    "sge": "Strategies hot, actions cold, and reflection on earlier ones.",
}
_PAPER = re.compile(r"\b\d{4}\.\d{5}\b")
_SENTENCE = re.compile(r".*?\.(?=\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class About:
    """``papers`` are numbers of arXiv; ``settings`` are those that differ from the defaults of all arms."""

    name: str
    kind: str
    text: str
    papers: tuple[str, ...]
    settings: str


def about(names: Iterable[str]) -> list[About]:
    """In the order of the names. Raises ``SettingError`` for an arm that names no method."""
    known = arms()
    return [_about(known.get(name) or Arm(name)) for name in names]


def _about(arm: Arm) -> About:
    base, *methods = parts_of(arm.settings.get("explore", arm.name))
    documents = [_documents(name) for name in methods]
    own = {
        name: value for name, value in arm.settings.items() if name != "explore" and GRPO.settings.get(name) != value
    }
    return About(
        name=arm.name,
        kind=KINDS[2] if len(methods) > 1 else KINDS[1] if methods and base == "sge" else KINDS[0],
        text=" ".join(of_class for of_class, _ in documents) or BASES[base],
        papers=tuple(dict.fromkeys(paper for _, of_module in documents for paper in _PAPER.findall(of_module))),
        settings=", ".join(f"{name} {value}" for name, value in own.items()),
    )


def _documents(method: str) -> tuple[str, str]:
    """The first sentence about the class of a method, and all that is said about its module."""
    found = method_class(method)
    first = _SENTENCE.match(inspect.getdoc(found) or "")
    text = " ".join(first[0].replace("``", "").split()) if first else ""
    return text, sys.modules[found.__module__].__doc__ or ""
