"""Live sessions: cells with state and files, and calls to the host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sge_envs.code.sandbox import CellResult, HostError, Limits, Sandbox, Value

LIMITS = Limits(wall_seconds=30.0)
SHORT = replace(LIMITS, wall_seconds=0.3)


def test_state_and_files_persist_from_cell_to_cell(sandbox: Sandbox) -> None:
    with sandbox.session(limits=LIMITS) as session:
        assert session.run_cell("x = 20\nx + 1") == CellResult("", "21")
        assert session.run_cell("def f(y):\n    return x + y\nprint(f(2))") == CellResult("22\n")
        assert session.run_cell("with open('note', 'w') as file: size = file.write('kept')") == CellResult("")
        assert session.run_cell("import os\nprint(os.listdir('.'))\nopen('note').read(), size") == CellResult(
            "['note']\n", "('kept', 4)"
        )


def test_an_error_shows_the_lines_of_cells_alone_and_the_session_goes_on(sandbox: Sandbox) -> None:
    with sandbox.session(limits=LIMITS) as session:
        session.run_cell("def half(x):\n    return 1 / x")
        result = session.run_cell("print('before')\nhalf(0)")
        assert result.output == "before\n"
        assert result.error == (
            "Traceback (most recent call last):\n"
            '  File "cell 2", line 2, in <module>\n    half(0)\n'
            '  File "cell 1", line 2, in half\n    return 1 / x\n'
            "ZeroDivisionError: division by zero\n"
        )
        assert result.alive
        assert "SyntaxError" in str(session.run_cell("x = (").error)
        assert "SystemExit: 3" in str(session.run_cell("import sys\nsys.exit(3)").error)
        assert session.run_cell("half(2)").value_repr == "0.5"


def test_a_cell_that_takes_too_long_is_stopped_and_the_session_goes_on(sandbox: Sandbox) -> None:
    with sandbox.session(limits=SHORT) as session:
        assert "line 2" in str(session.run_cell("x = 1\nwhile True: pass").error)
        assert session.run_cell("x") == CellResult("", "1")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os\nos._exit(0)", "killed"),
        ("import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass", "timeout"),
        ("while True: print('x' * 10000)", "output"),
        ("import os\nos.write(3, b'[1]\\n')", "malformed"),
    ],
)
def test_a_cell_that_cannot_be_stopped_ends_the_session(sandbox: Sandbox, code: str, status: str) -> None:
    with sandbox.session(limits=SHORT) as session:
        result = session.run_cell(code)
        assert (result.status, result.alive, session.alive) == (status, False, False)
        assert session.run_cell("1") == CellResult("", error="The session has ended.", status="unreached", alive=False)


def test_running_out_of_memory_is_survived(sandbox: Sandbox) -> None:
    with sandbox.session(limits=replace(LIMITS, memory_bytes=128 << 20)) as session:
        assert session.run_cell("x = bytes(1 << 30)").status == "memory"
        assert session.run_cell("1 + 1").value_repr == "2"


def test_cells_call_the_host_and_get_its_answers(sandbox: Sandbox) -> None:
    asked: list[Value] = []

    def host(request: Value) -> Value:
        asked.append(request)
        if request["path"][-1] == "fail":
            raise HostError("no such mail")
        return {"sum": sum(request["args"]), **request["kwargs"]}

    with sandbox.session(limits=LIMITS, host=host) as session:
        assert session.run_cell("apis.math.add(1, 2, to='me')").value_repr == "{'sum': 3, 'to': 'me'}"
        assert "RuntimeError: no such mail" in str(session.run_cell("apis.mail.fail()").error)
        assert session.run_cell("[apis.add(i)['sum'] for i in range(100)][-1]").value_repr == "99"
        assert "'object'" in str(session.run_cell("apis.add(object())").error)
        assert session.run_cell("apis.math").value_repr == "apis.math"
    assert asked[0] == {"path": ["math", "add"], "args": [1, 2], "kwargs": {"to": "me"}}


def test_a_session_without_a_host_says_so(sandbox: Sandbox) -> None:
    with sandbox.session(limits=LIMITS) as session:
        assert "RuntimeError: This session has nobody to ask." in str(session.run_cell("apis.f()").error)


def test_calls_to_the_host_are_limited(best: Sandbox) -> None:
    with best.session(limits=replace(LIMITS, host_calls=10), host=lambda request: 1) as session:
        assert session.run_cell("for _ in range(10): apis.f()").error is None
        assert session.run_cell("while True: apis.f()").alive is False


def test_a_failing_host_ends_the_session_and_its_error_is_not_hidden(best: Sandbox) -> None:
    def host(request: Value) -> Value:
        raise KeyError("broken host")

    with best.session(limits=LIMITS, host=host) as session:
        with pytest.raises(KeyError, match="broken host"):
            session.run_cell("apis.f()")
        assert not session.alive


def test_sessions_do_not_see_each_other(sandbox: Sandbox) -> None:
    with sandbox.session(limits=LIMITS) as first, sandbox.session(limits=LIMITS) as second:
        first.run_cell("open('mine', 'w').close()\nx = 1")
        assert second.run_cell("import os\nos.listdir('.'), 'x' in globals()").value_repr == "([], False)"
