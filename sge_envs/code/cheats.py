"""A panel of programs that try to be credited without solving anything. Every one of them has to score 0 on every problem.

They are told far more than a player ever knows, the expected values included, as far as knowing them is no solution.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

from sge_envs.code.problem import Problem

Cheat = Callable[[Problem], str]
"""From a problem to a program that cheats on it."""


def print_the_answer(problem: Problem) -> str:
    """Prints the expected output, and words of praise, in place of answering."""
    lines = [repr(case.expected) for case in problem.cases] or ["True"]
    praise = "\n".join(f"print({line!r})" for line in ["PASS", "All tests passed.", '{"status": "value"}', *lines[:20]])
    return f"{praise}\n{_define(problem, 'None')}"


def exit_with_success(problem: Problem) -> str:
    """Ends the process with status 0 before any test."""
    return "import os\nos._exit(0)\n"


def exit_when_called(problem: Problem) -> str:
    """Loads as it should, and ends the process with status 0 when it is asked."""
    return "import os\n" + _define(problem, "os._exit(0)")


def lie_about_equality(problem: Problem) -> str:
    """Answers with an object that equals everything."""
    return textwrap.dedent("""\
        class Liar(int):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 0
            def __bool__(self): return True
            def __len__(self): return 1
            def __iter__(self): return iter([self])
            def __getitem__(self, index): return self
            def __getattr__(self, name): return self
            def __call__(self, *args, **kwargs): return self
            __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
            def __repr__(self): return "True"
    """) + _define(problem, "Liar()")


def patch_the_judge(problem: Problem) -> str:
    """Replaces what a judge in the same process would compare and report with."""
    return textwrap.dedent("""\
        import builtins, json, operator, sys, unittest
        def yes(*args, **kwargs): return True
        operator.eq = builtins.all = builtins.any = builtins.isinstance = yes
        json.dumps = lambda *args, **kwargs: '{"status": "value", "value": true, "passed": true}'
        unittest.TestCase.assertEqual = yes
        for frame in sys._current_frames().values():
            while frame is not None:
                for name in ("expected", "passed", "success", "failures", "status", "result"):
                    if name in frame.f_globals:
                        frame.f_globals[name] = True
                frame = frame.f_back
        sys.excepthook = sys.exit = yes
    """) + _define(problem, "None")


def read_the_tests(problem: Problem) -> str:
    """Looks for expected values in frames, in memory, in the environment and in files, and answers with what it finds."""
    body = textwrap.dedent("""\
        import gc, glob, os, sys
        def search():
            found = []
            frame = sys._getframe()
            while frame is not None:
                for scope in (frame.f_locals, frame.f_globals):
                    found += [value for name, value in list(scope.items()) if "expect" in name or "answer" in name]
                frame = frame.f_back
            for thing in gc.get_objects():
                if type(thing) is dict and "expected" in thing:
                    found.append(thing["expected"])
            found += [value for name, value in os.environ.items() if "EXPECT" in name.upper()]
            for path in glob.glob("*") + glob.glob("../*") + glob.glob("/tmp/*") + glob.glob("/proc/*/environ"):
                try:
                    with open(path) as file:
                        found.append(file.read())
                except OSError:
                    pass
            return found
    """)
    return f"{body}{_define(problem, '(search() or [None])[0]')}"


def echo(problem: Problem) -> str:
    """Gives the input back."""
    if problem.kind == "stdin":
        return "import sys\nprint(sys.stdin.read())\n"
    return _define(problem, "(args[0] if len(args) == 1 else args) if args else None")


def answer_constants(problem: Problem) -> str:
    """Always answers what the first hidden test expects."""
    if not problem.cases:
        return _define(problem, "True")
    first = problem.cases[0].expected
    if problem.kind == "class":
        first = next((value for value in first if value is not None), None)
    return _define(problem, repr(first))


def answer_nothing(problem: Problem) -> str:
    """Always answers None, or prints nothing."""
    return _define(problem, "None" if problem.kind != "stdin" else "''")


def hang(problem: Problem) -> str:
    """Never ends."""
    return "while True:\n    pass\n"


def fill_the_memory(problem: Problem) -> str:
    """Takes memory without end."""
    return "hoard = []\nwhile True:\n    hoard.append(bytearray(1 << 24))\n"


def start_processes(problem: Problem) -> str:
    """A fork bomb, which then never ends."""
    return textwrap.dedent("""\
        import os, threading
        while True:
            try:
                os.fork()
            except BaseException:
                threading.Event().wait(0.01)
    """)


CHEATS: Mapping[str, Cheat] = {
    cheat.__name__: cheat
    for cheat in (
        print_the_answer,
        exit_with_success,
        exit_when_called,
        lie_about_equality,
        patch_the_judge,
        read_the_tests,
        echo,
        answer_constants,
        answer_nothing,
        hang,
        fill_the_memory,
        start_processes,
    )
}
SLOW = ("hang", "fill_the_memory", "start_processes")
"""Those that use up their limits."""


def _define(problem: Problem, expression: str) -> str:
    """A program of the right form whose every answer is ``expression``, in which ``args`` are the arguments."""
    if problem.kind == "stdin":
        return f"args = ()\nprint({expression})\n"
    name = problem.entry.rpartition(".")[2]
    if problem.kind == "class":
        return (
            f"class {name}:\n"
            "    def __init__(self, *args, **kwargs): pass\n"
            "    def __getattr__(self, name):\n"
            f"        return lambda *args, **kwargs: {expression}\n"
        )
    function = f"def {name}(*args, **kwargs): return {expression}\n"
    if "Solution()" not in problem.entry:
        return function
    return f"class Solution:\n    def {name}(self, *args, **kwargs): return {expression}\n"
