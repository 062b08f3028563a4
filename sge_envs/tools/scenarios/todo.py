"""Scenarios with to-do lists."""

from __future__ import annotations

import re
from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, need
from sge_envs.world.clock import plus_days, weekday
from sge_envs.world.database import Database, Row

_ON = "FROM todo_tasks t JOIN todo_lists l ON l.id = t.list_id WHERE l.name = ?"


def _list(do: Do, name: str) -> int:
    return int(next(one["id"] for one in do("todo.list_lists")["lists"] if one["name"] == name))


def _tasks(do: Do, name: str, **filters: Any) -> list[dict[str, Any]]:
    return everything(do, "todo.search", "tasks", list_id=_list(do, name), **filters)


def _late_list(scene: Scene, names: tuple[str, ...]) -> str:
    """One of these lists that has overdue tasks."""
    late = f"SELECT COUNT(*) {_ON} AND t.done_at IS NULL AND t.due < ?"
    return scene.one([name for name in names if scene.db.value(late, name, scene.db.today)])


def overdue_titles(scene: Scene) -> Instance:
    name = _late_list(scene, ("Home", "People", "Groceries", "Work"))

    def solve(do: Do) -> list[str]:
        found = [one["title"] for one in do("todo.today")["overdue"] if one["list"] == name]
        need(0 < len(found) < 6)
        return found

    return Instance(
        scene.say(
            f"Which open tasks of my list '{name}' are overdue (due before today)? Give their titles.",
            f"What should have been done by now on the list '{name}' and was not? Name the titles of the tasks that were due "
            "before today.",
        ),
        solve,
    )


def later(scene: Scene) -> Instance:
    name, days = _late_list(scene, ("Home", "People", "Groceries")), scene.dice.integer(2, 14)

    def solve(do: Do) -> None:
        found = [one for one in do("todo.today")["overdue"] if one["list"] == name]
        need(found)
        do("todo.postpone", task_ids=[one["id"] for one in found], days=days)

    return Instance(
        scene.say(
            f"Everything open on my list '{name}' that was due before today gets {days} days more: move each due date by that "
            "many days.",
            f"I am behind with the list '{name}'. Postpone each of its overdue tasks (due before today) by {days} days, counted "
            "from its own due date.",
        ),
        solve,
    )


def plan_project(scene: Scene) -> Instance:
    name, thing = scene.dice.one((("Garden party", "party"), ("Book fair", "fair"), ("School fair", "fair")))
    porter, baker = a_person(scene, "friend"), a_person(scene, "family", "neighbour")
    need(porter["name"] != baker["name"])
    day = plus_days(scene.db.today, scene.dice.integer(14, 40))
    before, tag = plus_days(day, -scene.dice.integer(3, 9)), scene.dice.one(("outdoors", "together", "weekend"))

    def solve(do: Do) -> None:
        made = do("todo.create_list", name=name)["id"]
        chairs = do(
            "todo.add_task", list_id=made, title="Get chairs", due=before, assignee=address_of(do, porter["name"])
        )["id"]
        cake = do("todo.add_task", list_id=made, title="Bake a cake", due=day, assignee=address_of(do, baker["name"]))[
            "id"
        ]
        own = do("todo.add_task", list_id=made, title="Invite everybody", due=before, priority="high")["id"]
        for step in ("Write the text", "Collect addresses", "Send it"):
            do("todo.add_subtask", task_id=own, title=step)
        do("todo.set_reminder", task_id=own, remind_at=f"{plus_days(before, -1)}T09:00")
        do("todo.add_tag", task_ids=[chairs, cake, own], tag=tag)

    return Instance(
        scene.say(
            f"Plan the {thing} on {day}: make a to-do list '{name}' with three tasks. 'Get chairs' until {before}, for "
            f"{porter['name']}; 'Bake a cake' until {day}, for {baker['name']}; 'Invite everybody' until {before}, high priority, "
            "for me, with the sub-tasks 'Write the text', 'Collect addresses' and 'Send it' (no dates), and a reminder on the day "
            f"before it is due at 09:00. The three tasks (not the sub-tasks) get the tag '{tag}'.",
            f"I need a new to-do list '{name}'. On it: 'Get chairs', given to {porter['name']}, due {before}; 'Bake a cake', given "
            f"to {baker['name']}, due {day}; and for myself 'Invite everybody', due {before}, with high priority, which has the "
            "sub-tasks 'Write the text', 'Collect addresses' and 'Send it' without dates and a reminder at 09:00 of the day before "
            f"it is due. Tag the three tasks with '{tag}', the sub-tasks not.",
        ),
        solve,
    )


def orders_arrived(scene: Scene) -> Instance:
    orders = scene.db.rows(
        "SELECT id, status FROM shop_orders WHERE id NOT IN (SELECT o.id FROM shop_orders o JOIN todo_tasks t ON t.title LIKE "
        "'%order ' || o.id || '%') ORDER BY id"
    )
    waiting = scene.one([one for one in orders if one["status"] in ("processing", "shipped")])
    there = scene.one([one for one in orders if one["status"] == "delivered"])
    target = scene.row("SELECT id FROM todo_lists WHERE name = 'People'")["id"]
    scene.plant(lambda db: _add_tasks(db, target, [f"Unpack order {there['id']}", f"Wait for order {waiting['id']}"]))

    def solve(do: Do) -> None:
        for task in _tasks(do, "People", query="order", done=False):
            number = re.search(r"order (\d+)", task["title"])
            if number is None:
                continue
            order = do("shop.show_order", order_id=int(number[1]))
            if order["status"] == "delivered":
                do("todo.complete_task", task_id=task["id"])
            elif order["status"] == "cancelled":
                do("todo.delete_task", task_id=task["id"])
            elif task["due"] != order["delivery_date"]:
                do("todo.update_task", task_id=task["id"], due=order["delivery_date"])

    return Instance(
        scene.say(
            "Some open tasks of my list 'People' name an order of the shop by its number. Where the order was delivered, complete "
            "the task; where it was cancelled, delete the task; where it is still to come, make its delivery date the due date.",
            "Bring the open tasks about shop orders on the list 'People' up to date (they have 'order' and its number in the "
            "title): delivered means the task is done, cancelled means it is to be deleted, and for an order that is on its way or "
            "in preparation the task is due on the expected delivery date.",
        ),
        solve,
    )


def _add_tasks(db: Database, list_id: int, titles: list[str]) -> None:
    for title in titles:
        db.insert("todo_tasks", {"list_id": list_id, "title": title, "created_at": db.now})


def busiest(scene: Scene) -> Instance:
    def solve(do: Do) -> str:
        found = sorted(do("todo.list_assignments")["people"], key=lambda one: -int(one["open"]))
        need(len(found) > 1 and found[0]["open"] > found[1]["open"])
        return str(do("contacts.find_by_email", email=found[0]["address"])["name"])

    tasks = scene.db.column(f"SELECT t.id {_ON} AND t.done_at IS NULL AND t.parent_id IS NULL", "Work")
    mates = scene.some(scene.db.column("SELECT email FROM contacts_people WHERE relation = 'colleague' ORDER BY id"), 2)
    given = [mates[0] if place < 2 else mates[1] for place in range(3)]
    scene.plant(lambda db: _give(db, scene.some(tasks, 3), given))
    return Instance(
        scene.say(
            "To which of my contacts did I give the most tasks that are still open? Give the full name.",
            "Who has the most open to-dos from me? Answer with first and last name.",
        ),
        solve,
    )


def _give(db: Database, tasks: list[int], people: list[str]) -> None:
    for task, address in zip(tasks, people):
        db.update("todo_tasks", task, {"assignee": address})


def entered_twice(scene: Scene) -> Instance:
    name = scene.dice.one(("Home", "Groceries"))
    rows = scene.db.rows(f"SELECT t.* {_ON} AND t.done_at IS NULL ORDER BY t.id", name)
    twice = scene.some(rows, scene.dice.integer(2, 3))
    scene.plant(lambda db: _copy(db, twice))

    def solve(do: Do) -> None:
        seen: set[str] = set()
        for task in sorted(_tasks(do, name, done=False), key=lambda one: int(one["id"])):
            if task["title"] in seen:
                do("todo.delete_task", task_id=task["id"])
            seen.add(task["title"])

    return Instance(
        scene.say(
            f"By mistake some open tasks of my list '{name}' were entered a second time today. Delete the second ones, made today; "
            "the first ones stay.",
            f"Somebody typed some of the tasks of '{name}' in again today, though they stand there open with the same title. "
            "Delete what was entered today, and keep the older ones.",
        ),
        solve,
    )


def _copy(db: Database, rows: list[Row]) -> None:
    for row in rows:
        values = {name: row[name] for name in ("list_id", "title", "due", "priority")}
        db.insert("todo_tasks", values | {"created_at": db.now})


def call_somebody(scene: Scene) -> Instance:
    person = a_person(scene)
    title = f"Talk to {person['name']}"
    due, priority = plus_days(scene.db.today, scene.dice.integer(2, 20)), scene.dice.one(("low", "high", "urgent"))

    def solve(do: Do) -> None:
        do("todo.add_task", list_id=_list(do, "People"), title=title, due=due, priority=priority)

    return Instance(
        scene.say(
            f"Put '{title}' on my list 'People'. Ask me until when I want to do it, and which priority it has.",
            f"I need a task '{title}' on the list 'People': ask me for the due date and for the priority before you add it.",
        ),
        solve,
        facts={
            "when until due date day": f"I want to do it until {weekday(due)}, {due}.",
            "priority important urgent how": f"Its priority is {priority}.",
        },
    )


def nag(scene: Scene) -> Instance:
    late = [plus_days(scene.db.today, -scene.dice.integer(1, 9)) for _ in range(2)]
    tasks = scene.some(
        scene.db.rows(
            f"SELECT t.id, t.title {_ON} AND t.done_at IS NULL AND t.parent_id IS NULL ORDER BY t.id", "Work"
        ),
        2,
    )
    people = [a_person(scene, "colleague") for _ in tasks]
    need(people[0]["email"] != people[1]["email"] and tasks[0]["title"] != tasks[1]["title"])
    again = plus_days(scene.db.today, 1)
    scene.plant(lambda db: _delay(db, tasks, people, late))

    def solve(do: Do) -> None:
        own = [one for one in do("todo.today")["overdue"] if one["list"] == "Work" and one["assignee"]]
        need(len({one["title"] for one in own}) == len(own))
        for one in own:
            do("mail.send", to=[one["assignee"]], subject=one["title"], body="This is overdue. When will it be done?")
            do("todo.set_reminder", task_id=one["id"], remind_at=f"{again}T09:00")

    return Instance(
        scene.say(
            "For each open task of the list 'Work' that I gave to somebody and that was due before today: write a mail to that "
            "person, with the title of the task as subject and a word that it is overdue, and set the reminder of the task to "
            "tomorrow at 09:00.",
            "Colleagues are late with tasks of my list 'Work' that are theirs (open and due before today). Mail each of them once "
            "per task, subject: the title of the task, text: that it is overdue. And remind me of each of these tasks tomorrow at "
            "09:00.",
        ),
        solve,
        free={"mail_messages.body": Says(("overdue",))},
    )


def _delay(db: Database, tasks: list[Row], people: list[Row], days: list[str]) -> None:
    for task, person, day in zip(tasks, people, days):
        db.update("todo_tasks", task["id"], {"assignee": person["email"], "due": day})


SCENARIOS = (
    Scenario("todo.overdue", "easy", "train", overdue_titles),
    Scenario("todo.later", "easy", "train", later),
    Scenario("todo.plan_project", "hard", "train", plan_project),
    Scenario("todo.orders_arrived", "hard", "test", orders_arrived),
    Scenario("todo.busiest", "medium", "valid", busiest),
    Scenario("todo.entered_twice", "medium", "train", entered_twice),
    Scenario("todo.call_somebody", "medium", "test", call_somebody),
    Scenario("todo.nag", "hard", "train", nag),
)
