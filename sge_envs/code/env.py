"""Programming problems as a gymnasium environment: write a program, read what failed, mend it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from os import PathLike

from sge_envs.code.extract import Extract, extract_code, looks_like_code
from sge_envs.code.feedback import NO_CODE, choose_shown, name_outcome, write_feedback
from sge_envs.code.judge import Judgement, Outcome, count_tests, judge, keep_only
from sge_envs.code.problem import OwnProblem, Problem
from sge_envs.code.sandbox import Sandbox, get_sandbox
from sge_envs.code.tasks import choose_tasks
from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import ResetNeeded, SGEError, UnknownOption
from sge_envs.tasks import Task

MAX_TURNS = 2
"""The paper's: one program, and one more after seeing what failed."""


class NoSolution(SGEError, LookupError):
    """No solution of the problem is known."""


class CodeSandboxEnv(TextEnv):
    """Write a Python program that passes hidden tests. Reward 1 when all of them pass, which ends the episode.

    The action is a whole message; the program is looked for in its section under ``### Code``, or its last fenced
    block, or it is the message (see ``extract_code``). The next observation is the first failed test, the traceback
    or the time-out. Programs run in a sandbox; the verdict is worked out outside, from their answers.

    Args:
        source: ``"own"`` (our problems), ``"families"`` (endless variants of some forms), ``"mixed"`` (half and half),
            or the format of the file at ``path``: ``"humaneval"``, ``"mbpp"``, ``"apps"``, ``"livecodebench"`` or
            ``"leetcode"``.
        path: the data set's ``.jsonl`` or ``.jsonl.gz`` file, which becomes the one split ``split``; or files by split.
            The tests of a file run in this process: name files that you trust.
        problems: play these instead, as the one split ``split``.
        split: the split to draw from; our own sources have ``"train"``, ``"valid"`` and ``"test"``.
        difficulty: only these of ``"easy"``, ``"medium"`` and ``"hard"``.
        topics: only problems with any of these topics.
        max_turns: how many programs may be handed in; None: unlimited.
        shown_tests: how many hidden tests an episode may show at most.
        time_limit: seconds for all tests of a program; None: the problem's own limit, 2 seconds in our problems.
        unsafe: run programs even where no sandbox works, with your rights. Only for code that you trust.
        render_mode: ``"ansi"`` or None.

    Raises:
        UnknownOption, UnknownSplit: an argument has a value that does not exist.
        NoSandbox: at ``reset``, if no tier of the sandbox works here.
        DataCorrupt: at ``reset``, if a file is missing or damaged.
    """

    def __init__(
        self,
        *,
        source: str = "own",
        path: str | PathLike[str] | Mapping[str, str | PathLike[str]] | None = None,
        problems: Sequence[OwnProblem | Problem] | None = None,
        split: str = "train",
        difficulty: str | Sequence[str] | None = None,
        topics: str | Sequence[str] | None = None,
        max_turns: int | None = MAX_TURNS,
        shown_tests: int = 3,
        time_limit: float | None = None,
        unsafe: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if shown_tests < 0:
            raise UnknownOption(f"Expected shown_tests of at least 0, got {shown_tests}.")
        if time_limit is not None and time_limit <= 0:
            raise UnknownOption(
                f"Expected a time_limit above 0 seconds, or None for the problem's own, got {time_limit}."
            )
        tasks = choose_tasks(
            source=source, path=path, problems=problems, split=split, difficulty=difficulty, topics=topics
        )
        super().__init__(tasks, split=split, max_turns=max_turns, render_mode=render_mode)
        self.shown_tests = shown_tests
        self.time_limit = time_limit
        self.unsafe = unsafe
        self._problem: Problem | None = None
        self._sandbox: Sandbox | None = None
        self._judgement: Judgement | None = None  # of the last program
        self._revealed: tuple[int, ...] = ()  # the hidden tests that this episode has shown
        self._last = ""  # the last observation

    def oracle(self) -> str:
        """A message with the reference solution.

        Raises:
            NoSolution: none is known, as in LiveCodeBench.
        """
        problem = self._playing()
        if not problem.reference:
            raise NoSolution(f"No solution of {problem.id!r} is known: its data set has none.")
        return f"```python\n{problem.reference.strip()}\n```"

    def _start(self, task: Task) -> str:
        self._open(task)
        self._judgement, self._revealed = None, ()
        problem = self._playing()
        seconds = f"{problem.time_budget:g} second{'s' if problem.time_budget != 1 else ''}"
        self._last = (
            f"{problem.statement}\n\nAnswer with the whole program in a fenced block. It has to pass "
            f"{count_tests(problem)} hidden tests within {seconds}; it can import the standard library alone."
        )
        return self._last

    def _act(self, action: str) -> Reply:
        problem, sandbox = self._playing(), self._sandbox
        if sandbox is None:
            raise ResetNeeded("No problem is being played: call reset() first.")
        found = extract_code(action)
        judgement = judge(sandbox, problem, found.code) if found.where != "nowhere" else None
        if judgement is None or _is_prose(found, judgement):
            self._last = NO_CODE
            return Reply(NO_CODE, error=NO_CODE)
        shown = choose_shown(judgement, self._revealed, self.shown_tests)
        if shown is not None and shown not in self._revealed:
            self._revealed = (*self._revealed, shown)
        self._judgement = keep_only(judgement, self._revealed)
        self._last = write_feedback(judgement, shown)
        error = f"The program is not Python: {judgement.broken.splitlines()[-1]}" if judgement.syntax else None
        return Reply(self._last, reward=float(judgement.solved), done=judgement.solved, error=error)

    def _verdict(self) -> Verdict:
        judgement = self._judgement
        if judgement is None:
            return Verdict(False, 0.0, name_outcome(None), NO_CODE)
        total = len(judgement.outcomes)
        shown = choose_shown(judgement, self._revealed, len(self._revealed))
        return Verdict(
            success=judgement.solved,
            progress=(total - len(judgement.failed)) / total,
            outcome=name_outcome(judgement),
            feedback=write_feedback(judgement, shown),
        )

    def _state_key(self) -> str:
        return hashlib.sha256(f"{self.task.id}\n{self._state()}".encode()).hexdigest()[:16]

    def _save(self) -> bytes:
        return json.dumps([self._state(), self._last, self._actions[-1:]]).encode()

    def _load(self, task: Task, data: bytes) -> str:
        state, self._last, self._actions = json.loads(data)
        judged, revealed = json.loads(state)
        self._open(task)
        self._revealed = tuple(int(number) for number in revealed)
        self._judgement = None
        if judged is not None:
            outcomes = tuple(Outcome(**outcome) for outcome in judged["outcomes"])
            self._judgement = Judgement(outcomes, str(judged["broken"]), bool(judged["syntax"]))
        return self._last

    def _state(self) -> str:
        """The last judgement and the tests that were shown: all on which what follows depends."""
        return json.dumps([asdict(self._judgement) if self._judgement else None, self._revealed], sort_keys=True)

    def _open(self, task: Task) -> None:
        """Take the problem of ``task``, and the sandbox of this process."""
        problem: Problem = task.data
        if self.time_limit is not None:
            shorter = min(problem.time_limit, self.time_limit)
            problem = replace(problem, time_limit=shorter, time_budget=self.time_limit)
        self._problem = problem
        self._sandbox = get_sandbox(unsafe=self.unsafe)

    def _playing(self) -> Problem:
        if self._problem is None:
            raise ResetNeeded("No problem is being played: call reset() first.")
        return self._problem


def _is_prose(found: Extract, judgement: Judgement) -> bool:
    """Was the whole message taken for a program, though nothing in it is one?"""
    return found.where == "whole" and judgement.syntax and not looks_like_code(found.code)
