"""The choice of a tier: the best that holds, or none."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest

from sge_envs import cli
from sge_envs.code.sandbox import Call, Limits, NoSandbox, Sandbox, doctor, get_sandbox, sandbox_report, tiers
from sge_envs.code.sandbox.api import Escape
from sge_envs.code.sandbox.doctor import describe
from sge_envs.code.sandbox.filters import compile_filter
from sge_envs.code.sandbox.selftest import ATTEMPTS, try_escapes
from sge_envs.code.sandbox.tiers import KINDS, Choice, open_tier
from sge_envs.registration import TABLE

ROOT = Path(__file__).parents[4]
LIMITS = Limits(wall_seconds=30.0)
SYSTEM_PYTHON = Path("/usr/bin/python3")


def ask(sandbox: Sandbox) -> object:
    return sandbox.run("def f(x): return x + 1", requests=[Call("f", (1,))], limits=LIMITS).answers[0].value


def test_the_self_test_finds_nothing_in_any_tier(sandbox: Sandbox) -> None:
    escapes = try_escapes(sandbox)
    assert [escape for escape in escapes if not escape.contained] == []
    assert len(escapes) == len(ATTEMPTS) + 2


def test_the_self_test_notices_where_nothing_is_contained() -> None:
    sandbox = open_tier("nothing")
    try:
        got_out = {escape.name for escape in try_escapes(sandbox) if not escape.contained}
    finally:
        sandbox.close()
    assert {"read a file outside", "write a file outside", "start a process", "leave a trace outside"} <= got_out


def test_a_tier_that_fails_the_self_test_is_not_used(monkeypatch: pytest.MonkeyPatch, best: Sandbox) -> None:
    leak = Escape("read a file outside", False, "value: 'secret'")
    monkeypatch.setattr(tiers, "try_escapes", lambda sandbox: (leak,))
    report = sandbox_report()
    assert report.active is None
    assert any("It does not hold: read a file outside (value: 'secret')" in tier.reason for tier in report.tiers)


def test_without_any_tier_programs_are_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "open_tier", refuse_all_but_nothing)
    choice = Choice()
    with pytest.raises(NoSandbox, match="sudo apt-get install bubblewrap") as caught:
        choice.get(unsafe=False)
    assert "unsafe=True" in str(caught.value)
    sandbox = choice.get(unsafe=True)
    assert sandbox.tier == "nothing"
    assert ask(sandbox) == 2
    choice.close()


def refuse_all_but_nothing(name: str) -> Sandbox:
    if name != "nothing":
        raise NoSandbox("not today.")
    return open_tier(name)


def test_unsafe_still_uses_the_best_tier(best: Sandbox) -> None:
    assert get_sandbox(unsafe=True) is best


def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_filter.cache_clear()
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(NoSandbox, match=r"pip install 'strategy-guided-exploration\[code\]'"):
        compile_filter(namespaces=True)


def test_the_doctor_names_every_tier(best: Sandbox) -> None:
    lines = describe()
    assert lines[0] == f"programs run in the sandbox of the tier {best.tier!r}"
    assert [line.split(":")[0] for line in lines[1:]] == [f"tier {kind.name}" for kind in KINDS]


def test_the_command_doctor_prints_it_for_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "describe", lambda: ["programs run somewhere"])
    (entry,) = (entry for entry in TABLE if entry.id == "SGE-CodeSandbox-v0")
    assert cli.details(entry) == ["programs run somewhere"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_another_process_has_a_sandbox_of_its_own(best: Sandbox, method: str) -> None:
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=use_elsewhere, args=(theirs,), daemon=True)  # as a worker of AsyncVectorEnv is
    process.start()
    theirs.close()
    assert ours.recv() == 2
    process.join()
    assert ask(best) == 2


def use_elsewhere(pipe: multiprocessing.connection.Connection) -> None:
    pipe.send(ask(get_sandbox()))


class OneProgram(gymnasium.Env[int, int]):
    """Each step runs a program."""

    observation_space = gymnasium.spaces.Discrete(100)
    action_space = gymnasium.spaces.Discrete(100)

    def reset(self, *, seed: int | None = None, options: object = None) -> tuple[int, dict[str, object]]:
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, object]]:
        found = get_sandbox().run("def f(x): return x + 1", requests=[Call("f", (int(action),))], limits=LIMITS)
        return int(found.answers[0].value), 0.0, False, False, {}


def test_workers_of_a_vector_environment_have_sandboxes(best: Sandbox) -> None:
    envs = gymnasium.vector.AsyncVectorEnv([OneProgram, OneProgram])
    envs.reset()
    assert envs.step([1, 2])[0].tolist() == [2, 3]
    envs.close()


@pytest.mark.skipif(
    os.getuid() != 0, reason="only root can become somebody else; the other tests run as an ordinary user"
)
def test_an_ordinary_user_has_the_same_sandbox(sandbox: Sandbox) -> None:
    code = (
        "from sge_envs.code.sandbox import tiers; import os; assert os.getuid() == 4321; "
        f"report, _ = tiers.try_tier(next(kind for kind in tiers.KINDS if kind.name == {sandbox.tier!r})); print(report)"
    )
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    try:
        done = subprocess.run(
            [str(SYSTEM_PYTHON), "-B", "-c", code],
            user=4321, group=4321, extra_groups=(), env={"PYTHONPATH": paths}, cwd="/", capture_output=True, text=True,
        )  # fmt: skip
    except OSError as error:
        pytest.skip(f"no Python that everybody may run: {error}")
    if "Error" in done.stderr and "sandbox" not in done.stderr:
        pytest.skip(f"the Python that everybody may run cannot use these packages: {done.stderr.splitlines()[-1]}")
    assert "usable=True" in done.stdout, done.stdout + done.stderr
