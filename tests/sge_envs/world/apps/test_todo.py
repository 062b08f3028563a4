from __future__ import annotations

from typing import Any

import pytest

from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _list(world: World, name: str) -> int:
    return int(next(one["id"] for one in do(world, "todo.list_lists")["lists"] if one["name"] == name))


def _new(world: World, **values: Any) -> int:
    return int(do(world, "todo.add_task", **{"list_id": _list(world, "Home"), "title": "Try it"} | values)["id"])


def test_tasks_are_found_by_every_filter_and_sorted() -> None:
    world = new_world()
    found = everything(world, "todo.search", "tasks")
    archived = "SELECT COUNT(*) FROM todo_tasks t JOIN todo_lists l ON l.id = t.list_id WHERE l.archived = 0"
    assert len(found) == world.db.value(archived)
    dates = [one["due"] for one in found if one["due"]]
    assert [one["due"] for one in found] == sorted(dates) + [None] * (len(found) - len(dates))
    person = world.db.value("SELECT email FROM contacts_people WHERE email != '' ORDER BY id")
    new = _new(world, due=plus_days(world.db.today, 1), assignee=person, priority="low")
    one = next(one for one in everything(world, "todo.search", "tasks") if one["id"] == new)
    tagged = do(world, "todo.add_tag", task_ids=[one["id"]], tag=" Special ")
    assert tagged == {"tagged": 1}
    hits = everything(
        world,
        "todo.search",
        "tasks",
        query=one["title"].upper(),
        done=one["done"],
        priority=one["priority"],
        due_since=one["due"],
        due_until=one["due"],
        assignee=one["assignee"],
        tag="special",
    )
    assert [hit["id"] for hit in hits] == [one["id"]]
    ranks = [
        ["urgent", "high", "normal", "low"].index(task["priority"])
        for task in everything(world, "todo.search", "tasks", sort_by="priority")
    ]
    assert ranks == sorted(ranks)
    home = everything(world, "todo.search", "tasks", list_id=_list(world, "Home"), sort_by="title")
    assert {task["list"] for task in home} == {"Home"}


def test_lists_are_made_renamed_archived_and_deleted() -> None:
    world = new_world()
    new = do(world, "todo.create_list", name="Garden")["id"]
    assert "already" in refused(world, "todo.create_list", name="garden ")
    do(world, "todo.rename_list", list_id=new, name="Balcony")
    task = _new(world, list_id=new)
    assert "1 open tasks" in refused(world, "todo.archive_list", list_id=new)
    assert "still has tasks" in refused(world, "todo.delete_list", list_id=new)
    do(world, "todo.complete_task", task_id=task)
    do(world, "todo.archive_list", list_id=new)
    assert new in [one["id"] for one in do(world, "todo.list_lists", archived=True)["lists"]]
    assert "archived" in refused(world, "todo.add_task", list_id=new, title="More")
    do(world, "todo.archive_list", list_id=new, archived=False)
    do(world, "todo.delete_task", task_id=task)
    do(world, "todo.delete_list", list_id=new)
    assert world.changes() == ()


def test_lists_of_others_keep_their_rules() -> None:
    world = new_world()
    board, groceries = _list(world, "Team board"), _list(world, "Groceries")
    assert "reading only" in refused(world, "todo.add_task", list_id=board, title="Mine")
    task = world.db.value("SELECT id FROM todo_tasks WHERE list_id = ?", board)
    assert "reading only" in refused(world, "todo.update_task", task_id=task, title="Mine")
    assert "belongs to" in refused(world, "todo.rename_list", list_id=groceries, name="Food")
    assert "belongs to" in refused(world, "todo.delete_list", list_id=groceries)
    _new(world, list_id=groceries)
    assert only_change(world).table == "todo_tasks"


def test_a_task_is_added_changed_and_shown() -> None:
    world = new_world()
    due = plus_days(world.db.today, 4)
    person = world.db.value("SELECT email FROM contacts_people WHERE email != '' ORDER BY id")
    task = _new(world, title=" Paint ", due=due, priority="high", notes="Blue", assignee=person, repeat="weekly")
    shown = do(world, "todo.show_task", task_id=task)
    assert (shown["title"], shown["due"], shown["assignee"], shown["list"]) == ("Paint", due, person, "Home")
    assert (shown["done"], shown["tags"], shown["subtasks"]) == (False, [], [])
    do(world, "todo.update_task", task_id=task, title="Paint it", priority="low", notes="Red", due=plus_days(due, 1))
    assert do(world, "todo.show_task", task_id=task)["notes"] == "Red"
    assert "Nothing to change" in refused(world, "todo.update_task", task_id=task)
    assert "needs a due date" in refused(world, "todo.add_task", list_id=shown["list_id"], title="x", repeat="daily")
    assert "not_found" in refused(world, "todo.add_task", list_id=shown["list_id"], title="x", assignee="no@no.example")
    assert "not_found" in refused(world, "todo.show_task", task_id=1)


def test_a_task_is_done_when_its_steps_are() -> None:
    world = new_world()
    task = _new(world)
    step = do(world, "todo.add_subtask", task_id=task, title="First")["id"]
    assert "no sub-tasks of its own" in refused(world, "todo.add_subtask", task_id=step, title="Deeper")
    assert "still open" in refused(world, "todo.complete_task", task_id=task)
    assert "stays with its task" in refused(world, "todo.move_task", task_id=step, list_id=_list(world, "Work"))
    do(world, "todo.move_task", task_id=task, list_id=_list(world, "Work"))
    assert do(world, "todo.show_task", task_id=step)["list"] == "Work"
    do(world, "todo.complete_task", task_id=step)
    do(world, "todo.complete_task", task_id=task)
    assert "is done" in refused(world, "todo.complete_task", task_id=task)
    assert "open that one first" in refused(world, "todo.reopen_task", task_id=step)
    do(world, "todo.reopen_task", task_id=task)
    do(world, "todo.reopen_task", task_id=step)
    assert "is open" in refused(world, "todo.reopen_task", task_id=task)
    assert do(world, "todo.delete_task", task_id=task) == {"deleted": 2}
    assert world.changes() == ()


def test_the_number_of_steps_is_limited() -> None:
    world = new_world()
    task = _new(world)
    for number in range(30):
        do(world, "todo.add_subtask", task_id=task, title=f"Step {number}")
    assert "limit_reached" in refused(world, "todo.add_subtask", task_id=task, title="One more")


@pytest.mark.parametrize(
    ("repeat", "due", "following"),
    [
        ("daily", "2031-12-31", "2032-01-01"),
        ("weekly", "2031-02-24", "2031-03-03"),
        ("monthly", "2031-01-31", "2031-02-28"),
        ("monthly", "2031-12-15", "2032-01-15"),
    ],
)
def test_a_task_that_repeats_comes_again(repeat: str, due: str, following: str) -> None:
    world = new_world()
    task = _new(world, due=due)
    do(world, "todo.set_repeat", task_id=task, repeat=repeat)
    do(world, "todo.add_tag", task_ids=[task], tag="often")
    next_id = do(world, "todo.complete_task", task_id=task)["next_id"]
    again = do(world, "todo.show_task", task_id=next_id)
    assert (again["due"], again["repeat"], again["done"], again["tags"]) == (following, repeat, False, ["often"])


def test_due_dates_are_postponed_and_cleared() -> None:
    world = new_world()
    due = plus_days(world.db.today, 3)
    tasks = [_new(world, due=due), _new(world, due=due)]
    moved = do(world, "todo.postpone", task_ids=[*tasks, tasks[0]], days=10)["tasks"]
    assert [one["due"] for one in moved] == [plus_days(due, 10)] * 2
    do(world, "todo.set_repeat", task_id=tasks[0], repeat="weekly")
    assert "needs its due date" in refused(world, "todo.clear_due", task_id=tasks[0])
    do(world, "todo.set_repeat", task_id=tasks[0], repeat=None)
    do(world, "todo.clear_due", task_id=tasks[0])
    assert "no due date" in refused(world, "todo.postpone", task_ids=tasks, days=1)
    assert "needs a due date" in refused(world, "todo.set_repeat", task_id=tasks[0], repeat="daily")
    assert "from 1 to 365" in refused(world, "todo.postpone", task_ids=tasks[1:], days=0)
    step = do(world, "todo.add_subtask", task_id=tasks[0], title="Step")["id"]
    assert "does not repeat" in refused(world, "todo.set_repeat", task_id=step, repeat="daily")


def test_today_lists_what_is_due_and_overdue() -> None:
    world = new_world()
    day = world.db.today
    now, late, later = (_new(world, due=plus_days(day, shift)) for shift in (0, -2, 1))
    listed = do(world, "todo.today")
    ids = {key: [one["id"] for one in listed[key]] for key in ("today", "overdue")}
    assert now in ids["today"]
    assert late in ids["overdue"]
    assert later not in ids["today"] + ids["overdue"]
    do(world, "todo.complete_task", task_id=late)
    assert late not in [one["id"] for one in do(world, "todo.today")["overdue"]]


def test_tasks_are_given_to_people() -> None:
    world = new_world()
    person = world.db.value(
        "SELECT email FROM contacts_people WHERE email != '' AND email NOT IN "
        "(SELECT assignee FROM todo_tasks WHERE assignee IS NOT NULL) ORDER BY id"
    )
    task = _new(world, due=plus_days(world.db.today, -1))
    do(world, "todo.assign", task_id=task, assignee=person)
    listed = do(world, "todo.list_assignments")["people"]
    assert {"address": person, "open": 1, "overdue": 1, "done": 0} in listed
    assert "not_found" in refused(world, "todo.assign", task_id=task, assignee="no@no.example")
    do(world, "todo.assign", task_id=task, assignee=None)
    assert person not in [one["address"] for one in do(world, "todo.list_assignments")["people"]]


def test_reminders_lie_ahead() -> None:
    world = new_world()
    task = _new(world)
    at = f"{plus_days(world.db.today, 1)}T07:00"
    do(world, "todo.set_reminder", task_id=task, remind_at=at)
    listed = do(world, "todo.list_reminders")["reminders"]
    assert {"task_id": task, "title": "Try it", "remind_at": at} in listed
    assert [one["remind_at"] for one in listed] == sorted(one["remind_at"] for one in listed)
    assert "in the past" in refused(world, "todo.set_reminder", task_id=task, remind_at="2020-01-01T08:00")
    do(world, "todo.set_reminder", task_id=task, remind_at=None)
    assert task not in [one["task_id"] for one in do(world, "todo.list_reminders")["reminders"]]


def test_tags_are_put_on_once_and_taken_off() -> None:
    world = new_world()
    task = _new(world)
    world.db.rebase()
    assert do(world, "todo.add_tag", task_ids=[task, task], tag="New one") == {"tagged": 1}
    assert do(world, "todo.add_tag", task_ids=[task], tag="NEW ONE") == {"tagged": 0}
    assert {"tag": "new one", "tasks": 1} in do(world, "todo.list_tags")["tags"]
    assert list(changed(world)) == ["todo_tags"]
    do(world, "todo.remove_tag", task_id=task, tag="new one")
    assert "not_found" in refused(world, "todo.remove_tag", task_id=task, tag="new one")


def test_tasks_name_people_and_orders_that_there_are() -> None:
    for number in range(6):
        db = new_world(number).db
        people = db.rows(
            "SELECT t.title, t.notes FROM todo_tasks t JOIN todo_lists l ON l.id = t.list_id WHERE l.name = 'People'"
        )
        names, orders = db.column("SELECT name FROM contacts_people"), db.column("SELECT id FROM shop_orders")
        assert len(people) >= 8
        for task in people:
            words = task["title"].rstrip("?").split()
            assert any(name in task["title"] for name in names) or any(str(one) in words for one in orders), task
