"""SGE-TextUI-v0 in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sge_envs import UnknownOption
from sge_envs.checks import check_text_env
from sge_envs.ui.calls import USAGE
from sge_envs.ui.textui import TextUIEnv
from tests.sge_envs.ui.site import needs_browser

ID = "SGE-TextUI-v0"
SOLVED = ("train/across.delivery_note/0", "train/messages.new_group/0", "train/shop.gift/0", "test/smart_home.stay/0")
"""Each has other widgets; ``benchmarks/textui.py`` solves all there are."""

TASK = "train/todo.plan_project/0"
pytestmark = needs_browser


@pytest.fixture(scope="module")
def env() -> Iterator[TextUIEnv]:
    pytest.importorskip("jinja2")
    made = TextUIEnv(max_turns=None)
    yield made
    made.close()


def start(env: TextUIEnv, task_id: str = TASK) -> str:
    return env.reset(seed=0, options={"task_id": task_id})[0]


def play(env: TextUIEnv, task_id: str) -> tuple[float, dict[str, Any], list[str]]:
    """The solution of a task: reward, info, and every observation."""
    shown = [start(env, task_id)]
    while True:
        observation, reward, terminated, _, info = env.step(env.oracle())
        shown.append(observation)
        assert "action_error" not in info, info["action_error"]
        if terminated:
            return float(reward), info, shown


def test_an_option_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UnknownOption, match="Did you mean 'phone'"):
        TextUIEnv(screen="phon")  # type: ignore[arg-type]
    with pytest.raises(UnknownOption, match="no scenario"):
        TextUIEnv(scenarios=["todo.plan"])


def test_it_keeps_the_contract() -> None:
    report = check_text_env(gymnasium.make(ID, scenarios=["people.merge"]), turns=3)
    skipped = [finding.name for finding in report.findings if finding.status == "skipped"]
    assert skipped == ["admissible_actions_are_legal"]


def test_it_passes_the_checker_of_gymnasium() -> None:
    made = gymnasium.make(ID, scenarios=["people.merge"])
    check_env(made.unwrapped, skip_render_check=True)
    made.close()


@pytest.mark.parametrize("task_id", SOLVED)
def test_a_solution_solves_its_task(env: TextUIEnv, task_id: str) -> None:
    reward, info, _ = play(env, task_id)
    assert (reward, info["success"], info["outcome"], info["progress"]) == (1.0, True, "solved", 1.0)


def test_a_phone_shows_and_solves_the_same() -> None:
    phone = TextUIEnv(screen="phone")
    assert play(phone, TASK)[0] == 1.0
    phone.close()


def test_equal_tasks_are_told_equally_whatever_was_played_before(env: TextUIEnv) -> None:
    first = play(env, TASK)[2]
    play(env, SOLVED[0])
    other = TextUIEnv(max_turns=None)
    assert play(other, TASK)[2] == first
    other.close()


def test_the_start_page_says_task_person_time_and_apps(env: TextUIEnv) -> None:
    observation = start(env)
    assert observation.startswith(f"Task: {env.task.goal}\nPage / ")
    assert 'link "Calendar"' in observation
    assert 'link "Ask the user"' in observation


def test_a_person_s_way_through_links_and_forms_leads_to_the_state_of_the_tools(env: TextUIEnv) -> None:
    start(env)
    for action in (
        'click("To-do"); click("Lists"); click("Create list")',
        'fill("Name", "Garden"); click("Create list")',
        'click("Garden"); click("Add task")',
        'select("List", "Garden"); fill("Title", "Water"); fill("Due", "2030-05-01"); select("Priority", "high")',
        'press("Title", "Enter")',
    ):
        observation, _, _, _, info = env.step(action)
        assert "action_error" not in info, observation
    assert "Add task: done." in observation
    by = {one.table: one.by for one in env._episode.world.changes()}
    assert by == {"todo_lists": "todo.create_list", "todo_tasks": "todo.add_task"}
    assert env._episode.world.db.value("SELECT due FROM todo_tasks WHERE title = 'Water'") == "2030-05-01"


def test_an_answer_that_cannot_be_taken_says_so_and_the_task_goes_on(env: TextUIEnv) -> None:
    start(env)
    observation, reward, terminated, _, info = env.step(f'answer("{"x" * 2001}")')
    assert (reward, terminated) == (0.0, False)
    assert "at most" in info["action_error"]
    assert observation.startswith(info["action_error"])
    assert "action_error" not in env.step('click("To-do")')[4]


def test_pages_follow_each_other_in_one_document(env: TextUIEnv) -> None:
    start(env)
    documents, paths = set(), []
    for action in ('click("To-do")', 'click("Lists")', 'goto("/shop")', "back()", "back()", 'tab_new("/mail")'):
        observation = env.step(action)[0]
        paths.append(re.findall(r"^Page (\S+)", observation, re.MULTILINE)[0].partition("?")[0])
        documents.add(env.view.document.partition(".")[0])
    assert paths == [
        "/todo/search",
        "/todo/list_lists",
        "/shop/search",
        "/todo/list_lists",
        "/todo/search",
        "/mail/search",
    ]
    assert len(documents) == 2  # a new tab has one of its own


def test_all_of_one_action_meets_one_page() -> None:
    phone = TextUIEnv(screen="phone", max_turns=None)  # whose taps come one by one
    for _ in range(3):
        start(phone)
        assert "\nPage /contacts/search" in phone.step('double_click("Contacts")')[0]
        assert "\nPage / " in phone.step("back()")[0]
        phone.step('goto("/todo/add_task"); fill("Title", "Once"); select("List", "Work"); double_click("Add task")')
        assert phone._episode.world.db.value("SELECT COUNT(*) FROM todo_tasks WHERE title = 'Once'") == 1
    phone.close()


def test_a_page_that_does_not_come_is_not_told_as_the_one_before(
    env: TextUIEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = pytest.importorskip("sge_envs.ui.pages.site")
    start(env)
    env.step('click("To-do")')
    with monkeypatch.context() as patch:
        patch.setattr(site.Site, "__call__", _hang_up)
        observation = env.step('click("Lists")')[0]
    assert "This page did not come." in observation
    assert "# Tasks" not in observation.partition("This is another page.")[2]
    assert "# Lists" in env.step('back(); click("Lists")')[0]


def _hang_up(site: object, environ: object, start_response: object) -> list[bytes]:
    raise ConnectionResetError


@pytest.mark.parametrize("keys", ["Control+Enter", "Shift+Enter", "Alt+Enter"])
def test_held_keys_open_no_tab_that_comes_later(env: TextUIEnv, keys: str) -> None:
    first = start(env)
    for _ in range(3):
        env.step(f'press("Tab"); press("Tab"); press("{keys}"); wait(50)')
        assert (env.view.tabs, env.view.path) == (1, "/")
        assert start(env) == first


def test_a_wrong_form_says_so_and_a_dialog_asks_first(env: TextUIEnv) -> None:
    start(env)
    observation = env.step('goto("/todo/add_task"); fill("Due", "2030-05-01"); click("Add task")')[0]
    assert "Please fill this in." in observation
    assert '"Due" = "2030-05-01"' in observation
    task = env._episode.world.db.value("SELECT id FROM todo_tasks WHERE parent_id IS NULL ORDER BY id")
    before = env.step(f'goto("/todo/show_task?task_id={task}")')[4]["state_key"]
    assert 'Open dialog: "Delete task?"' in env.step('click("Delete task")')[0]
    info = env.step('click("No")')[4]
    assert info["state_key"].partition("-")[0] == before.partition("-")[0]
    env.step('click("Delete task"); click("Yes")')
    assert env._episode.world.db.get("todo_tasks", task) is None


def test_a_file_of_the_user_s_is_uploaded_by_name(env: TextUIEnv) -> None:
    start(env)
    call = env._episode.world.call
    file = call("files.search", {"kind": "text"}).value["files"][0]
    assert env.step('goto("/files/create_file"); fill("Or upload a file", "no such.txt")')[4]["action_error"]
    env.step(
        f'fill("Or upload a file", "{file["name"]}"); fill("Name", "copy of it.txt"); select("Folder", "Documents")'
    )
    assert "Create file: done." in env.step('press("Name", "Enter")')[0]
    copied = call("files.search", {"query": "copy of it"}).value["files"][0]
    contents = [call("files.read", {"file_id": one["id"]}).value["content"] for one in (file, copied)]
    assert contents[0] == contents[1]


def test_the_user_is_asked_and_the_task_is_finished_on_pages(env: TextUIEnv) -> None:
    start(env)
    observation = env.step('click("Ask the user"); fill("Question", "Which colour?"); click("Ask the user")')[0]
    assert env.scripted_reply("Which colour?") in observation
    _, reward, terminated, _, info = env.step('click("Home"); click("Finish the task"); click("Finish the task")')
    assert (reward, terminated, info["success"], info["outcome"]) == (0.0, True, False, info["outcome"])


@pytest.mark.parametrize("ending", ["done()", 'answer("Garden party")', 'answer("0")', 'answer("1", "2")'])
def test_ending_the_task_at_once_is_worth_nothing(env: TextUIEnv, ending: str) -> None:
    start(env)
    observation, reward, terminated, _, info = env.step(ending)
    assert (reward, terminated, info["success"], info["progress"]) == (0.0, True, False, 0.0)
    assert info["feedback"]
    assert observation


def test_answers_are_judged_one_or_several(env: TextUIEnv) -> None:
    scenario = TextUIEnv(scenarios=["todo.overdue"])
    task = scenario.tasks.get_task("train" if scenario.tasks.num_tasks("train") != 0 else "valid", 0).id
    scenario.close()
    start(env, task)
    wanted = env._episode.made.answer
    assert isinstance(wanted, list)
    listed = ", ".join(f'"{one}"' for one in wanted)
    assert env.step(f"answer({listed})")[1] == 1.0


def test_a_snapshot_goes_on_from_where_it_was_taken(env: TextUIEnv) -> None:
    start(env)
    for _ in range(4):
        env.step(env.oracle())
    saved = env.snapshot()
    following = env.step(env.oracle())
    restored = TextUIEnv(max_turns=None)
    restored.reset(options={"snapshot": saved})
    assert restored.step(restored.oracle()) == following
    restored.close()


def test_no_episode_reaches_the_pages_of_another(env: TextUIEnv) -> None:
    start(env)
    session, old = env._session, env._site
    assert session is not None
    assert old is not None
    token = session._token
    start(env)
    assert old.closed
    assert session._token != token
    assert token not in session.host.server._sites


def test_the_pages_cannot_be_left(env: TextUIEnv) -> None:
    start(env)
    for address in ("http://example.com/", "file:///etc/passwd", "javascript:alert(1)", "//example.com"):
        assert "leads out" in env.step(f'goto("{address}")')[4]["action_error"]
    assert "No such page" in env.step('goto("/nothing")')[0]


ACTIONS = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda name, target, text: f"{name}({target}{text})",
        st.sampled_from([name for name in USAGE if name not in ("answer", "done", "wait")]),
        st.sampled_from(["", "1", "7", "12", "20", '"To-do"', '"Add task"', "200, 200", '"/todo/search?page=-1"']),
        st.sampled_from(["", ', "Enter"', ', "x"', ", true"]),
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTIONS, min_size=1, max_size=3))
def test_no_action_raises(env: TextUIEnv, actions: list[str]) -> None:
    start(env, SOLVED[0])
    for action in actions:
        observation, reward, terminated, truncated, _ = env.step(action)
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert "server error" not in observation
