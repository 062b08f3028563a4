"""The tools that are not part of the world: the documentation, the user who can be asked, and the end of the task."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from sge_envs.world.errors import OperationError
from sge_envs.world.kinds import Length, Range
from sge_envs.world.operation import Operation, Record, near, operation_of

MAX_ANSWER = 2_000


@dataclass(slots=True)
class Desk:
    """What these tools act on. ``facts`` is what the user knows; ``finished`` and ``answer`` are what the player said last."""

    operations: Mapping[str, Operation]
    facts: Mapping[str, str]
    finished: bool = False
    answer: Any = None
    told: list[str] = field(default_factory=list)
    """Facts that the user has told."""


def search(desk: Desk, query: str, limit: Annotated[int, Range(1, 30)] = 10) -> Record:
    """Find tools by words, the best matches first.

    Args:
        query: What you want to do, such as "send a mail" or "refund".
        limit: At most so many tools.

    Returns:
        tools, each with name and summary.
    """
    found = rank(query, list(desk.operations.values()))[:limit]
    return {"tools": [{"name": one.name, "summary": one.summary} for one in found]}


def show(desk: Desk, name: str) -> Record:
    """Show how a tool is called: its arguments, their types and meanings, and what comes back.

    Args:
        name: The full name of a tool, such as mail.send, or the name of an app for a list of its tools.

    Returns:
        The description of the tool, or the tools of the app.
    """
    operation = desk.operations.get(name) or desk.operations.get(name.replace("__", ".", 1))
    if operation is not None:
        return describe(operation)
    own = [one for one in desk.operations.values() if one.app == name]
    if own:
        return {"app": name, "tools": [{"name": one.name, "summary": one.summary} for one in own]}
    guess = near(name[:80], [*desk.operations, *{one.app for one in desk.operations.values()}])
    hint = f" Did you mean {guess!r}?" if guess else " Find one with docs.search."
    raise OperationError("not_found", f"There is no tool or app {name[:60]!r}.{hint}")


def ask(desk: Desk, question: str) -> str:
    """Ask the user about something that the task leaves out. Ask for one thing at a time.

    Args:
        question: The question, in words.

    Returns:
        What the user says.
    """
    asked = _words(question)
    scored = [(len(asked & _words(topic)), topic) for topic in desk.facts]
    best = max(scored, default=(0, ""))
    untold = [topic for topic in desk.facts if topic not in desk.told]
    if best[0] == 0 and len(untold) == 1:
        best = (1, untold[0])
    if best[0] == 0:
        return "I have nothing to add to that. Please go by what is in my apps."
    if best[1] not in desk.told:
        desk.told.append(best[1])
    return desk.facts[best[1]]


def finish(
    desk: Desk, answer: Annotated[str, Length(0, MAX_ANSWER)] | None = None, answers: list[str] | None = None
) -> str:
    """Say that the task is done. This ends the episode: nothing can be changed afterwards.

    Args:
        answer: The answer, where the task asks a question: a name, a date, a number such as 12.50.
        answers: The answer where it is a list, one entry each.

    Returns:
        Nothing more.
    """
    if answer is not None and answers is not None:
        raise OperationError("invalid_argument", "task.finish: give either answer or answers, not both.")
    desk.finished = True
    desk.answer = answers if answers is not None else answer
    return "The task is over."


def desk_operations() -> dict[str, Operation]:
    """``docs.search``, ``docs.show``, ``user.ask`` and ``task.finish``."""
    listed = (("docs", search), ("docs", show), ("user", ask), ("task", finish))
    made = [operation_of(function, app=app, writes=False) for app, function in listed]
    return {one.name: one for one in made}


def describe(operation: Operation) -> Record:
    """What ``docs.show`` says of a tool."""
    return {
        "name": operation.name,
        "signature": operation.signature,
        "summary": operation.summary,
        **({"description": operation.description} if operation.description else {}),
        "arguments": {one.name: f"{one.about} ({one.kind.words})" for one in operation.parameters},
        "returns": operation.returns,
    }


def rank(query: str, operations: Sequence[Operation]) -> list[Operation]:
    """The operations that share words with ``query``, those that share rarer ones and in their name first."""
    wanted = sorted(_words(query))
    if not wanted:
        return []
    texts = [(_words(one.name), _words(f"{one.summary} {one.description}")) for one in operations]
    frequency = {word: 1 + sum(word in name or word in text for name, text in texts) for word in wanted}
    scores = [
        sum((2.0 * (word in name) + (word in text)) / frequency[word] ** 0.5 for word in wanted) for name, text in texts
    ]
    order = sorted(range(len(operations)), key=lambda place: (-scores[place], operations[place].name))
    return [operations[place] for place in order if scores[place] > 0]


_STOP = frozenset(re.findall(r"\w+", "a an and are at be by do for from i in is it me my of on or the to with you"))
"""Words that say nothing about what is wanted."""


def _words(text: str) -> frozenset[str]:
    """The words of a text without their commonest endings, so that "notes" finds "note" and "sending" finds "send"."""
    found = re.findall(r"[a-z0-9]+", text.casefold()[:2_000])
    return frozenset(re.sub(r"(?<=\w{3})(?:ings?|ed|es|s|e)$", "", word) for word in found if word not in _STOP)
