"""The pages of the to-do lists."""

from __future__ import annotations

from sge_envs.ui.pages.spec import AppPages, Form, Go, Page, Record, Rows, Tab, Thing

TASK = {"task_id": "id"}
OF_LIST = {"list_id": "id"}
OPEN_TASK = Go("show_task", TASK)
TASKS = ("title", "list", "due", "priority", "done", "assignee")


def _is_open(task: Record) -> bool:
    return not task["done"]


def _is_done(task: Record) -> bool:
    return bool(task["done"])


def _is_archived(row: Record) -> bool:
    return bool(row.get("archived"))


def _is_shown(row: Record) -> bool:
    return not row.get("archived")


def _tasks(key: str, *, title: str = "", pick: bool = False) -> Rows:
    return Rows(
        key,
        TASKS,
        link=OPEN_TASK,
        actions=(Go("complete_task", TASK, label="Complete", when=_is_open),),
        pick=("task_ids", "id") if pick else None,
        bulk=(Go("postpone"), Go("add_tag")) if pick else (),
        title=title,
    )


PAGES = AppPages(
    app="todo",
    title="To-do",
    tabs=(
        Tab("search", "Tasks", {"done": False}),
        Tab("today", "Today"),
        Tab("list_lists", "Lists"),
        Tab("list_lists", "Archived", {"archived": True}),
        Tab("list_reminders", "Reminders"),
        Tab("list_assignments", "People"),
        Tab("list_tags", "Tags"),
    ),
    search="search",
    pages=(
        Page("search", rows=(_tasks("tasks", pick=True),), actions=(Go("add_task"),)),
        Page("today", rows=(_tasks("overdue"), _tasks("today")), actions=(Go("add_task"),)),
        Page(
            "show_task",
            title="title",
            fields=(
                "list",
                "due",
                "priority",
                "done",
                "assignee",
                "repeat",
                "remind_at",
                "tags",
                "notes",
                "created_at",
            ),
            links={"list": Go("search", {"list_id": "list_id"})},
            hide=("parent_id", "done_at"),
            rows=(
                Rows(
                    "subtasks",
                    ("title", "due", "done"),
                    link=OPEN_TASK,
                    actions=(Go("complete_task", TASK, label="Complete", when=_is_open),),
                    empty="No sub-tasks.",
                ),
            ),
            actions=(
                Go("complete_task", TASK, when=_is_open),
                Go("reopen_task", TASK, when=_is_done),
                Go("update_task", TASK, label="Edit"),
                Go("show_task", {"task_id": "parent_id"}, label="Whole task"),
                Go("clear_due", TASK, when=lambda task: task["due"] is not None, sure=False),
                Go("set_repeat", TASK),
                Go("set_reminder", TASK),
                Go("move_task", TASK),
                Go("assign", TASK),
                Go("remove_tag", TASK, when=lambda task: bool(task["tags"])),
                Go("delete_task", TASK),
                Go("add_subtask", TASK, inline=True),
            ),
        ),
        Page(
            "list_lists",
            rows=(
                Rows(
                    "lists",
                    ("name", "owner", "access", "open", "done"),
                    link=Go("search", OF_LIST),
                    actions=(
                        Go("rename_list", OF_LIST, label="Rename"),
                        Go("archive_list", OF_LIST, fixed={"archived": True}, label="Archive", when=_is_shown),
                        Go("archive_list", OF_LIST, fixed={"archived": False}, label="Bring back", when=_is_archived),
                        Go("delete_list", OF_LIST, label="Delete"),
                    ),
                ),
            ),
            actions=(Go("create_list"),),
        ),
        Page(
            "list_reminders",
            rows=(Rows("reminders", ("title", "remind_at"), link=Go("show_task", {"task_id": "task_id"})),),
        ),
        Page(
            "list_assignments",
            rows=(Rows("people", ("address", "open", "overdue", "done"), link=Go("search", {"assignee": "address"})),),
        ),
        Page("list_tags", rows=(Rows("tags", ("tag", "tasks"), link=Go("search", {"tag": "tag"})),)),
    ),
    forms=(
        Form("update_task", load="show_task"),
        Form("set_repeat", load="show_task"),
        Form("set_reminder", load="show_task"),
        Form("assign", load="show_task"),
    ),
    things={
        "task_id": Thing(shown=("show_task", "title")),
        "task_ids": Thing(shown=("show_task", "title")),
        "list_id": Thing(choices=("list_lists", "lists", "id", "name")),
    },
)
