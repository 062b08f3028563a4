"""One task being played, through whatever interface: the calls that reach the world, what they came to, what is next.

The tool environment and the pages in the browser share it, so the same deeds are judged the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sge_envs.core import Verdict
from sge_envs.tools.judge import Judge, Judgement, same_answer
from sge_envs.tools.scenario import Call, Prepared
from sge_envs.tools.toolbox import Toolbox
from sge_envs.world.database import Change
from sge_envs.world.world import Result, World


class Episode:
    """Carries out calls until the player says that the task is done, and judges the state that is left.

    ``ending`` is what the feedback says where the player never ended the task.
    """

    def __init__(self, *, ending: str) -> None:
        self.box = Toolbox()
        self.followed = 0  # calls of the solution that were made, one after the other
        self._ending = ending
        self._made: Prepared | None = None
        self._judgement: Judgement | None = None

    def begin(self, made: Prepared) -> None:
        """Start at the beginning of a task."""
        self.box.begin(made)
        self.followed = 0
        self._made, self._judgement = made, None

    @property
    def made(self) -> Prepared:
        """The task."""
        assert self._made is not None
        return self._made

    @property
    def world(self) -> World:
        """The world as the player left it."""
        assert self.box.world is not None
        return self.box.world

    @property
    def finished(self) -> bool:
        """Whether the player has said that the task is done."""
        return self.box.desk.finished

    def call(self, call: Call) -> Result:
        """Carry out a call of the player's."""
        if self.finished:
            return Result(error="not_allowed", message="The task is over: nothing can be called any more.")
        result = self.box.call(call.name, call.arguments)
        self._judgement = None
        calls = self.made.calls
        if result.ok and self.followed < len(calls) and self._equal(calls[self.followed], call):
            self.followed += 1
        return result

    def next_call(self) -> Call:
        """The next call of the solution, from wherever the player is; ``task.finish`` when nothing is missing."""
        made, key = self.made, self.world.key()
        if made.keys[self.followed] == key:
            place = self.followed
        elif key in made.keys:
            place = max(i for i, one in enumerate(made.keys) if one == key)
        else:
            missing = {(one.table, one.id) for one in self.judged().missing}
            place = next((i for i, rows in enumerate(made.wrote) if rows & missing), len(made.calls))
        return made.calls[place] if place < len(made.calls) else _finish(made)

    def key(self) -> str:
        """The state as a short text."""
        return f"{self.world.key()}{'-over' if self.finished else ''}"

    def judged(self) -> Judgement:
        """The changes so far against those that the task asks for."""
        if self._judgement is None:
            made = self.made
            judge = Judge(self.world.catalogue.schema, made.required, made.free)
            self._judgement = judge(self.world.changes())
        return self._judgement

    def solved(self) -> bool:
        """Whether the player has ended the task, all that it asks for has changed and nothing else, and the answer is right."""
        judged = self.judged()
        return self.finished and self._answered() and not judged.missing and not judged.extra

    def verdict(self) -> Verdict:
        """What the episode came to."""
        made, judged, finished = self.made, self.judged(), self.finished
        right = finished and self._answered()
        asked = made.answer is not None
        held = judged.required - len(judged.missing) + (asked and right)
        held += held > 0 and not judged.extra  # keeping one's hands off is worth something only beside something done
        return Verdict(
            success=self.solved(),
            progress=held / (judged.required + asked + 1),
            outcome=_outcome(judged, answered=right, finished=finished),
            feedback=self._feedback(judged, answered=right),
        )

    def _answered(self) -> bool:
        return same_answer(self.made.answer, self.box.desk.answer, ordered=self.made.ordered)

    def _equal(self, one: Call, other: Call) -> bool:
        if one.name != other.name or one == other:
            return one == other
        defaults = {each.name: each.default for each in self.box.operations[one.name].parameters if not each.required}
        return {**defaults, **one.arguments} == {**defaults, **_plain(other.arguments)}

    def _feedback(self, judged: Judgement, *, answered: bool) -> str:
        """What a person would say: which apps are not as they should be, never what should stand there."""
        done = judged.required - len(judged.missing)
        said = []
        if judged.missing:
            said.append(f"{done} of {judged.required} changes that the task asks for are there.")
            apps = sorted({self._app_of(one.table) for one in judged.missing})
            said.append(f"Something is missing or different in: {', '.join(apps)}.")
        if judged.extra:
            causes = sorted({one.by for one in judged.extra})
            said.append(f"Something changed that nobody asked for, by: {', '.join(causes)}.")
        if not self.finished:
            said.append(self._ending)
        elif self.made.answer is not None and not answered:
            said.append("The answer is not right.")
        return " ".join(said) or "The task is done."

    def _app_of(self, table: str) -> str:
        """Tables are named after their app."""
        return next((app.name for app in self.world.catalogue.apps if table.startswith(f"{app.name}_")), table)


def _plain(arguments: Any) -> Mapping[str, Any]:
    return arguments if isinstance(arguments, Mapping) else {}


def _finish(made: Prepared) -> Call:
    if isinstance(made.answer, list):
        return Call("task.finish", {"answers": [str(one) for one in made.answer]})
    return Call("task.finish", {} if made.answer is None else {"answer": _as_said(made.answer)})


def _as_said(answer: str | float) -> str:
    return f"{answer:.2f}" if isinstance(answer, float) else str(answer)


def _tables(changes: Sequence[Change]) -> str:
    counts: dict[str, int] = {}
    for one in changes:
        counts[one.table] = counts.get(one.table, 0) + 1
    return "+".join(f"{table}*{number}" if number > 1 else table for table, number in sorted(counts.items()))


def _outcome(judged: Judgement, *, answered: bool, finished: bool) -> str:
    parts = []
    if judged.missing:
        parts.append(f"missing:{_tables(judged.missing)}")
    if judged.extra:
        parts.append(f"extra:{_tables(judged.extra)}")
    if not finished:
        parts.append("unfinished")
    elif not answered:
        parts.append("answer")
    return " ".join(parts) or "solved"
