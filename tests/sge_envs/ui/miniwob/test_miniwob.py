"""SGE-MiniWoB-v0."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest

from sge_envs import TaskNotFound, UnknownOption
from sge_envs.checks import check_text_env
from sge_envs.ui.calls import USAGE
from sge_envs.ui.miniwob.env import MiniWoBEnv, NoSolver
from sge_envs.ui.miniwob.pages import pages_folder
from sge_envs.ui.miniwob.solvers import SOLVERS
from sge_envs.ui.miniwob.tasks import FLIGHTS, NAMES, MiniWoBTasks
from tests.sge_envs.ui.site import needs_browser

ID = "SGE-MiniWoB-v0"
SOLVED = ("click-checkboxes-large", "choose-date", "email-inbox", "use-autocomplete", "click-menu", "copy-paste")
"""Solved here, since each needs something else; ``benchmarks/miniwob.py`` solves all that have a solution."""

STARTED = ("chase-circle", "click-pie", "drag-box", "simon-says", "terminal", "flight.Alaska")


@pytest.fixture(scope="module")
def env() -> Iterator[MiniWoBEnv]:
    pytest.importorskip("miniwob")
    made = MiniWoBEnv()
    yield made
    made.close()


def reset(env: MiniWoBEnv, task_id: str) -> tuple[str, dict[str, Any]]:
    return env.reset(seed=0, options={"task_id": task_id})


def test_instances_go_round_the_tasks_and_splits_have_none_in_common() -> None:
    tasks = MiniWoBTasks(("click-test", "click-link"))
    ids = [tasks.get_task("train", at).id for at in range(4)]
    assert ids == ["click-test/train/0", "click-link/train/0", "click-test/train/1", "click-link/train/1"]
    assert tasks.get_task("test", 0).id == "click-test/test/0"
    for wrong in (
        "click-test/train/-1",
        "click-test/train/01",
        "click-test/valid/0",
        "click-tab/train/0",
        "click-test",
    ):
        with pytest.raises(TaskNotFound, match="ids look like"):
            tasks.find_task(wrong)


def test_a_task_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UnknownOption, match="Did you mean 'click-test'"):
        MiniWoBEnv(task="click-tst")
    with pytest.raises(UnknownOption, match="at least one task"):
        MiniWoBEnv(task=[])


def test_the_tasks_are_the_pages_of_the_package() -> None:
    pytest.importorskip("miniwob")
    pages = {path.stem for path in (pages_folder() / "miniwob").glob("*.html")}
    assert set(NAMES) == pages | set(FLIGHTS)
    assert len(NAMES) == 134
    assert set(SOLVERS) <= set(NAMES)


@needs_browser
def test_it_keeps_the_contract() -> None:
    pytest.importorskip("miniwob")
    report = check_text_env(gymnasium.make(ID, task="click-checkboxes"), turns=3)
    assert [finding.name for finding in report.findings if finding.status == "skipped"] == [
        "admissible_actions_are_legal"
    ]


@needs_browser
@pytest.mark.parametrize("name", SOLVED)
def test_solutions_solve(env: MiniWoBEnv, name: str) -> None:
    for number in range(2):
        reset(env, f"{name}/test/{number}")
        terminated = truncated = False
        while not (terminated or truncated):
            _, reward, terminated, truncated, info = env.step(env.oracle())
        assert (reward, info["success"], info["raw_reward"], info["outcome"]) == (1.0, True, 1.0, "raw=1")


@needs_browser
@pytest.mark.parametrize("name", STARTED)
def test_equal_instances_show_equal_texts(env: MiniWoBEnv, name: str) -> None:
    walks = []
    for _ in range(2):
        walk = [reset(env, f"{name}/train/7")]
        walk += [
            (step[0], step[4]) for step in map(env.step, ("hover(10, 100)", "wait(1500)", "click(80, 120)", "done()"))
        ]
        walks.append(walk)
        assert walk[-1][1]["success"] is False
    assert walks[0] == walks[1]
    assert reset(env, f"{name}/test/7") != walks[0][0]


@needs_browser
def test_a_wrong_answer_is_worth_nothing_and_time_takes_nothing_away(env: MiniWoBEnv) -> None:
    _, info = reset(env, "click-test-2/train/0")
    assert info["goal"] == "Click button ONE."
    _, reward, terminated, _, info = env.step('click("TWO")')
    assert (reward, terminated, info["success"], info["progress"]) == (0.0, True, False, 0.0)
    assert info["raw_reward"] == -1.0
    reset(env, "click-test-2/train/0")
    env.step("wait(10000)\n" * 9)
    assert env.step('click("ONE")')[1] == 1.0


@needs_browser
def test_a_page_that_is_loaded_again_cannot_be_won(env: MiniWoBEnv) -> None:
    reset(env, "click-test/train/0")
    assert env.step('goto("/miniwob/click-test.html"); click(80, 100)')[2] is False  # the cover starts another instance
    _, reward, terminated, _, info = env.step('click("Click Me!")')
    assert (reward, terminated) == (0.0, False)
    assert "raw_reward" not in info
    assert "404 Not Found" in env.step('goto("/../../secret")')[0]


@needs_browser
def test_a_task_without_a_solution_names_those_that_have_one(env: MiniWoBEnv) -> None:
    reset(env, "chase-circle/train/0")
    with pytest.raises(NoSolver, match="no scripted solution of 'chase-circle', but of these: ascending-numbers, "):
        env.oracle()


VALUES = (
    *("1", "2", "9", "-3", "0.5", "40, 90", "500, 1", "true"),
    *('"Submit"', '"x"', '"Control+A"', '"down"', '""', '"' + "y" * 300 + '"'),
)


def anything(rng: random.Random) -> str:
    """Calls with arguments of all kinds, most of them wrong, and texts that are no calls."""
    if rng.random() < 0.1:
        return "".join(rng.choices('click("1),;\\ \n☃\x00', k=rng.randrange(30)))
    names = rng.choices(sorted(USAGE), k=rng.randint(1, 3))
    return "; ".join(f"{name}({', '.join(rng.choices(VALUES, k=rng.randrange(4)))})" for name in names)


@needs_browser
def test_no_action_raises(env: MiniWoBEnv) -> None:
    rng = random.Random(0)
    over = True
    for number in range(120):
        if over:
            reset(env, f"{rng.choice(NAMES[:60])}/train/{number}")
        text, reward, terminated, truncated, info = env.step(anything(rng))
        over = terminated or truncated
        assert "aborted" not in info
        assert "refuses" not in info.get("action_error", "")
        assert text
        assert reward in (0.0, 1.0)
