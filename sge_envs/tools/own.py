"""Bring your own tools: typed functions on a state of your own and a check of that state make an environment."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import TaskNotFound, UnknownOption
from sge_envs.spaces import MAX_LENGTH
from sge_envs.tasks import Task, TaskSet, task_rng
from sge_envs.tools.caller import Caller, Plain, check_choice
from sge_envs.tools.desk import describe
from sge_envs.tools.formats import public_name, write_call
from sge_envs.tools.scenario import Call
from sge_envs.tools.toolbox import tool_schemas
from sge_envs.world.errors import OperationError
from sge_envs.world.kinds import Length
from sge_envs.world.operation import Operation, near, operation_of
from sge_envs.world.world import Result

FAMILY = 20_250_602
"""Keeps the random streams of these tasks apart from those of other families."""
SPLITS = ("train", "valid", "test")

Check = Callable[[Any, str | None], Mapping[str, bool]]
"""``check(state, answer)`` -> what has to hold, by its name, and whether it does. ``answer`` is what the player finished with."""


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One instance: where it begins, what is asked, how it is checked, and one way to solve it.

    ``solution`` are the calls of a solution; without it there is no ``oracle``. ``answer`` is what the solution ends with.
    """

    state: Any
    goal: str
    check: Check
    solution: Sequence[tuple[str, Mapping[str, Any]]] = ()
    answer: str | None = None


def finish(state: Any, answer: Annotated[str, Length(0, 2_000)] | None = None) -> str:
    """Say that the task is done. This ends the episode.

    Args:
        answer: The answer, where the task asks a question.
    """
    return "The task is over."


class OwnTools(TextEnv):
    """An environment of your own tools.

    * ``tools``: functions whose first parameter is the state; their annotations and docstrings (Google style) make schema,
      checks and documentation. To refuse a call they raise ``OperationError(code, sentence)``.
    * ``make_task``: makes an instance from a random generator; the same generator, the same instance. The instance's state is
      copied for each episode.
    * ``name``: the app that the tools belong to, the first part of their names.

    Success: everything that ``check`` names holds when the player calls ``NAME.finish``; then the reward is 1.

    Raises:
        BadOperation: a function cannot be a tool, and why.
        UnknownOption: an argument has a value that does not exist.
    """

    def __init__(
        self,
        tools: Sequence[Callable[..., Any]],
        make_task: Callable[[np.random.Generator], OwnTask],
        *,
        name: str = "app",
        split: str = "train",
        format: Plain = "json",
        max_turns: int | None = 20,
        max_calls: int = 10,
        max_result_chars: int = 6_000,
        render_mode: str | None = None,
        max_chars: int = MAX_LENGTH,
    ) -> None:
        check_choice(format, ("json", "text"), "format")
        made = [operation_of(function, app=name, writes=True) for function in (*tools, finish)]
        self.operations: Mapping[str, Operation] = {one.name: one for one in made}
        if len(self.operations) < len(made):
            raise UnknownOption(f"Two tools have the same name (finish is taken): {sorted(one.name for one in made)}.")
        super().__init__(
            OwnTasks(make_task), split=split, max_turns=max_turns, render_mode=render_mode, max_chars=max_chars
        )
        self._finish = f"{name}.finish"
        self._format: Plain = format
        self._caller = Caller(
            self._carry_out,
            operations=self.operations,
            format=format,
            over=lambda: self._finished,
            max_calls=max_calls,
            max_result_chars=max_result_chars,
        )
        self._finished = False
        self._answer: str | None = None
        self._state: Any = None
        self._followed = 0

    @property
    def tool_schemas(self) -> list[dict[str, Any]]:
        """The tools as OpenAI-style schemas."""
        return tool_schemas(self.operations)

    def _start(self, task: Task) -> str:
        own = _own(task)
        self._state = copy.deepcopy(own.state)
        self._finished, self._answer, self._followed = False, None, 0
        name = public_name if self._format == "json" else str
        lines = [own.goal, "", "Tools:"]
        for one in self.operations.values():
            lines.append(f"- {name(one.name)}{one.signature[len(one.name) :]}: {one.summary}")
            lines += [f"    {argument}: {about}" for argument, about in describe(one)["arguments"].items()]
        example = write_call(Call(self._finish, {}), self._format)
        return "\n".join([*lines, "", f"Call tools so: {example}"])

    def _act(self, action: str) -> Reply:
        shown, error = self._caller.run(action)
        if not self._finished:
            return Reply(shown, error=error)
        return Reply(shown, reward=float(all(self._checks().values())), done=True, error=error)

    def _carry_out(self, call: Call) -> Result:
        name = call.name if "." in call.name else call.name.replace("__", ".", 1)
        operation = self.operations.get(name)
        if operation is None:
            guess = near(name[:80], self.operations)
            return Result(
                error="unknown_operation",
                message=f"There is no tool {name[:60]!r}." + (f" Did you mean {guess!r}?" if guess else ""),
            )
        try:
            arguments = operation.bind(call.arguments)
            before = copy.deepcopy(self._state)
            try:
                value = operation.function(self._state, **arguments)
            except OperationError:
                self._state = before  # a call that is refused leaves nothing behind
                raise
        except OperationError as error:
            return Result(error=error.code, message=error.message)
        if name == self._finish:
            self._finished, self._answer = True, arguments.get("answer")
        solution = _own(self.task).solution
        if self._followed < len(solution) and solution[self._followed] == (name, dict(call.arguments)):
            self._followed += 1
        return Result(value)

    def _checks(self) -> Mapping[str, bool]:
        checks = _own(self.task).check(self._state, self._answer)
        if not checks:
            raise UnknownOption("The task's check names nothing that has to hold: anything would solve it.")
        return {name: bool(held) for name, held in checks.items()}

    def _verdict(self) -> Verdict:
        checks = self._checks()
        failed = sorted(name for name, held in checks.items() if not held)
        if not self._finished:
            return Verdict(False, 0.0, " ".join(["unfinished", *failed]), f"{self._finish} was not called.")
        said = f"Not as asked: {', '.join(failed)}." if failed else "The task is done."
        return Verdict(not failed, 1 - len(failed) / max(1, len(checks)), " ".join(failed) or "solved", said)

    def oracle(self) -> str:
        """The next call of the task's own solution.

        Raises:
            UnknownOption: the task brought none.
        """
        own = _own(self.task)
        if not own.solution and own.answer is None:
            raise UnknownOption("This task has no solution to show: give OwnTask a solution.")
        if self._followed < len(own.solution):
            return write_call(Call(*own.solution[self._followed]), self._format)
        return write_call(Call(self._finish, {} if own.answer is None else {"answer": own.answer}), self._format)


class OwnTasks(TaskSet):
    """Endless tasks, each made from a random stream of its own."""

    def __init__(self, make_task: Callable[[np.random.Generator], OwnTask]) -> None:
        self._make_task = make_task

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> int | None:
        self.check_split(split)
        return None

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        own = self._make_task(task_rng(family=FAMILY, split=SPLITS.index(split), index=index))
        return Task(id=f"{split}/{index}", split=split, goal=own.goal, data=own)

    def find_task(self, task_id: str) -> Task:
        split, _, number = task_id.partition("/")
        if split in SPLITS and number.isascii() and number.isdigit() and len(number) < 12:
            return self.get_task(split, int(number))
        raise TaskNotFound(f"There is no task {task_id!r}: an id is made of split and number, such as 'train/0'.")


def _own(task: Task) -> OwnTask:
    assert isinstance(task.data, OwnTask)
    return task.data
