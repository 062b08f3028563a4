"""Programs in sandboxes: what they answer, in every tier alike."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.code.sandbox import Answer, Call, Fault, Limits, Methods, NoSandbox, Program, Sandbox
from sge_envs.code.sandbox.tiers import KINDS, open_tier

LIMITS = Limits(wall_seconds=30.0, total_seconds=120.0)
SHORT = replace(LIMITS, wall_seconds=1.0)

EVERYTHING = [
    None, True, False, 0, -1, 2**63, -(2**200), 1.5, -0.0, float("inf"), "", "text \n\t\x00 ü 𝄞", b"\x00\xff", [], [1, [2]],
    (), (1,), ((),), set(), {1, "a", (2, 3)}, frozenset({4}), {}, {"a": 1, 2: [3], (4, 5): {6}}, [True, 1, 1.0],
]  # fmt: skip


def ask(sandbox: Sandbox, program: str, *requests: Call | Methods | Program, limits: Limits = LIMITS) -> list[Answer]:
    return list(sandbox.run(program, requests=requests, limits=limits).answers)


def same(first: object, second: object) -> bool:
    """Equal to the last type, sign and order; sets have no order."""
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return type(first) is type(second) and len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, (set, frozenset)):
        return type(first) is type(second) and sorted(map(repr, first)) == sorted(map(repr, second))
    return repr(first) == repr(second)


def test_values_come_back_as_they_went_in(sandbox: Sandbox) -> None:
    (answer,) = ask(sandbox, "def echo(*args): return args", Call("echo", tuple(EVERYTHING)))
    assert answer.status == "value"
    assert same(answer.value, tuple(EVERYTHING))


def test_functions_classes_and_arguments_in_place(sandbox: Sandbox) -> None:
    program = """
class Stack:
    def __init__(self, *items): self.items = list(items)
    def push(self, x): self.items.append(x)
    def pop(self): return self.items.pop()
class Solution:
    def twice(self, x, *, plus=0): return 2 * x + plus
def reverse(items): items.reverse()
"""
    answers = ask(
        sandbox,
        program,
        Call("Solution().twice", (4,), (("plus", 1),)),
        Call("reverse", ([1, 2, 3],), answer="arguments"),
        Methods("Stack", (1,), (("push", (2,)), ("pop", ()), ("pop", ()))),
    )
    assert [answer.value for answer in answers] == [9, [[3, 2, 1]], [None, 2, 1]]


def test_a_program_reads_standard_input_and_answers_on_standard_output(sandbox: Sandbox) -> None:
    program = """
import sys, atexit, threading
n, rest = int(input()), sys.stdin.read()
threading.Thread(target=lambda: print(n, rest.split())).start()
atexit.register(print, 'end', __name__)
print('warning', file=sys.stderr)
"""
    (answer,) = ask(sandbox, program, Program("3\na b\nc"))
    assert answer == Answer("value", "3 ['a', 'b', 'c']\nend __main__\n", output="warning\n")


def test_each_program_starts_afresh(sandbox: Sandbox) -> None:
    program = "import os\nprint(os.path.exists('left'))\nopen('left', 'w').close()"
    assert [answer.value for answer in ask(sandbox, program, Program(), Program())] == ["False\n", "False\n"]


@pytest.mark.parametrize(
    ("program", "status", "value"),
    [
        ("import os\nprint(1, flush=True)\nos._exit(0)", "value", "1\n"),
        ("import os\nos._exit(3)", "killed", None),
        ("import sys\nprint(1)\nsys.exit()", "value", "1\n"),
        ("import sys\nsys.exit(2)", "exception", None),
        ("print(1)\n1/0", "exception", None),
        ("x = (", "exception", None),
    ],
)
def test_how_a_program_ends(sandbox: Sandbox, program: str, status: str, value: str | None) -> None:
    (answer,) = ask(sandbox, program, Program())
    assert (answer.status, answer.value) == (status, value)


def test_an_exception_is_told_with_the_lines_of_the_program_alone(sandbox: Sandbox) -> None:
    program = "def outer(x):\n    return inner(x)\n\ndef inner(x):\n    return sorted([x, object()])"
    (answer,) = ask(sandbox, program, Call("outer", (1,)))
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "solution.py", line 2, in outer\n    return inner(x)\n'
        '  File "solution.py", line 5, in inner\n    return sorted([x, object()])\n'
        "TypeError: '<' not supported between instances of 'object' and 'int'\n"
    )
    message = "'<' not supported between instances of 'object' and 'int'"
    assert answer.status == "exception"
    assert answer.fault == Fault("TypeError", message, traceback, 5)


def test_a_program_that_does_not_load_answers_every_request_with_that(sandbox: Sandbox) -> None:
    result = sandbox.run("x = 1\nreturn x", requests=[Call("f"), Call("g")], limits=LIMITS)
    assert result.load.status == "exception"
    assert result.load.fault is not None
    assert (result.load.fault.type, result.load.fault.line) == ("SyntaxError", 2)
    assert result.answers == (result.load, result.load)


def test_an_exception_leaves_the_program_alive_and_a_timeout_does_not(sandbox: Sandbox) -> None:
    program = "def f(x):\n    print('at', x)\n    if x == 1: raise ValueError\n    while x == 3: pass\n    return x"
    answers = ask(sandbox, program, *(Call("f", (x,)) for x in range(5)), limits=SHORT)
    assert [answer.status for answer in answers] == ["value", "exception", "value", "timeout", "unreached"]
    assert [answer.output for answer in answers[:3]] == ["at 0\n", "at 1\n", "at 2\n"]


def test_running_out_of_memory_is_told_and_survived(sandbox: Sandbox) -> None:
    program = "def f(n):\n    held = []\n    while len(held) < n: held.append(bytes(1 << 20))\n    return n"
    limits = replace(LIMITS, memory_bytes=128 << 20)
    answers = ask(sandbox, program, Call("f", (1,)), Call("f", (999,)), Call("f", (2,)), limits=limits)
    assert [answer.status for answer in answers] == ["value", "memory", "value"]


def test_the_time_of_all_requests_together_is_limited(sandbox: Sandbox) -> None:
    limits = replace(LIMITS, total_seconds=0.5)
    answers = ask(sandbox, "import time\ndef f(): time.sleep(0.3)", *(Call("f"),) * 9, limits=limits)
    assert answers[-1].status == "unreached"
    assert "timeout" in {answer.status for answer in answers}


def test_the_limit_of_processor_time_holds(sandbox: Sandbox) -> None:
    (answer,) = ask(sandbox, "def f():\n    while True: pass", Call("f"), limits=replace(LIMITS, cpu_seconds=1))
    assert (answer.status, answer.detail) == ("timeout", "The limit of 1 s of CPU time.")


@pytest.mark.parametrize("value", ["object()", "type", "print", "(i for i in [1])", "[{1: object()}]", "1j"])
def test_values_of_other_classes_are_refused_and_survived(sandbox: Sandbox, value: str) -> None:
    answers = ask(sandbox, f"def f(): return {value}\ndef g(): return 1", Call("f"), Call("g"))
    assert [answer.status for answer in answers] == ["malformed", "value"]


def test_only_built_in_types_can_be_sent(sandbox: Sandbox) -> None:
    with sandbox.start("def f(x): return x", limits=LIMITS) as candidate:
        with pytest.raises(TypeError, match="'object'"):
            candidate.ask(Call("f", (object(),)))
        assert candidate.ask(Call("f", (1,))).value == 1


def test_a_live_program_answers_until_it_is_closed(sandbox: Sandbox) -> None:
    with sandbox.start("n = 0\ndef count():\n    global n\n    n += 1\n    return n", limits=LIMITS) as candidate:
        assert [candidate.ask(Call("count")).value for _ in range(3)] == [1, 2, 3]
        assert candidate.alive
    assert not candidate.alive
    assert candidate.ask(Call("count")).status == "unreached"


def test_several_threads_use_one_sandbox(sandbox: Sandbox) -> None:
    found: dict[int, object] = {}

    def work(number: int) -> None:
        found[number] = ask(sandbox, "def f(x): return x + 1", Call("f", (number,)))[0].value

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number + 1 for number in range(8)}


def test_a_program_answers_the_same_in_every_tier_and_every_time() -> None:
    program = """
import random
class Thing: pass
def words(): return list({'alpha', 'beta', 'gamma', 'delta', 'epsilon'}), hash('x')
def luck(): return random.random()
def depth(n=1): return depth(n + 1)
def address(): raise ValueError(Thing())
"""
    requests = [Call("words"), Call("luck"), Call("depth"), Call("address"), Call("missing")]
    results = []
    for kind in KINDS:
        try:
            sandbox = open_tier(kind.name)
        except NoSandbox:
            continue
        results += [sandbox.run(program, requests=requests, limits=LIMITS) for _ in range(2)]
        sandbox.close()
    if not results:
        pytest.skip("no tier works here")
    assert all(result == results[0] for result in results)
    assert results[0].answers[3].detail == "ValueError: <solution.Thing object at 0x...>"


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@settings(max_examples=30, deadline=None)
@given(value=DATA)
def test_whatever_is_sent_is_answered_unchanged(best: Sandbox, value: object) -> None:
    (answer,) = ask(best, "def echo(x): return x", Call("echo", (value,)))
    assert same(answer.value, value)
