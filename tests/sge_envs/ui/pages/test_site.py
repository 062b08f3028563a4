"""The site without a browser: every page, every form, and what visitors may send."""

from __future__ import annotations

import functools
import html
import re
import threading
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from sge_envs.tools.episode import Episode
from sge_envs.tools.tasks import ToolTasks, prepared
from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.catalogue import all_pages, reachable
from sge_envs.ui.pages.site import Site
from sge_envs.world.database import Database
from sge_envs.world.world import full_catalogue

APPS = [app.name for app in full_catalogue().apps]


class House:
    """A site, who visits it, and the world behind it."""

    def __init__(self, *, number: int = 0) -> None:
        self.episode = Episode(ending="-")
        self.episode.begin(prepared(ToolTasks().get_task("train", number)))
        self.world = self.episode.world
        self.site = Site(self.episode, threading.RLock())
        self.client = Client(self.site)

    def get(self, address: str) -> TestResponse:
        return self.client.get(address)

    def send(self, address: str, **fields: str | list[str]) -> TestResponse:
        return self.client.post(address, data={"form": "1", **fields})

    def id_of(self, sql: str) -> int:
        return int(self.world.db.value(sql))


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.episode.box.close()


@functools.cache
def shared() -> House:
    """A house for tests that change nothing that they look at."""
    return House()


def said(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text)))


# What is there ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("app", APPS)
def test_every_operation_of_an_app_is_reached_from_its_tabs(app: str) -> None:
    operations = {one.name for one in full_catalogue().operations.values() if one.app == app}
    assert {one for one in reachable(all_pages()[app]) if one.startswith(f"{app}.")} == operations


@pytest.mark.parametrize("app", APPS)
def test_pages_and_forms_that_lead_to_each_other_are_all_there(app: str) -> None:
    client, seen, waiting = shared().client, set[str](), [f"/{app}"]
    visits = dict.fromkeys(reachable(all_pages()[app]), 0)
    while waiting:
        address = waiting.pop(0)
        name = address.partition("?")[0].strip("/").replace("/", ".", 1)
        if address in seen or visits.get(name, 0) >= 2:  # two of each kind
            continue
        seen.add(address)
        visits[name] = visits.get(name, 0) + 1
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, said(answer))
        waiting += [html.unescape(one) for one in re.findall(rf'(?:href|action)="(/{app}/[^"]*)"', answer.text)]
    assert len(seen) > 8


@pytest.mark.parametrize("operation", sorted(full_catalogue().operations))
def test_every_operation_has_a_page_at_its_address(operation: str) -> None:
    answer = shared().get("/" + operation.replace(".", "/"))
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert not re.search(r"\bsee [a-z]+\.[a-z_]+", said(answer))


def test_the_start_page_has_the_task_the_time_and_the_apps(house: House) -> None:
    page = said(house.get("/"))
    assert house.episode.made.goal in page
    assert house.world.db.today in page
    assert all(pages.title in page for pages in all_pages().values() if pages.tabs)


def test_what_is_not_there_is_said_on_a_page(house: House) -> None:
    for address in ("/nothing", "/todo/nothing", "/todo/search/more", "/%00", "//", "/todo/show_task?task_id=1"):
        answer = house.get(address)
        assert answer.status_code in (200, 303, 404), address
    assert "There is no task 1." in said(house.get("/todo/show_task?task_id=1"))


# Lists --------------------------------------------------------------------------------------------------------------


def test_a_list_has_pages_and_filters_that_stay(house: House) -> None:
    page = house.get("/mail/search?unread=false")
    assert "Page 1 of" in said(page)
    following = html.unescape(re.findall(r'href="([^"]*page=2[^"]*)"', page.text)[0])
    assert "unread=false" in following
    assert "Page 2 of" in said(house.get(following))


def test_empty_filters_leave_the_address(house: House) -> None:
    answer = house.get("/todo/search?query=&list_id=&done=true")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/todo/search?done=true")


def test_a_filter_that_cannot_be_is_said_beside_it(house: House) -> None:
    answer = house.get("/todo/search?due_since=soon")
    assert answer.status_code == 400
    assert "Expected a date such as '2025-03-14', got 'soon'." in said(answer)
    assert 'value="soon"' in answer.text


def test_a_page_that_needs_more_asks_for_it_and_keeps_what_is_given(house: House) -> None:
    answer = house.get("/travel/search_hotels?city=Vienna")
    assert "Please fill in" in said(answer)
    assert '<input type="hidden" name="city" value="Vienna">' in answer.text


def test_a_total_is_told_where_it_is_a_sum_and_in_the_pager_where_it_counts(house: House) -> None:
    total = house.world.call("shop.show_cart").value["total"]
    assert f"Total: {total:.2f}" in said(house.get("/shop/show_cart"))
    assert "Total:" not in said(house.get("/mail/search"))


# Forms --------------------------------------------------------------------------------------------------------------


def test_a_form_that_is_wrong_comes_back_with_what_was_typed(house: House) -> None:
    before = house.world.key()
    answer = house.send("/todo/add_task", title="Call <Ada>", due="tomorrow", list_id="")
    page = said(answer)
    assert answer.status_code == 400
    assert "Please fill this in." in page
    assert "Expected a date such as '2025-03-14', got 'tomorrow'." in page
    assert 'value="Call &lt;Ada&gt;"' in answer.text
    assert house.world.key() == before


def test_a_refusal_of_the_operation_is_said_on_the_form(house: House) -> None:
    lists = house.id_of("SELECT id FROM todo_lists WHERE access = 'own' ORDER BY id")
    answer = house.send("/todo/add_task", list_id=str(lists), title="Water", repeat="daily")
    assert answer.status_code == 409
    assert "due date" in said(answer)
    assert 'value="Water"' in answer.text


def test_only_what_was_changed_is_sent(house: House) -> None:
    task = house.id_of("SELECT id FROM todo_tasks WHERE due IS NOT NULL AND done_at IS NULL AND assignee IS NULL")
    held = house.world.call("todo.show_task", {"task_id": task}).value
    address = f"/todo/update_task?task_id={task}"
    assert f'value="{html.escape(held["title"])}"' in house.get(address).text
    fields = {"title": "New title", "due": held["due"], "priority": held["priority"], "notes": held["notes"]}
    assert house.send(address, **fields).status_code == 303
    changed = [one.columns for one in house.world.changes()]
    assert changed == [("title",)]
    assert house.send(address, **fields, back="/x").status_code == 409  # nothing is new now


def test_one_goes_back_to_where_the_form_was_opened_and_reads_what_came_of_it(house: House) -> None:
    opened = house.client.get(
        "/todo/create_list", headers={"Referer": "http://localhost/todo/list_lists?archived=true"}
    )
    assert 'name="back" value="/todo/list_lists?archived=true"' in opened.text
    answer = house.send("/todo/create_list", name="Garden", back="/todo/list_lists")
    assert answer.headers["Location"] == "/todo/list_lists"
    assert "Create list: done." in said(house.get("/todo/list_lists"))
    assert "Create list: done." not in said(house.get("/todo/list_lists"))


@pytest.mark.parametrize("back", ["//evil.example", "http://evil.example/", "/\\evil.example", "javascript:x", ""])
def test_no_form_leads_out_of_the_site(house: House, back: str) -> None:
    answer = house.send("/todo/create_list", name="Garden", back=back)
    assert answer.headers["Location"] == "/todo"
    opened = house.client.get("/todo/create_list", headers={"Referer": back})
    assert "evil" not in opened.text


def test_after_a_deletion_one_is_not_sent_to_what_is_gone(house: House) -> None:
    task = house.id_of("SELECT id FROM todo_tasks WHERE list_id IN (SELECT id FROM todo_lists WHERE access = 'own')")
    answer = house.client.post(f"/todo/delete_task?task_id={task}", data={"back": f"/todo/show_task?task_id={task}"})
    assert answer.headers["Location"] == "/todo"


def test_a_box_that_is_not_checked_is_a_no_and_a_button_without_a_form_keeps_the_default(house: House) -> None:
    contact = house.id_of("SELECT id FROM contacts_people WHERE favourite = 0")
    house.client.post(f"/contacts/set_favourite?contact_id={contact}")
    assert house.world.call("contacts.show", {"contact_id": contact}).value["favourite"] is True
    house.send(f"/contacts/set_favourite?contact_id={contact}", favourite="false")
    assert house.world.call("contacts.show", {"contact_id": contact}).value["favourite"] is False


def test_a_file_fills_the_content_and_gives_its_name(house: House) -> None:
    folder = house.id_of("SELECT id FROM files_folders WHERE name = 'Documents'")
    fields = {
        "form": "1",
        "folder_id": str(folder),
        "name": "",
        "content": "",
        "upload": (BytesIO(b"a\nb"), "list.txt"),
    }
    answer = house.client.post("/files/create_file", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 303, said(answer)
    found = house.world.call("files.search", {"query": "list.txt"}).value["files"][0]
    assert house.world.call("files.read", {"file_id": found["id"]}).value["content"] == "a\nb"


def test_a_grave_deed_is_asked_for_in_a_dialog(house: House) -> None:
    task = house.id_of("SELECT id FROM todo_tasks")
    for address in (f"/todo/show_task?task_id={task}", f"/todo/delete_task?task_id={task}"):
        assert re.search(r'<dialog [^>]*aria-label="Delete task\?"', house.get(address).text)


def test_the_user_can_be_asked_and_the_task_be_finished_on_pages(house: House) -> None:
    house.send("/user/ask", question="What is the weather?", back="/")
    assert "I have nothing to add to that." in said(house.get("/"))
    house.send("/task/finish", answers="one\r\ntwo")
    assert (house.episode.finished, house.episode.box.desk.answer) == (True, ["one", "two"])
    assert house.send("/todo/create_list", name="Late").status_code == 409


# Safety -------------------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>\"'>&{{7*7}}<img src=x onerror=alert(1)>"


def test_names_are_text_wherever_they_stand(house: House) -> None:
    def plant(db: Database) -> None:
        for table, column in (("todo_lists", "name"), ("todo_tasks", "title"), ("shop_products", "name")):
            for one in db.column(f"SELECT id FROM {table}"):
                db.update(table, one, {column: f"{HOSTILE} {one}"})

    house.world.prepare(plant)
    task = house.id_of("SELECT id FROM todo_tasks")
    for address in (
        *("/todo/search", "/todo/list_lists", f"/todo/show_task?task_id={task}", f"/todo/update_task?task_id={task}"),
        *(
            "/todo/add_task",
            "/shop/search",
            f"/todo/search?query={quote(HOSTILE)}",
            f"/todo/delete_task?task_id={task}",
        ),
    ):
        text = house.get(address).text
        assert text.count("<script") == text.count('<script src="/swap.js"></script>') == 1
        assert "<img" not in text
        assert "&lt;script&gt;" in text or "%3Cscript%3E" in text


def test_pages_run_no_script_but_the_site_s_own_and_are_kept_by_nobody(house: House) -> None:
    headers = house.get("/todo/search").headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'"} <= set(policy)
    assert headers["Cache-Control"] == "no-store"


def test_a_closed_site_shows_nothing(house: House) -> None:
    house.site.closed = True
    assert house.get("/").status_code == 403
    assert house.send("/todo/create_list", name="Late").status_code == 403


def test_a_form_that_is_too_big_is_refused(house: House) -> None:
    assert house.send("/todo/create_list", name="x" * 2_000_000).status_code == 413


TEXTS = st.one_of(
    st.text(max_size=40), st.sampled_from(["1", "-1", "99999999999999999999", "true", HOSTILE, "2025-03-14"])
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(all_operations())), st.lists(TEXTS, min_size=1, max_size=4), st.booleans())
def test_whatever_is_asked_or_sent_gets_a_page(name: str, texts: list[str], sends: bool) -> None:
    operation = all_operations()[name]
    house = shared()
    fields = [(one.name, texts[at % len(texts)]) for at, one in enumerate(operation.parameters)]
    path = "/" + name.replace(".", "/", 1)
    if name == "task.finish":
        return
    if sends:
        answer = house.client.post(path, data={"form": "1", **dict(fields)})
    else:
        answer = house.client.get(path, query_string=dict(fields))
    assert answer.status_code in (200, 303, 400, 404, 409)
