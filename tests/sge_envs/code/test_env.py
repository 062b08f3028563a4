import subprocess
import sys
import threading
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import sge_envs
from sge_envs.checks import check_text_env
from sge_envs.code.build import build_problem
from sge_envs.code.cheats import CHEATS, SLOW
from sge_envs.code.env import CodeSandboxEnv, NoSolution
from sge_envs.code.feedback import NO_CODE
from sge_envs.errors import SnapshotError, UnknownOption
from tests.sge_envs.code.samples import ADD, COUNTER, SAMPLES, SPLIT, TOTAL

pytestmark = pytest.mark.usefixtures("sandbox")

WRONG = "```python\ndef add(a, b):\n    return a - b\n```"
HALF = "```python\ndef add(a, b):\n    return 0\n```"
PATIENT = 20.0
"""Seconds: no test here fails because the machine is busy."""


def make(*problems, **options):
    env = CodeSandboxEnv(problems=problems or SAMPLES, **{"time_limit": PATIENT, **options})
    env.reset(seed=0)
    return env


def play(env, *actions):
    for action in actions:
        *step, info = env.step(action)
    return (*step, info)


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
def test_the_solution_is_worth_one_and_ends_the_episode(own):
    env = make(own)
    observation, reward, terminated, truncated, info = env.step(env.oracle())
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert (info["success"], info["progress"], info["outcome"]) == (True, 1.0, "passed")
    assert observation == info["feedback"] == f"All {len(build_problem(own).cases)} tests passed."


@pytest.mark.parametrize("own", SAMPLES, ids=lambda own: own.id)
@pytest.mark.parametrize("name", [name for name in CHEATS if name not in SLOW])
def test_no_cheat_is_worth_anything(own, name):
    env = make(own, max_turns=1)
    _, reward, _, truncated, info = env.step(f"```python\n{CHEATS[name](build_problem(own))}```")
    assert (reward, truncated, info["success"]) == (0.0, True, False)


@pytest.mark.parametrize("name", SLOW)
def test_no_cheat_that_uses_up_its_limits_is_worth_anything(name):
    for own in (ADD, TOTAL):
        env = make(own, time_limit=0.5)
        _, reward, _, _, info = env.step(CHEATS[name](build_problem(own)))
        assert reward == 0.0
        assert "action_error" not in info


def test_the_protocol_is_the_papers():
    env = gymnasium.make("SGE-CodeSandbox-v0", problems=[ADD], time_limit=PATIENT).unwrapped
    env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step(WRONG)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert observation.startswith("Test 2 failed.\nTest: add(-1, 1)\nExpected: 0\nIt returned -2\n")
    assert "success" not in info
    _, reward, terminated, truncated, info = env.step(HALF)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert 0 < info["progress"] < 1
    env.reset(seed=0)
    _, reward, terminated, truncated, info = play(env, WRONG, env.oracle())
    assert (reward, terminated, truncated, info["success"]) == (1.0, True, False, True)
    assert build_problem(ADD).time_limit == 2.0


def test_the_first_observation_is_the_problem_and_what_is_asked():
    env = make(TOTAL)
    observation, info = env.reset(seed=0)
    assert observation.startswith(build_problem(TOTAL).statement)
    assert observation.endswith("3 hidden tests within 20 seconds; it can import the standard library alone.")
    assert info["goal"] == "Total: write a program in Python."


@pytest.mark.parametrize(
    ("own", "code", "told"),
    [
        (ADD, "def add(a, b):\n    return 1 / (a + b)\n", "ZeroDivisionError: division by zero"),
        (ADD, "def add(a, b):\n    print('hm', a)\n    return None\n", "It returned None\nPrinted meanwhile: hm 0\n"),
        (ADD, "def add(a, b):\n    print(object())\n", "Printed meanwhile: <object object at 0x...>\n"),
        (ADD, "def other():\n    pass\n", "NameError"),
        (ADD, "raise ValueError('at once')\n", "The program ended before any test:\n"),
        (TOTAL, "print(1)\nprint(2)\n", "It printed:\n1\n2\n"),
        (COUNTER, "class Counter:\n    pass\n", "TypeError"),
    ],
)
def test_the_next_observation_says_what_went_wrong(own, code, told):
    observation, *_, info = make(own).step(code)
    assert told in observation
    assert "action_error" not in info


def test_a_time_out_is_told():
    observation, *_ = make(ADD, time_limit=0.3).step("def add(a, b):\n    while True:\n        pass\n")
    assert "No answer within the time limit." in observation


@pytest.mark.parametrize("message", ["", "I give up.", "```python\n```", "### Code\n", "Use two pointers, then sort."])
def test_a_message_without_a_program_is_told_so(message):
    env = make(ADD)
    observation, reward, _, _, info = env.step(message)
    assert observation == info["action_error"] == NO_CODE
    assert reward == 0.0
    *_, info = env.step(message)
    assert (info["outcome"], info["progress"], info["feedback"]) == ("no program", 0.0, NO_CODE)


def test_a_syntax_error_is_told_with_its_line_and_a_caret():
    env = make(ADD)
    observation, *_, info = env.step("### Strategy\nSum.\n### Code\n```python\ndef add(a, b):\n    return a +\n```")
    assert info["action_error"] == "The program is not Python: SyntaxError: invalid syntax"
    assert "line 2\n    return a +\n              ^\n" in observation


def test_no_more_hidden_tests_are_shown_than_allowed():
    problem = replace(build_problem(ADD), cases=build_problem(ADD).cases[:3])
    env = make(problem, shown_tests=1, max_turns=3)
    first, *_ = env.step("def add(a, b):\n    return 1 if a == 0 else a + b\n")
    assert first.startswith("Test 1 failed.\n")
    second, *_ = env.step("def add(a, b):\n    return 1 if a == -1 else a + b\n")
    assert second == "1 of 3 tests failed: 2."
    third, *_, info = env.step("def add(a, b):\n    return 1\n")
    assert third.startswith("Test 1 failed.\n")
    assert info["feedback"] == third
    hidden, *_, info = play(make(problem, shown_tests=0), WRONG, WRONG)
    assert "add(" not in hidden + info["feedback"]


def test_equal_sets_of_failed_tests_are_equal_outcomes():
    def outcome(code):
        return play(make(ADD, max_turns=1), code)[-1]["outcome"]

    zero = outcome("def add(a, b):\n    return 0\n")
    assert zero == outcome("def add(a, b):\n    return a - a\n") == "failed 3-6"
    assert zero != outcome("def add(a, b):\n    return a - b\n")


def test_a_checker_accepts_another_right_answer_than_the_references():
    code = "def split(total, parts):\n    return [total - parts + 1] + [1] * (parts - 1)\n"
    assert make(SPLIT).step(code)[1] == 1.0


def test_snapshots_run_no_program_again(monkeypatch):
    env = make(ADD, max_turns=3)
    env.step(WRONG)
    taken, other = env.snapshot(), make(ADD, max_turns=3)
    monkeypatch.setattr("sge_envs.code.env.judge", lambda *arguments: pytest.fail("a program was run"))
    observation, info = other.reset(options={"snapshot": taken})
    monkeypatch.undo()
    assert observation.startswith("Test 2 failed.")
    assert info["state_key"] == env._info()["state_key"]
    assert play(other, HALF, "") == play(env, HALF, "")
    end = other.snapshot()
    _, info = make(ADD, max_turns=3).reset(options={"snapshot": end})
    assert (info["success"], info["outcome"]) == (False, "failed 3-6")


def test_a_snapshot_of_other_tests_is_refused():
    taken = make(ADD).snapshot()
    with pytest.raises(SnapshotError):
        make(COUNTER).reset(options={"snapshot": taken})


def test_the_contract_is_kept():
    problems = [build_problem(own) for own in SAMPLES if own is not SPLIT]  # its checker cannot be imported elsewhere
    env = gymnasium.make("SGE-CodeSandbox-v0", problems=problems, time_limit=PATIENT)
    report = check_text_env(env, turns=4, oracle_turns=4)
    assert not report.broken
    skipped = {finding.name for finding in report.findings if finding.status == "skipped"}
    assert skipped <= {"admissible_actions_are_legal"}


def test_gymnasiums_own_check_finds_nothing():
    check_env(gymnasium.make("SGE-CodeSandbox-v0", problems=list(SAMPLES)).unwrapped, skip_render_check=True)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors_play_as_single_environments_do(mode):
    options = {"problems": [ADD], "time_limit": PATIENT}
    envs = gymnasium.make_vec("SGE-CodeSandbox-v0", num_envs=2, vectorization_mode=mode, **options)
    try:
        observations, _ = envs.reset(seed=3)
        solution = make(ADD).oracle()
        after, rewards, terminations, *_ = envs.step((WRONG, solution))
        assert observations[0].startswith("# Add")
        assert after[0].startswith("Test 2 failed.")
        np.testing.assert_array_equal(rewards, [0.0, 1.0])
        np.testing.assert_array_equal(terminations, [False, True])
    finally:
        envs.close()


def test_many_threads_play_at_once():
    results = []

    def run():
        env = make(ADD)
        results.append(play(env, WRONG, env.oracle())[1])

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1.0] * 6


def test_making_an_env_starts_nothing_and_reads_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("sge_envs.code.env.get_sandbox", lambda *, unsafe: pytest.fail("a sandbox was asked for"))
    gymnasium.make("SGE-CodeSandbox-v0")
    env = CodeSandboxEnv(source="humaneval", path=tmp_path / "none.jsonl", split="test")
    assert env.tasks.list_splits() == ("test",)
    code = "import sys, sge_envs\nprint(any(name.startswith('sge_envs.code') for name in sys.modules))\n"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"source": "humanevil"}, "humaneval"),
        ({"source": "mbpp"}, "path="),
        ({"source": "own", "path": "x"}, "leave out path"),
        ({"problems": SAMPLES, "path": "x"}, "not from both"),
        ({"difficulty": "hrad"}, "'hard'"),
        ({"shown_tests": -1}, "shown_tests"),
        ({"time_limit": 0.0}, "time_limit"),
        ({"max_turns": 0}, "max_turns"),
        ({"split": "tests"}, "'test'"),
    ],
)
def test_wrong_arguments_say_how_to_mend_them(options, word):
    with pytest.raises(UnknownOption, match=word):
        CodeSandboxEnv(**options)


def test_a_problem_without_a_known_solution_says_so():
    env = make(replace(build_problem(ADD), reference=""))
    with pytest.raises(NoSolution, match="sample-add"):
        env.oracle()


def test_unsafe_is_asked_of_the_sandbox(monkeypatch):
    asked = []
    monkeypatch.setattr("sge_envs.code.env.get_sandbox", lambda *, unsafe: asked.append(unsafe))
    make(ADD, unsafe=True)
    make(ADD)
    assert asked == [True, False]


def test_it_is_registered():
    assert "SGE-CodeSandbox-v0" in {entry.id for entry in sge_envs.registration.TABLE}
