"""To-do lists: tasks with due dates, priorities, sub-tasks, tags, reminders, repeats, and the people who do them."""

from __future__ import annotations

from calendar import monthrange
from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.contacts import find_by_email
from sge_envs.world.clock import parse_date, plus_days
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Ids, Length, Moment, Name, Page, PageSize, Text
from sge_envs.world.letters import PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE todo_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    access TEXT NOT NULL DEFAULT 'own' CHECK (access IN ('own', 'edit', 'view')), archived INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE todo_tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, list_id INTEGER NOT NULL REFERENCES todo_lists (id),
    parent_id INTEGER REFERENCES todo_tasks (id), title TEXT NOT NULL, notes TEXT NOT NULL DEFAULT '', due TEXT,
    priority TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    repeat TEXT CHECK (repeat IN ('daily', 'weekly', 'monthly')), remind_at TEXT,
    assignee TEXT, done_at TEXT, created_at TEXT NOT NULL
);
CREATE INDEX todo_tasks_list ON todo_tasks (list_id);
CREATE INDEX todo_tasks_parent ON todo_tasks (parent_id);
CREATE TABLE todo_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER NOT NULL REFERENCES todo_tasks (id), tag TEXT NOT NULL,
    UNIQUE (task_id, tag)
);
"""

Priority = Literal["low", "normal", "high", "urgent"]
Repeat = Literal["daily", "weekly", "monthly"]
SortBy = Literal["due", "priority", "newest", "title"]
Tag = Annotated[str, Length(1, 30)]
_RANK = "CASE t.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END"
_ORDER = {
    "due": "t.due IS NULL, t.due, t.id",
    "priority": f"{_RANK}, t.due IS NULL, t.due, t.id",
    "newest": "t.created_at DESC, t.id DESC",
    "title": "t.title, t.id",
}
_TASKS = (
    "SELECT t.id, t.title, l.name AS list, t.due, t.priority, t.done_at IS NOT NULL AS done, t.assignee, t.repeat, "
    "t.parent_id FROM todo_tasks t JOIN todo_lists l ON l.id = t.list_id"
)
MAX_SUBTASKS = 30


# Reading ------------------------------------------------------------------------------------------------------------


def list_lists(db: Database, archived: bool = False) -> Record:
    """List the to-do lists.

    Args:
        archived: The archived lists instead of the others.

    Returns:
        lists, each with id, name, owner, access (own, edit, or view for reading only), open and done (how many tasks).
    """
    return {
        "lists": db.rows(
            "SELECT l.id, l.name, l.owner, l.access, COUNT(t.id) - COUNT(t.done_at) AS open, COUNT(t.done_at) AS done "
            "FROM todo_lists l LEFT JOIN todo_tasks t ON t.list_id = l.id WHERE l.archived = ? GROUP BY l.id ORDER BY l.name",
            int(archived),
        )
    }


def search(
    db: Database,
    query: str | None = None,
    list_id: int | None = None,
    done: bool | None = None,
    priority: Priority | None = None,
    due_since: Date | None = None,
    due_until: Date | None = None,
    assignee: Email | None = None,
    tag: Tag | None = None,
    sort_by: SortBy = "due",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find tasks and sub-tasks of all lists that are not archived; every filter that is given must hold.

    Args:
        query: Words that must stand in the title or the notes.
        list_id: Only this list, archived or not.
        done: Only tasks that are done (true) or open (false).
        priority: Only this priority.
        due_since: Due on this date or later.
        due_until: Due on this date or earlier.
        assignee: Only tasks of the person with this e-mail address.
        tag: Only tasks with this tag.
        sort_by: The order of the results; by due, tasks without a date come last.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and tasks with id, title, list, due, priority, done, assignee (an e-mail address; null for the
        user), repeat and parent_id.
    """
    where = Where()
    if list_id is None:
        where.add("l.archived = 0")
    else:
        _list(db, list_id)
        where.add("t.list_id = ?", list_id)
    where.words(("t.title", "t.notes"), query)
    where.given("(t.done_at IS NOT NULL) = ?", done)
    where.given("t.priority = ?", priority)
    where.given("t.due >= ?", due_since)
    where.given("t.due <= ?", due_until)
    where.given("t.assignee = ?", assignee)
    where.given("t.id IN (SELECT task_id FROM todo_tags WHERE tag = ? COLLATE NOCASE)", tag)
    found, pages = db.page(f"{_TASKS} {{where}} ORDER BY {_ORDER[sort_by]}", where, page, page_size)
    return pages | {"tasks": [_shown(row) for row in found]}


def show_task(db: Database, task_id: int) -> Record:
    """Show a task in full.

    Args:
        task_id: The task's id.

    Returns:
        All fields, list by name, done, tags, and subtasks with id, title, due and done.
    """
    row = _task(db, task_id)
    shown = db.one(f"{_TASKS} WHERE t.id = ?", task_id)
    assert shown is not None
    subtasks = db.rows(
        "SELECT id, title, due, done_at IS NOT NULL AS done FROM todo_tasks WHERE parent_id = ? ORDER BY id", task_id
    )
    tags = db.column("SELECT tag FROM todo_tags WHERE task_id = ? ORDER BY tag", task_id)
    return row | _shown(shown) | {"tags": tags, "subtasks": [one | {"done": bool(one["done"])} for one in subtasks]}


def today(db: Database) -> Record:
    """List what is due today and what is overdue, of all lists that are not archived.

    Returns:
        date, overdue and today, both with tasks as todo.search gives them.
    """
    day = db.today
    sql = f"{_TASKS} WHERE l.archived = 0 AND t.done_at IS NULL AND t.due <= ? ORDER BY t.due, t.id"
    tasks = [_shown(row) for row in db.rows(sql, day)]
    return {
        "date": day,
        "overdue": [one for one in tasks if one["due"] < day],
        "today": [one for one in tasks if one["due"] == day],
    }


def list_reminders(db: Database) -> Record:
    """List the reminders that are still to come, the nearest first.

    Returns:
        reminders, each with task_id, title and remind_at.
    """
    return {
        "reminders": db.rows(
            "SELECT id AS task_id, title, remind_at FROM todo_tasks WHERE remind_at >= ? AND done_at IS NULL "
            "ORDER BY remind_at, id",
            db.now,
        )
    }


def list_assignments(db: Database) -> Record:
    """Count the tasks of each person who was given some.

    Returns:
        people, each with address, open, overdue and done (how many tasks).
    """
    return {
        "people": db.rows(
            "SELECT assignee AS address, SUM(done_at IS NULL) AS open, COALESCE(SUM(done_at IS NULL AND due < ?), 0) AS "
            "overdue, COUNT(done_at) AS done FROM todo_tasks WHERE assignee IS NOT NULL GROUP BY assignee ORDER BY assignee",
            db.today,
        )
    }


def list_tags(db: Database) -> Record:
    """List the tags.

    Returns:
        tags, each with tag and tasks (how many).
    """
    return {"tags": db.rows("SELECT tag, COUNT(*) AS tasks FROM todo_tags GROUP BY tag ORDER BY tag")}


# Writing ------------------------------------------------------------------------------------------------------------


def create_list(db: Database, name: Name) -> Record:
    """Make a list.

    Args:
        name: Its name, not used by another.

    Returns:
        id of the list.
    """
    _check_name(db, name)
    return {"id": db.insert("todo_lists", {"name": name.strip(), "owner": db.user["email"]})}


def rename_list(db: Database, list_id: int, name: Name) -> Record:
    """Give a list of the user another name.

    Args:
        list_id: The list's id.
        name: The new name, not used by another.

    Returns:
        id and name.
    """
    if _own_list(db, list_id)["name"] != name.strip():
        _check_name(db, name)
    db.update("todo_lists", list_id, {"name": name.strip()})
    return {"id": list_id, "name": name.strip()}


def archive_list(db: Database, list_id: int, archived: bool = True) -> Record:
    """Archive a list of the user that has no open tasks, or bring it back.

    Args:
        list_id: The list's id.
        archived: True to archive it.

    Returns:
        id and archived.
    """
    row = _own_list(db, list_id)
    left = db.value("SELECT COUNT(*) FROM todo_tasks WHERE list_id = ? AND done_at IS NULL", list_id)
    if archived and left:
        raise conflict(f"{row['name']} has {left} open tasks: complete or move them first.")
    db.update("todo_lists", list_id, {"archived": int(archived)})
    return {"id": list_id, "archived": archived}


def delete_list(db: Database, list_id: int) -> Record:
    """Delete an empty list of the user.

    Args:
        list_id: The list's id.

    Returns:
        id of the deleted list.
    """
    row = _own_list(db, list_id)
    if db.value("SELECT id FROM todo_tasks WHERE list_id = ?", list_id) is not None:
        raise conflict(f"{row['name']} still has tasks: delete or move them first.")
    db.delete("todo_lists", list_id)
    return {"id": list_id}


def add_task(
    db: Database,
    list_id: int,
    title: Name,
    due: Date | None = None,
    priority: Priority = "normal",
    notes: Text = "",
    assignee: Email | None = None,
    repeat: Repeat | None = None,
) -> Record:
    """Add a task to a list.

    Args:
        list_id: The list.
        title: What is to be done.
        due: Until when.
        priority: How important it is.
        notes: Anything else.
        assignee: E-mail address of the contact who does it; by default the user.
        repeat: How often it comes again after it was completed; needs a due date.

    Returns:
        id of the task.
    """
    _writable(db, list_id)
    _check_repeat(repeat, due)
    if assignee is not None:
        find_by_email(db, assignee)
    values = {"list_id": list_id, "title": title.strip(), "due": due, "priority": priority, "notes": notes}
    more = {"assignee": assignee, "repeat": repeat, "created_at": db.now}
    return {"id": db.insert("todo_tasks", values | more)}


def add_subtask(db: Database, task_id: int, title: Name, due: Date | None = None) -> Record:
    """Add a step to an open task, which can only be completed when all its steps are.

    Args:
        task_id: The task, itself no sub-task.
        title: What is to be done.
        due: Until when.

    Returns:
        id of the sub-task.
    """
    row = _open(db, task_id)
    if row["parent_id"] is not None:
        raise conflict("A sub-task has no sub-tasks of its own.")
    if db.value("SELECT COUNT(*) FROM todo_tasks WHERE parent_id = ?", task_id) >= MAX_SUBTASKS:
        raise limit_reached(f"A task has {MAX_SUBTASKS} sub-tasks at most.")
    values = {"list_id": row["list_id"], "parent_id": task_id, "title": title.strip(), "due": due}
    return {"id": db.insert("todo_tasks", values | {"created_at": db.now})}


def update_task(
    db: Database,
    task_id: int,
    title: Name | None = None,
    due: Date | None = None,
    priority: Priority | None = None,
    notes: Text | None = None,
) -> Record:
    """Change a task; what is not given stays.

    Args:
        task_id: The task's id.
        title: New title.
        due: New due date.
        priority: New priority.
        notes: New notes, in place of the old ones.

    Returns:
        id and changed, the names of the fields that were set.
    """
    _editable(db, task_id)
    given = {"title": title and title.strip(), "due": due, "priority": priority, "notes": notes}
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    db.update("todo_tasks", task_id, values)
    return {"id": task_id, "changed": list(values)}


def clear_due(db: Database, task_id: int) -> Record:
    """Take the due date off a task that does not repeat.

    Args:
        task_id: The task's id.

    Returns:
        id of the task.
    """
    if _editable(db, task_id)["repeat"] is not None:
        raise conflict("A task that repeats needs its due date: use todo.set_repeat first.")
    db.update("todo_tasks", task_id, {"due": None})
    return {"id": task_id}


def postpone(db: Database, task_ids: Ids, days: int) -> Record:
    """Move the due dates of open tasks by a number of days.

    Args:
        task_ids: Ids of tasks that have a due date.
        days: How many days later, from 1 to 365.

    Returns:
        tasks, each with id and due.
    """
    if not 1 <= days <= 365:
        raise invalid("days must be from 1 to 365.")
    moved = []
    for task_id in dict.fromkeys(task_ids):
        row = _open(db, task_id)
        if row["due"] is None:
            raise conflict(f"The task {task_id} has no due date.")
        due = plus_days(row["due"], days)
        db.update("todo_tasks", task_id, {"due": due})
        moved.append({"id": task_id, "due": due})
    return {"tasks": moved}


def set_repeat(db: Database, task_id: int, repeat: Repeat | None) -> Record:
    """Let a task with a due date come again after it was completed, or not any more.

    Args:
        task_id: The task, itself no sub-task.
        repeat: How often; null for never.

    Returns:
        id and repeat.
    """
    row = _editable(db, task_id)
    if row["parent_id"] is not None:
        raise conflict("A sub-task does not repeat.")
    _check_repeat(repeat, row["due"])
    db.update("todo_tasks", task_id, {"repeat": repeat})
    return {"id": task_id, "repeat": repeat}


def complete_task(db: Database, task_id: int) -> Record:
    """Mark a task as done. One that repeats comes again as a new task with the next due date.

    Args:
        task_id: An open task without open sub-tasks.

    Returns:
        id, done_at, and next_id (of the new task; null where it does not repeat).
    """
    row = _open(db, task_id)
    left = db.value("SELECT COUNT(*) FROM todo_tasks WHERE parent_id = ? AND done_at IS NULL", task_id)
    if left:
        raise conflict(f"{left} sub-tasks are still open.")
    db.update("todo_tasks", task_id, {"done_at": db.now})
    if row["repeat"] is None:
        return {"id": task_id, "done_at": db.now, "next_id": None}
    kept = ("list_id", "title", "notes", "priority", "repeat", "assignee")
    again = {name: row[name] for name in kept} | {"due": _next_due(row["due"], row["repeat"]), "created_at": db.now}
    next_id = db.insert("todo_tasks", again)
    for tag in db.column("SELECT tag FROM todo_tags WHERE task_id = ? ORDER BY tag", task_id):
        db.insert("todo_tags", {"task_id": next_id, "tag": tag})
    return {"id": task_id, "done_at": db.now, "next_id": next_id}


def reopen_task(db: Database, task_id: int) -> Record:
    """Mark a task that is done as open again.

    Args:
        task_id: The task's id.

    Returns:
        id of the task.
    """
    row = _editable(db, task_id)
    if row["done_at"] is None:
        raise conflict(f"The task {task_id} is open.")
    if row["parent_id"] is not None and _task(db, row["parent_id"])["done_at"] is not None:
        raise conflict("The task that this sub-task belongs to is done: open that one first.")
    db.update("todo_tasks", task_id, {"done_at": None})
    return {"id": task_id}


def delete_task(db: Database, task_id: int) -> Record:
    """Delete a task with its sub-tasks.

    Args:
        task_id: The task's id.

    Returns:
        deleted, how many tasks.
    """
    _editable(db, task_id)
    subtasks = db.column("SELECT id FROM todo_tasks WHERE parent_id = ? ORDER BY id", task_id)
    for one in (*subtasks, task_id):
        db.delete_all("todo_tags", "task_id", one)
        db.delete("todo_tasks", one)
    return {"deleted": len(subtasks) + 1}


def move_task(db: Database, task_id: int, list_id: int) -> Record:
    """Move a task with its sub-tasks to another list.

    Args:
        task_id: The task, itself no sub-task.
        list_id: The list.

    Returns:
        id and list_id.
    """
    if _editable(db, task_id)["parent_id"] is not None:
        raise conflict("A sub-task stays with its task: move that one.")
    _writable(db, list_id)
    for one in (task_id, *db.column("SELECT id FROM todo_tasks WHERE parent_id = ? ORDER BY id", task_id)):
        db.update("todo_tasks", one, {"list_id": list_id})
    return {"id": task_id, "list_id": list_id}


def assign(db: Database, task_id: int, assignee: Email | None) -> Record:
    """Give an open task to a contact, or take it back.

    Args:
        task_id: The task's id.
        assignee: E-mail address of the contact who does it; null for the user.

    Returns:
        id and assignee.
    """
    _open(db, task_id)
    if assignee is not None:
        find_by_email(db, assignee)
    db.update("todo_tasks", task_id, {"assignee": assignee})
    return {"id": task_id, "assignee": assignee}


def set_reminder(db: Database, task_id: int, remind_at: Moment | None) -> Record:
    """Set or remove the reminder of an open task.

    Args:
        task_id: The task's id.
        remind_at: When to be reminded, not in the past; null for no reminder.

    Returns:
        id and remind_at.
    """
    _open(db, task_id)
    if remind_at is not None and remind_at < db.now:
        raise invalid(f"The reminder would be in the past: it is {db.now} now.")
    db.update("todo_tasks", task_id, {"remind_at": remind_at})
    return {"id": task_id, "remind_at": remind_at}


def add_tag(db: Database, task_ids: Ids, tag: Tag) -> Record:
    """Put a tag on tasks.

    Args:
        task_ids: The tasks' ids.
        tag: The tag, in small letters.

    Returns:
        tagged, how many tasks got it.
    """
    word = tag.strip().lower()
    wanted = [_editable(db, one)["id"] for one in dict.fromkeys(task_ids)]
    new = [one for one in wanted if _tagged(db, one, word) is None]
    for one in new:
        db.insert("todo_tags", {"task_id": one, "tag": word})
    return {"tagged": len(new)}


def remove_tag(db: Database, task_id: int, tag: Tag) -> Record:
    """Take a tag off a task.

    Args:
        task_id: The task's id.
        tag: The tag.

    Returns:
        id of the task.
    """
    _editable(db, task_id)
    known = _tagged(db, task_id, tag.strip().lower())
    if known is None:
        raise not_found("tag of this task", tag)
    db.delete("todo_tags", known)
    return {"id": task_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _list(db: Database, list_id: int) -> Row:
    row = db.get("todo_lists", list_id)
    if row is None:
        raise not_found("list", list_id)
    return row


def _own_list(db: Database, list_id: int) -> Row:
    row = _list(db, list_id)
    if row["access"] != "own":
        raise not_allowed(f"The list {row['name']!r} belongs to {row['owner']}.")
    return row


def _writable(db: Database, list_id: int) -> Row:
    row = _list(db, list_id)
    if row["access"] == "view":
        raise not_allowed(f"The list {row['name']!r} of {row['owner']} is shared with you for reading only.")
    if row["archived"]:
        raise conflict(f"The list {row['name']!r} is archived: bring it back first.")
    return row


def _task(db: Database, task_id: int) -> Row:
    row = db.get("todo_tasks", task_id)
    if row is None:
        raise not_found("task", task_id)
    return row


def _editable(db: Database, task_id: int) -> Row:
    row = _task(db, task_id)
    _writable(db, row["list_id"])
    return row


def _open(db: Database, task_id: int) -> Row:
    row = _editable(db, task_id)
    if row["done_at"] is not None:
        raise conflict(f"The task {task_id} is done.")
    return row


def _tagged(db: Database, task_id: int, tag: str) -> int | None:
    found: int | None = db.value("SELECT id FROM todo_tags WHERE task_id = ? AND tag = ?", task_id, tag)
    return found


def _shown(row: Row) -> Row:
    return row | {"done": bool(row["done"])}


def _check_name(db: Database, name: str) -> None:
    if db.value("SELECT id FROM todo_lists WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a list {name.strip()!r} already.")


def _check_repeat(repeat: str | None, due: str | None) -> None:
    if repeat is not None and due is None:
        raise invalid("A task that repeats needs a due date.")


def _next_due(due: str, repeat: str) -> str:
    """The next due date; after the 31st of a month comes the last day of the next one."""
    if repeat != "monthly":
        return plus_days(due, 1 if repeat == "daily" else 7)
    day = parse_date(due)
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return f"{year}-{month:02d}-{min(day.day, monthrange(year, month)[1]):02d}"


# The generated history ----------------------------------------------------------------------------------------------

_CHORES = (
    *("Water the plants", "Renew the passport", "Clean the windows", "Change the air filter", "Sort the cellar"),
    *("Fix the bike", "Back up the photos", "Descale the kettle", "Paint the fence", "Cancel the gym"),
)
_GROCERIES = ("Milk", "Coffee", "Flour", "Tomatoes", "Batteries", "Cat food", "Olive oil", "Bin bags", "Rice")
_WORK = (
    "Prepare the {} demo",
    "Review the {} plan",
    "Write the {} report",
    "Book a room for {}",
    "Update the {} budget",
)
_STEPS = (
    "Collect the numbers",
    "Write a draft",
    "Ask for comments",
    "Send it",
    "Make the slides",
    "Check the spelling",
)
_TAGS = ("phone", "errand", "waiting", "home", "quick")


def generate(plot: Plot) -> None:
    """Lists of one's own and of others; tasks that name people, orders and projects; steps, repeats, tags, reminders."""
    dice = plot.dice("todo")
    partner, mate = plot.who("family")[0], plot.who("colleague")[0]
    lists = {}
    for name, owner, access, archived in (
        ("Home", plot.me.email, "own", 0),
        ("Work", plot.me.email, "own", 0),
        ("People", plot.me.email, "own", 0),
        ("Groceries", partner.email, "edit", 0),
        ("Team board", mate.email, "view", 0),
        ("Old move", plot.me.email, "own", 1),
    ):
        values = {"name": name, "owner": owner, "access": access, "archived": archived}
        lists[name] = plot.add("todo_lists", values)
    for title in some(dice, _CHORES, 8):
        _task_row(plot, dice, lists["Home"], title)
    for project in some(dice, PROJECTS, 6):
        task = _task_row(plot, dice, lists["Work"], dice.one(_WORK).format(project))
        if dice.chance(0.5):
            task["assignee"] = dice.one(plot.who("colleague")).email
        if task["done_at"] is None and dice.chance(0.6):
            _steps(plot, dice, task)
    _people(plot, dice, lists["People"])
    for title in some(dice, _GROCERIES, 6):
        _task_row(plot, dice, lists["Groceries"], title, dated=0.2)
    for project in some(dice, PROJECTS, 3):
        _task_row(plot, dice, lists["Team board"], f"Plan the {project} workshop")
    for title in ("Order boxes", "Give notice"):
        task = _task_row(plot, dice, lists["Old move"], title, dated=0)
        task["done_at"] = plot.at(-dice.integer(120, 300), 18)
    for title, repeat in (("Take out the bins", "weekly"), ("Pay the cleaner", "monthly"), ("Stretch", "daily")):
        task = _task_row(plot, dice, lists["Home"], title)
        task |= {"due": plot.day(dice.integer(0, 6)), "repeat": repeat, "done_at": None}


def _task_row(plot: Plot, dice: Dice, list_id: int, title: str, *, dated: float = 0.75, notes: str = "") -> Row:
    """A task of the last weeks: some are done, some overdue, most are still to come."""
    made = dice.integer(8, 40)
    due = plot.day(dice.integer(-6, 20)) if dice.chance(dated) else None
    done = dice.chance(0.3)
    values = {
        "list_id": list_id,
        "title": title,
        "notes": notes,
        "due": due,
        "priority": dice.one(("low", "normal", "high", "urgent"), (2, 5, 2, 1)),
        "done_at": plot.at(-dice.integer(1, 7), dice.integer(9, 20)) if done else None,
        "created_at": plot.at(-made, dice.integer(8, 20)),
        "repeat": None,
        "remind_at": f"{due}T09:00" if due and due > plot.day(0) and dice.chance(0.25) else None,
        "assignee": None,
    }
    task = plot.add("todo_tasks", values)
    if dice.chance(0.35):
        plot.add("todo_tags", {"task_id": task, "tag": dice.one(_TAGS)})
    return plot.rows("todo_tasks")[-1]


def _steps(plot: Plot, dice: Dice, task: Row) -> None:
    for number, title in enumerate(some(dice, _STEPS, dice.integer(2, 4))):
        done = plot.at(-dice.integer(1, 5), 11) if number == 0 or dice.chance(0.3) else None
        values = {"list_id": task["list_id"], "parent_id": task["id"], "title": title, "done_at": done}
        plot.add("todo_tasks", values | {"created_at": task["created_at"]})


def _people(plot: Plot, dice: Dice, list_id: int) -> None:
    """Tasks that name people, and orders of the shop."""
    wording = ("Call {}", "Give the book back to {}", "Find a present for {}", "Write to {}", "Visit {}")
    for person in some(dice, plot.who("friend", "family", "neighbour", "service"), 6):
        _task_row(plot, dice, list_id, dice.one(wording).format(person.name), notes=f"Phone: {person.phone}")
    for order in some(dice, plot.rows("shop_orders"), 3):
        wish = dice.one(("Check the invoice of order {}", "Review what came with order {}", "Is order {} complete?"))
        _task_row(plot, dice, list_id, wish.format(order["id"]))


APP = App(
    name="todo",
    about="To-do lists: tasks with due dates, priorities, sub-tasks, tags, reminders and repeats, also for other people.",
    tables=TABLES,
    generate=generate,
    reads=(list_lists, search, show_task, today, list_reminders, list_assignments, list_tags),
    writes=(
        *(create_list, rename_list, archive_list, delete_list, add_task, add_subtask, update_task, clear_due, postpone),
        *(set_repeat, complete_task, reopen_task, delete_task, move_task, assign, set_reminder, add_tag, remove_tag),
    ),
    needs=("contacts", "shop"),
)
