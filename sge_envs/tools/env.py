"""``SGE-ToolAPI-v0``: an office and a home behind tools, with tasks that are judged by the state that the player leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import ResetNeeded
from sge_envs.spaces import MAX_LENGTH
from sge_envs.tasks import Task
from sge_envs.tools.caller import Caller, check_choice
from sge_envs.tools.desk import ask
from sge_envs.tools.episode import Episode
from sge_envs.tools.formats import Format, public_name, write_call
from sge_envs.tools.scenario import Prepared
from sge_envs.tools.tasks import ToolTasks, prepared
from sge_envs.tools.toolbox import all_operations, tool_schemas
from sge_envs.world.clock import weekday
from sge_envs.world.operation import Operation
from sge_envs.world.world import full_catalogue

if TYPE_CHECKING:
    from sge_envs.tools.cells import Cells

Shown = Literal["all", "relevant", "search", "none"]
HOW: Mapping[Format, str] = {
    "json": 'Call tools with JSON: {"name": "docs.search", "arguments": {"query": "..."}}, or a list of such calls.',
    "text": 'Call tools as functions, one per line: docs.search(query="...").',
    "python": 'Write Python in a fenced block; the tools are methods of apis: print(apis.docs.search(query="...")). '
    "Variables are kept from turn to turn, and what you print is shown.",
}
DESK = ("docs", "user", "task")
LONGEST = 100_000
"""Longest observation, in characters: with ``tools="all"`` the first one lists every tool."""


class ToolAPIEnv(TextEnv):
    """An assistant's work in the apps of one person: a task in words, tools to do it with, a verdict on the state.

    Success: everything that the task asks for has changed, nothing else has, and the answer is right. Reward 1 then,
    else 0, when the player calls ``task.finish``.

    * ``format``: how calls are written: ``"json"``, ``"text"`` or ``"python"`` (cells in the code sandbox).
    * ``tools``: what the first observation lists: ``"search"`` (the apps; the rest by ``docs.search`` and ``docs.show``),
      ``"relevant"`` (also the tools of the apps that the task touches), ``"all"``; ``"none"``: the task alone, without a
      word on apps and calls, for a player that knows them.
    * ``difficulty``, ``scenarios``: only tasks of this kind.
    * ``max_calls``: calls that one action may hold. ``max_result_chars``: longest result shown of one call.
    * ``unsafe``: with ``format="python"``, run cells even where no sandbox works.

    Raises:
        UnknownOption: an argument has a value that does not exist.
    """

    def __init__(
        self,
        *,
        split: str = "train",
        format: Format = "json",
        tools: Shown = "search",
        difficulty: str | None = None,
        scenarios: Sequence[str] | None = None,
        max_turns: int | None = 30,
        max_calls: int = 10,
        max_result_chars: int = 6_000,
        render_mode: str | None = None,
        max_chars: int = LONGEST,
        max_action_chars: int = MAX_LENGTH,
        unsafe: bool = False,
    ) -> None:
        check_choice(format, get_args(Format), "format")
        check_choice(tools, get_args(Shown), "choice of tools")
        super().__init__(
            ToolTasks(difficulty=difficulty, names=scenarios),
            split=split,
            max_turns=max_turns,
            render_mode=render_mode,
            max_chars=max_chars,
            max_action_chars=max_action_chars,
        )
        self._format: Format = format
        self._tools: Shown = tools
        self._episode = Episode(ending="task.finish was not called.")
        self._caller: Caller | Cells
        if format == "python":
            from sge_envs.tools.cells import Cells  # the sandbox is of no concern to the other formats

            self._caller = Cells(self._episode.call, unsafe=unsafe)
        else:
            self._caller = Caller(
                self._episode.call,
                operations=self._episode.box.operations,
                format=format,
                over=lambda: self._episode.finished,
                max_calls=max_calls,
                max_result_chars=max_result_chars,
            )

    @property
    def tool_schemas(self) -> list[dict[str, Any]]:
        """The tools that the first observation lists, as OpenAI-style schemas (``mail.send`` is named ``mail__send``).

        With ``tools="search"`` or ``"none"`` these are the documentation and the rest of the desk; all others may be called
        as well.
        """
        return tool_schemas({one.name: one for one in self._listed_tools()})

    def scripted_reply(self, question: str) -> str:
        """What the user says when asked ``question``, as the tool ``user.ask`` gives it; costs no turn.

        Raises:
            ResetNeeded: no task is being played.
        """
        if self._task is None:
            raise ResetNeeded("No task is being played: call reset() first.")
        return ask(self._episode.box.desk, question)

    # What TextEnv asks for ------------------------------------------------------------------------------------------

    def _start(self, task: Task) -> str:
        self._episode.begin(prepared(task))
        self._end_session()
        return self._introduction(prepared(task))

    def _act(self, action: str) -> Reply:
        shown, error = self._caller.run(action)
        if not self._episode.finished:
            return Reply(shown, error=error)
        return Reply(shown, reward=float(self._episode.solved()), done=True, error=error)

    def _verdict(self) -> Verdict:
        return self._episode.verdict()

    def oracle(self) -> str:
        """The next call of the solution, from wherever the player is; ``task.finish`` when nothing is missing.

        Raises:
            ResetNeeded: no task is being played.
        """
        if self._episode.box.world is None or self._task is None:
            raise ResetNeeded("No task is being played: call reset() first.")
        return write_call(self._episode.next_call(), self._format)

    def _state_key(self) -> str | None:
        """The state of the apps; what the documentation showed or a cell computed is no part of it."""
        return None if self._episode.box.world is None else self._episode.key()

    def _save(self) -> bytes:
        if self._format == "python":  # variables of cells come back by playing the cells again
            return super()._save()
        return (
            self._episode.followed.to_bytes(4, "big")
            + json.dumps([self._actions, self._shown]).encode()
            + b"\0"
            + self._episode.box.save()
        )

    def _load(self, task: Task, data: bytes) -> str:
        if self._format == "python":
            return super()._load(task, data)
        self._start(task)
        head, _, state = data[4:].partition(b"\0")
        actions, shown = json.loads(head)
        self._episode.followed = min(int.from_bytes(data[:4], "big"), len(prepared(task).calls))
        self._actions = [str(one) for one in actions]
        self._episode.box.restore(state)
        return str(shown)

    def close(self) -> None:
        """Free the world and the sandbox; a second call is legal."""
        self._end_session()
        self._episode.box.close()
        super().close()

    # The inside -----------------------------------------------------------------------------------------------------

    def _end_session(self) -> None:
        if not isinstance(self._caller, Caller):
            self._caller.close()

    def _listed_tools(self) -> list[Operation]:
        operations = list(all_operations().values())
        if self._tools == "all":
            return operations
        apps = set(DESK)
        if self._tools == "relevant" and self._task is not None:
            apps |= {call.name.partition(".")[0] for call in prepared(self._task).calls}
        return [one for one in operations if one.app in apps]

    def _introduction(self, made: Prepared) -> str:
        if self._tools == "none":
            return f"Task: {made.goal}"
        db = self._episode.world.db
        user, name = db.user, public_name if self._format == "json" else str
        lines = [
            f"You are the assistant of {user['name']} ({user['email']}, at work {user['work_email']}) and work in these apps.",
            f"It is {weekday(db.today)} {db.today}, {db.now[11:]}.",
            "",
            f"Task: {made.goal}",
            "",
            HOW[self._format],
            "Find tools with docs.search(query), read how one is called with docs.show(name), ask the user with "
            "user.ask(question), and end with task.finish(answer=...).",
            "",
            "Apps:",
            *(f"- {app.name} ({len(app.reads) + len(app.writes)} tools): {app.about}" for app in full_catalogue().apps),
        ]
        listed = self._listed_tools()
        if self._tools != "search":
            lines += [
                "",
                "Tools:",
                *(f"- {name(one.name)}{one.signature[len(one.name) :]}: {one.summary}" for one in listed),
            ]
        return "\n".join(lines)
