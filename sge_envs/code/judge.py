"""The verdict on a program: worked out here, outside the sandbox, from its answers alone.

Only inputs enter the sandbox. Exit status, output and words such as "PASS" are never evidence, and an answer counts
only if the sandbox says that it is a value and our own comparison says that it is right.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from sge_envs.code.asserts import count_asserts, run_asserts
from sge_envs.code.compare import Checker, agrees, read_output
from sge_envs.code.problem import Case, Problem
from sge_envs.code.sandbox import Answer, Call, Candidate, Limits, Methods, Program, Request, Sandbox, Value
from sge_envs.code.show import shorten, show_call, show_value

_FUTURE = re.compile(r"^from __future__ import [^\n#;(]*(?:#.*)?$", re.MULTILINE)
_TRACE_LINE = re.compile(r'(?<=File "solution\.py", line )\d+')
_LONGEST_TRACE = 2000  # characters

_DEAD = Answer("unreached", detail="An earlier test ended the program.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test went; ``given``, ``expected``, ``got`` and ``printed`` say so in words, ``got`` is empty if it passed."""

    passed: bool
    given: str = ""
    expected: str = ""
    got: str = ""
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one program: one outcome for each hidden test, or ``broken``, why it did not even load.

    ``syntax``: it is broken because it is not Python.
    """

    outcomes: tuple[Outcome, ...]
    broken: str = ""
    syntax: bool = False

    @property
    def failed(self) -> tuple[int, ...]:
        """The numbers of the failed tests, from 1."""
        return tuple(number for number, outcome in enumerate(self.outcomes, start=1) if not outcome.passed)

    @property
    def solved(self) -> bool:
        return bool(self.outcomes) and not self.failed


def keep_only(judgement: Judgement, numbers: Collection[int]) -> Judgement:
    """The judgement without the words on any test but these."""
    outcomes = enumerate(judgement.outcomes, start=1)
    return replace(
        judgement,
        outcomes=tuple(one if number in numbers else Outcome(one.passed) for number, one in outcomes),
    )


def count_tests(problem: Problem) -> int:
    """How many hidden tests there are."""
    return count_asserts(problem.asserts) if problem.asserts else len(problem.cases)


def judge(sandbox: Sandbox, problem: Problem, code: str) -> Judgement:
    """Run ``code`` on the hidden tests of ``problem``.

    Raises:
        SandboxBroken, DataCorrupt: the sandbox failed, or the tests are no tests. Nothing in ``code`` can cause that.
    """
    program, shift = _join(problem.setup, code)
    if problem.asserts is not None:
        judgement = _judge_asserts(sandbox, problem, program)
    else:
        judgement = _judge_cases(sandbox, problem, program)
    return _shift_lines(judgement, shift) if shift else judgement


def _judge_cases(sandbox: Sandbox, problem: Problem, program: str) -> Judgement:
    requests = [_request(problem, case) for case in problem.cases]
    result = sandbox.run(program, requests=requests, limits=_limits(problem))
    if result.load.status != "value":
        return _not_loaded(result.load, len(problem.cases))
    return Judgement(
        tuple(_outcome(problem, case, answer) for case, answer in zip(problem.cases, result.answers, strict=True))
    )


def _judge_asserts(sandbox: Sandbox, problem: Problem, program: str) -> Judgement:
    assert problem.asserts is not None
    limits = _limits(problem)
    with sandbox.start(program, limits=limits) as candidate:
        if candidate.load.status != "value":
            return _not_loaded(candidate.load, count_tests(problem))
        results = run_asserts(problem.asserts, _Asking(candidate, problem.entry, limits.total_seconds))
    return Judgement(
        tuple(
            Outcome(True)
            if result.passed
            else Outcome(
                False,
                given=shorten(result.text),
                got=_describe(result.answer, f"candidate({shorten(result.call)}) returned "),
                printed=shorten(result.answer.output) if result.answer else "",
            )
            for result in results
        )
    )


class _Asking:
    """Asks the candidate until it is dead or the time of the submission is over."""

    def __init__(self, candidate: Candidate, entry: str, seconds: float) -> None:
        self._candidate = candidate
        self._entry = entry
        self._end = time.monotonic() + seconds

    def __call__(self, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...]) -> Answer:
        if time.monotonic() > self._end:
            self._candidate.close()
            return Answer("timeout", detail="The time for all tests is over.")
        if not self._candidate.alive:
            return _DEAD
        return self._candidate.ask(Call(self._entry, args, kwargs))


def _limits(problem: Problem) -> Limits:
    return Limits(wall_seconds=problem.time_limit, total_seconds=problem.time_budget)


def _request(problem: Problem, case: Case) -> Request:
    if problem.kind == "function":
        return Call(problem.entry, case.arguments)
    if problem.kind == "class":
        (_, first), *calls = case.arguments
        return Methods(problem.entry, tuple(first), tuple((name, tuple(values)) for name, values in calls))
    return Program(case.arguments[0])


def _outcome(problem: Problem, case: Case, answer: Answer) -> Outcome:
    program = problem.kind == "stdin"
    expected, got = case.expected, answer.value
    if program and type(got) is str and not isinstance(problem.comparison, Checker):
        expected, got = (read_output(text, problem.comparison) for text in (expected, got))
    if answer.status == "value" and agrees(problem.comparison, case.arguments, expected, got):
        return Outcome(True)
    return Outcome(
        False,
        given=shorten(_show_given(problem, case)),
        expected=shorten(case.expected) if program else show_value(case.expected),
        got=_describe(answer, "It printed:\n" if program else "It returned ", plain=program),
        printed="" if program else shorten(answer.output),
    )


def _show_given(problem: Problem, case: Case) -> str:
    if problem.kind == "stdin":
        return str(case.arguments[0])
    if problem.kind == "function":
        return show_call(problem.entry, case.arguments)
    (_, first), *calls = case.arguments
    made = show_call(problem.entry, first)
    return "; ".join([f"it = {made}", *(show_call(f"it.{name}", values) for name, values in calls)])


def _describe(answer: Answer | None, verb: str, *, plain: bool = False) -> str:
    """What a wrong answer was, in words that are the same in every run."""
    if answer is None:
        return "It was not called."
    if answer.status == "value":
        return f"{verb}{shorten(answer.value) if plain and type(answer.value) is str else show_value(answer.value)}"
    return _explain(answer)


def _explain(answer: Answer) -> str:
    trace = answer.fault.traceback.strip() if answer.fault is not None else ""
    if trace:
        return trace if len(trace) <= _LONGEST_TRACE else f"...{trace[-_LONGEST_TRACE:]}"
    return answer.detail or f"It did not answer ({answer.status})."


def _not_loaded(load: Answer, number: int) -> Judgement:
    syntax = load.fault is not None and load.fault.type in ("SyntaxError", "IndentationError", "TabError")
    return Judgement((Outcome(False),) * number, broken=_explain(load), syntax=syntax)


def _join(setup: str, code: str) -> tuple[str, int]:
    """The program with what goes before it, and by how many lines that moves the player's own."""
    if not setup.strip():
        return code, 0
    future = _FUTURE.findall(code)  # these have to stand before all else
    before = "\n".join([*future, setup.rstrip()])
    return f"{before}\n{_FUTURE.sub('', code)}", before.count("\n") + 1


def _shift_lines(judgement: Judgement, shift: int) -> Judgement:
    """The judgement with line numbers as the player counts them."""

    def back(found: re.Match[str]) -> str:
        line = int(found[0])
        return str(line - shift if line > shift else line)

    outcomes = tuple(replace(one, got=_TRACE_LINE.sub(back, one.got)) for one in judgement.outcomes)
    return replace(judgement, outcomes=outcomes, broken=_TRACE_LINE.sub(back, judgement.broken))
